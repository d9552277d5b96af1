import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelFileError, parseChannelFile } from './channel-file.js';

const WHOLE = `
# a channel with everything
dest: [239.255.0.1:4001, '[ff15::1]:4001']
ts:
  to: udp://10.0.0.5:5000
  rate: 4M
  service: tv-sd
  name: 소식
  video: h264
  carrier: subtitles
  slate: slate.png
  slate-text: 30분 동안 녹화하십시오
rate: 2.5M
iface: 192.0.2.7
ttl: 16
mtu: 1400
auth-depth: 2
burst: 6000
fdt-interval: 1s
watch: 30s
settle: 1m
front-interval: 45s
order: sequence
first: [index.html]
bundles:
  - name: news
    path: news
    weight: 3
    level: 12
    first: ['index.html', 'news/**']
    order: mixed
    front-interval: 1m
    expect-loss: 20
    start: 2026-06-01T12:00:00Z
    expires: 2026-06-08T14:00:00+02:00
    passes: 2
    every: 1h
    pause: 90s
  - name: 소식
    path: /srv/소식
    repair: 50%
`;

function messageOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    expect(error).toBeInstanceOf(ChannelFileError);
    return (error as Error).message;
  }
  throw new Error('Nothing was thrown.');
}

describe('channel file', () => {
  it('says everything that can be said of a channel', () => {
    expect(parseChannelFile(WHOLE, '/etc/datacast/channel.yaml')).toEqual({
      link: {
        destinations: [
          { address: '239.255.0.1', port: 4001 },
          { address: 'ff15::1', port: 4001 },
        ],
        stream: {
          to: [{ protocol: 'udp', address: '10.0.0.5', port: 5000 }],
          tsRate: 4_000_000,
          tsService: 'tv-sd',
          tsName: '소식',
          tsVideo: 'h264',
          carrier: 'subtitles',
          slate: '/etc/datacast/slate.png',
          slateText: '30분 동안 녹화하십시오',
        },
        iface: '192.0.2.7',
        ttl: 16,
        mtu: 1400,
        authDepth: 2,
        burst: 6000,
      },
      rate: 2_500_000,
      tableInterval: 1000,
      watchInterval: 30_000,
      settle: 60_000,
      bundles: [
        {
          name: 'news',
          path: '/etc/datacast/news',
          weight: 3,
          level: 12,
          first: ['index.html', 'news/**'],
          order: 'mixed',
          frontInterval: 60_000,
          repair: { kind: 'loss', loss: 0.2 },
          rules: {
            start: Date.UTC(2026, 5, 1, 12),
            expires: Date.UTC(2026, 5, 8, 12),
            passes: 2,
            every: 3_600_000,
            pause: 90_000,
          },
        },
        {
          name: '소식',
          path: '/srv/소식',
          weight: 1,
          level: 17,
          first: ['index.html'],
          order: 'sequence',
          frontInterval: 45_000,
          repair: { kind: 'fraction', fraction: 0.5 },
          rules: {
            start: undefined,
            expires: undefined,
            passes: undefined,
            every: undefined,
            pause: undefined,
          },
        },
      ],
    });
  });

  it('needs no address and no rate with a transport stream', () => {
    const text =
      'ts:\n  to: [udp://10.0.0.5:5000, "rtp://[ff15::1]:5004"]\n  rate: 1M\nbundles: [{name: a, path: a}]';
    const { link, rate } = parseChannelFile(text, 'channel.yaml');
    expect(rate).toBe(undefined);
    expect(link.destinations).toEqual([]);
    expect(link.stream).toEqual({
      to: [
        { protocol: 'udp', address: '10.0.0.5', port: 5000 },
        { protocol: 'rtp', address: 'ff15::1', port: 5004 },
      ],
      tsRate: 1_000_000,
    });
  });

  it('needs little', () => {
    const text = 'dest: "[ff15::1]:4001"\nrate: 64000\nbundles: [{name: a, path: a, optional: true}]';
    expect(parseChannelFile(text, 'channel.yaml')).toMatchObject({
      link: {
        destinations: [{ address: 'ff15::1', port: 4001 }],
        stream: undefined,
        ttl: undefined,
        mtu: 1500,
        authDepth: 0,
      },
      rate: 64_000,
      tableInterval: 2000,
      watchInterval: 5000,
      settle: 5000,
      bundles: [{ name: 'a', optional: true }],
    });
  });

  const PROGRAMMES = `
ts: {to: "udp://10.0.0.5:5000", rate: 4M, service: tv, slate: both.png}
programmes:
  - name: 소식
    weight: 2.5
    slate: own.png
    slate-text: 30분
    bundles: [{name: a, path: a}, {name: b, path: b, weight: 4}]
  - name: School
    bundles: [{name: c, path: c}]
`;

  it('has bundles in programmes of a transport stream', () => {
    const { link, bundles } = parseChannelFile(PROGRAMMES, '/etc/channel.yaml');
    expect(link.stream).toMatchObject({
      tsService: 'tv',
      slate: '/etc/both.png',
      programmes: [{ name: '소식', slate: '/etc/own.png', slateText: '30분' }, { name: 'School' }],
    });
    const news = { name: '소식', weight: 2.5 };
    expect(bundles.map(({ name, weight, programme }) => [name, weight, programme])).toEqual([
      ['a', 1, news],
      ['b', 4, news],
      ['c', 1, { name: 'School', weight: 1 }],
    ]);
  });

  it.each([
    [
      PROGRAMMES.replace('name: c', 'name: a'),
      /line 10: programmes\[1\]\.bundles\[0\]\.name: Another bundle/,
    ],
    [
      PROGRAMMES.replace('School', '소식'),
      /line 9: programmes\[1\]\.name: Another programme is called "소식"/,
    ],
    [PROGRAMMES.replace('service: tv', 'name: x'), /line 2: ts\.name: Each programme has a name/],
    [`${PROGRAMMES}bundles: [{name: d, path: d}]`, /line 11: bundles: Each bundle stands in a programme/],
    [PROGRAMMES.replace(/^ts.*$/m, 'dest: 1.2.3.4:5\nrate: 1M'), /line 4: programmes: .* give ts, too\.$/],
    ['dest: 1.2.3.4:5\nrate: 1M', /^c\.yaml, line 1: bundles: It is missing\.$/],
    ['dest: 1.2.3.4:5\nrate: 1M\nprogrammes: []', /line 3: programmes: There is no programme\.$/],
  ])('names the line of a mistake with programmes: %j', (text, message) => {
    expect(() => parseChannelFile(text, 'c.yaml')).toThrow(message);
  });

  const START = 'dest: 239.255.0.1:4001\nrate: 2M\n';
  it.each([
    [
      'dest: 239.255.0.1:4001\nrate: fast\nbundles: []',
      /^c\.yaml, line 2: rate: A rate .*\nc\.yaml, line 3: bundles: There is no/,
    ],
    ['rate: 2M\nbundles:\n  - {name: a, path: a}', /^c\.yaml, line 1: dest: It is missing\.$/],
    [
      'dest: [here]\nts:\n  to: [udp://1.2.3.4:5, tcp://1.2.3.4:5]\n  service: radio\nbundles: [{name: a, path: a}]',
      /^c\.yaml, line 1: dest\[0\]: An address .*\nc\.yaml, line 3: ts\.to\[1\]: Give udp:.*\nc\.yaml, line 2: ts\.rate: It is missing\.\nc\.yaml, line 4: ts\.service: A service is one of data, tv, tv-sd, tv-hd\.$/,
    ],
    [`${START}bundles:\n  - name: a\n`, /^c\.yaml, line 4: bundles\[0\]\.path: It is missing\.$/],
    [`${START}bundels:\n  - name: a\n`, /line 3: bundels: There is no such setting\./],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    wieght: 3\n`,
      /^c\.yaml, line 6: bundles\[0\]\.wieght: There is no such/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    optional: maybe\n`,
      /^c\.yaml, line 6: bundles\[0\]\.optional: It is true or false\.$/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    weight: heavy\n`,
      /^c\.yaml, line 6: bundles\[0\]\.weight: A number is/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    weight: 1.e-320\n`,
      /line 6: bundles\[0\]\.weight: A weight is 0\.001 or more\./,
    ],
    [
      `${START}order: sorted\nbundles:\n  - {name: a, path: a}\n`,
      /line 3: order: An order is mixed or sequence\./,
    ],
    [
      `${START}front-interval: soon\nbundles:\n  - {name: a, path: a}\n`,
      /line 3: front-interval: A duration/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    first: index.html\n`,
      /line 6: bundles\[0\]\.first: A list of patterns is needed/,
    ],
    [`${START}first: []\nbundles:\n  - {name: a, path: a}\n`, /line 3: first: There is no pattern\./],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    start: tomorrow\n`,
      /line 6: bundles\[0\]\.start: A time with its zone/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n  - path: b\n    name: a\n`,
      /line 7: bundles\[1\]\.name: Another bundle/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    repair: 5\n    expect-loss: 5\n`,
      /line 6: bundles\[0\]\.repair: Give either/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    start: 2026-06-01T12:00:00Z\n    expires: 2026-06-01T12:00:00Z\n`,
      /line 7: bundles\[0\]\.expires: The bundle would expire/,
    ],
    [`${START}bundles:\n  - name: "a\\nb"\n    path: a\n`, /line 4: bundles\[0\]\.name: A name has/],
    [`${START}rate: 3M\n`, /^c\.yaml, line 3: Map keys must be unique\.$/],
    [
      `${START}bundles:\n  - name: 7\n    path: a\n    weight: 2e6\n`,
      /line 4: bundles\[0\]\.name: A name is needed, in quotes when it is a number\.\n.*line 6: .*A weight is 1000000 at most\.$/,
    ],
    [
      `${START}bundles:\n  - name: a\n    path: a\n    start: 2027-02-29T12:00:00Z\n`,
      /line 6: bundles\[0\]\.start: A time with its zone/,
    ],
    [
      `${START}bundles:\n  - \n`,
      /line 4: bundles\[0\]: Settings of a bundle are needed, like name and path\.$/,
    ],
    [`${START}---\nrate: 3M\n`, /^c\.yaml, line 3: A channel file is one document: remove this line\.$/],
    ['dest = "239.255.0.1:4001"\n', /^c\.yaml, line 1: Settings are needed, like "dest: 239/],
    [`${START}bundles: [\n`, /^c\.yaml, line \d: .+\.$/],
    ['', /^c\.yaml, line 1: .+\.$/],
    ['- a', /^c\.yaml, line 1: .+\.$/],
  ])('names the line of a mistake: %j', (text, message) => {
    expect(() => parseChannelFile(text, 'c.yaml')).toThrow(ChannelFileError);
    expect(() => parseChannelFile(text, 'c.yaml')).toThrow(message);
  });

  it('is not blown up by aliases', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(() => parseChannelFile(lines.join('\n'), 'c.yaml')).toThrow(ChannelFileError);
  });

  it('tells the first mistakes of many, and none at length', () => {
    const many = Array.from({ length: 50 }, (_, i) => `unknown${i}: 1\n`).join('');
    const message = messageOf(() => parseChannelFile(WHOLE + many, 'c.yaml'));
    expect(message.split('\n')).toHaveLength(21);
    expect(message).toMatch(/\nc\.yaml: 30 more mistakes\.$/);
    const long = messageOf(() => parseChannelFile(`${WHOLE}${'x'.repeat(50_000)}: 1\n`, 'c.yaml'));
    expect(long.length).toBeLessThan(600);
  });

  // the process would end: V8 cannot make a regular expression where there is no stack left
  it.each(['[', '- ', '{a: ', '? '])('refuses %j within each other without end', (opening) => {
    for (const times of [40, 300, 30_000]) {
      const message = messageOf(() => parseChannelFile(opening.repeat(times), 'c.yaml'));
      expect(message).toBe('c.yaml has more than 32 lists and mappings in each other.');
    }
  });

  it('throws nothing else, whatever is in it', () => {
    const piece = fc.constantFrom(
      ...WHOLE.split(/(?<=[\n:])/),
      '- ',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      '? ',
      '!!binary x',
      '\t',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parseChannelFile(text, 'c.yaml');
          } catch (error) {
            expect(error).toBeInstanceOf(ChannelFileError);
            for (const line of (error as Error).message.split('\n')) expect(line).toMatch(/^c\.yaml/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
