import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CliError } from '../../../codecs/node/command.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createKeys } from '../../keys/keys.js';
import { runProgram } from '../../testing-program.js';

const BUNDLE = fileURLToPath(new URL('../../../fixtures/bundle/ko', import.meta.url));

const run = (...argv: string[]) => runProgram(argv);

const plan = (...options: string[]) => run('plan', ...options);
const NOT_MET = 'The goal of 0.999 is not met by this plan.\n';

/** Two bundles of a page. */
function channelFile(): string {
  const work = mkdtempSync(join(tmpdir(), 'datacast-plan-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  writeFileSync(join(work, 'page.html'), '<p>news</p>'.repeat(2000));
  const bundles = ['a', 'b'].map((name) => `  - {name: ${name}, path: page.html}\n`).join('');
  writeFileSync(join(work, 'channel.yaml'), `dest: 239.255.0.1:4001\nrate: 64k\nbundles:\n${bundles}`);
  return join(work, 'channel.yaml');
}

describe('datacast plan', () => {
  it('explains itself', async () => {
    const { code, stdout } = await plan('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit codes:');
  });

  it('says what to send and what to expect', async () => {
    const { code, stdout, stderr } = await plan('--size', '10M', '--rate', '64k', '--loss', '10');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/K = 7,214 source symbols in 9 blocks, T = 1,388 bytes at most/);
    expect(stdout).toMatch(/has everything at the end with probability 0\.999/);
    // Two transmissions, of which one has its symbols and intervals from encode, the other from send.
    expect(stdout).toMatch(/^in sequence +from the start +joining, recording repeated$/m);
    expect(stdout).toMatch(/^mixed +from the start +joining datacast send$/m);
    expect(stdout).toMatch(
      /datacast encode PATH --keys DIR --out FILE\.pcap --expect-loss 9\.\d --rate 64k\n/,
    );
  });

  it.each([
    ['1k', 58],
    ['3k', 80],
    ['10k', 140],
  ])('sends a message of %s at 2 kbit/s and a loss of a fifth within %d s', async (size, seconds) => {
    const { stdout } = await plan('--size', size, '--rate', '2k', '--loss', '20', '--json');
    const planned = JSON.parse(stdout);
    expect(planned[planned.order].airtime).toBeLessThan(seconds);
    // whoever joins the carousel waits five times as long at most
    const everything = planned.mixed.stages.find(({ kind }: { kind: string }) => kind === 'all');
    expect(everything.joining.atConfidence).toBeLessThan(5 * seconds);
  });

  it.each([
    ['gilbert-elliott', '--loss', '5', '--burst', '50'],
    ['rain-fade', '--frequency', '12', '--margin', '12', '--loss', '2'],
    ['shadowing', '--fade-share', '1', '--fade-seconds', '5s'],
    ['dvb-s2', '--loss', '1', '--modcod', '8psk-3/4', '--symbol-rate', '27.5M'],
    ['pass', '--window-seconds', '480', '--period-seconds', '95m'],
    ['recorder', '--loss', '1', '--start-seconds', '20', '--end-seconds', '20'],
  ])('knows the model %s', async (model, ...options) => {
    const { code, stdout } = await plan(
      '--size',
      '2M',
      '--rate',
      '256k',
      '--json',
      '--model',
      model,
      ...options,
    );
    expect(code).toBe(0);
    const planned = JSON.parse(stdout);
    const chosen = planned[planned.order];
    expect(chosen.probability).toBeGreaterThanOrEqual(0.999);
    expect(planned.encodeOptions).toContain(`--expect-loss ${chosen.expectLoss} `);
    expect(planned.encodeOptions).toMatch(/--rate 256k$/);
    expect(planned.sizeSource).toBe('given');
  });

  it('says when the front, each class and everything is there, and what edits cost', async () => {
    const { code, stdout } = await plan(
      ...['--size', '2M', '--rate', '256k', '--loss', '10', '--edit-every', '1h', '--edit-changes', '50k'],
    );
    expect(code).toBe(0);
    for (const order of ['in sequence', 'mixed']) {
      expect(stdout).toMatch(new RegExp(`^${order} +from the start +joining`, 'm'));
    }
    for (const stage of ['front', 'all text', 'all pictures', 'all sound', 'all film', 'everything']) {
      expect(stdout.match(new RegExp(`^${stage} .*\\d s`, 'gm'))).toHaveLength(
        stage === 'everything' ? 4 : 2,
      );
    }
    expect(stdout).toMatch(/^with edits, which take \d\.\d % of the airtime:\nan edit +\d/m);
  });

  it('answers the examples of docs/planner.md', async () => {
    const docs = readFileSync(new URL('../../../docs/planner.md', import.meta.url), 'utf8');
    const examples = [...docs.matchAll(/^\$ datacast plan (.*)$/gm)].map(([, options]) => options!);
    expect(examples.length).toBeGreaterThan(3);
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const channel = channelFile();
    for (const example of examples) {
      const options = example
        .replace('channel.yaml', channel)
        .split(' ')
        .map((word) => (word.startsWith('fixtures/') ? root + word : word));
      expect(await plan(...options), example).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('measures a directory and plans what encode makes of it', async () => {
    const work = mkdtempSync(join(tmpdir(), 'datacast-plan-'));
    onTestFinished(() => rmSync(work, { recursive: true }));
    const keys = join(work, 'keys');
    await createKeys(keys, nodeCrypto, { now: Date.UTC(2026, 5, 1) });
    const options = ['--size', BUNDLE, '--rate', '256k', '--loss', '20'];
    const planned = JSON.parse((await plan(...options, '--json')).stdout);
    expect(planned.sizeSource).toBe('computed');
    expect((await plan(...options)).stdout).toMatch(/computed: ko cut and compressed/);
    const encoded = await run(
      ...['encode', BUNDLE, '--keys', keys, '--out', join(work, 'x.pcap'), '--json', '--jobs', '1'],
      ...planned.encodeOptions.split(' '),
    );
    expect(encoded).toMatchObject({ code: 0 });
    const report = JSON.parse(encoded.stdout);
    const { datagrams, packetBytes } = planned[planned.order];
    const bytes = report.parts.reduce((sum: number, part: { bytes: number }) => sum + part.bytes, 0);
    // The sequence number of an index and its digests may compress to some bytes more or less.
    expect(Math.abs(report.index.bytes + bytes - planned.bytes)).toBeLessThan(100);
    expect(report.datagrams.source).toBe(datagrams.source);
    expect(report.datagrams.repair).toBe(datagrams.repair);
    expect(report.datagrams.repeated).toBe(datagrams.repeated);
    expect(Math.abs(report.datagrams.fdt - datagrams.fdt)).toBeLessThanOrEqual(2);
    expect(report.packetBytes.total / packetBytes).toBeCloseTo(1, 2);
  });

  it.each(['video', 'subtitles'])(
    'says how long people must record a television service: %s',
    async (carrier) => {
      const service = ['--carrier', carrier, '--ts-rate', '2M', '--model', 'recorder', '--loss', '1'];
      const { code, stdout } = await plan('--size', '20M', ...service);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^Carrier {5}.* of a television service, 2 Mbit\/s, which leaves 1\.\d+ Mbit\/s for packets$/m,
      );
      expect(stdout).toMatch(
        /^Whoever starts to record at any moment has the front after [0-9mins. ]+ and has everything after [12] min \d\d s: 99.9 % do\.$/m,
      );
      expect(stdout).toMatch(/^Say twice as long on the slate, .*: record \d minutes\.$/m);
      const options = `--ts-service tv --ts-rate 2M${carrier === 'video' ? '' : ' --carrier subtitles'}`;
      expect(stdout).toMatch(
        new RegExp(
          `^  datacast encode PATH --keys DIR --out FILE\\.ts --expect-loss [0-9.]+.* ${options}$`,
          'm',
        ),
      );
      expect(stdout).toMatch(
        new RegExp(
          `^  datacast send PATH --keys DIR --ts udp://ADDR:PORT --expect-loss [0-9.]+ ${options}$`,
          'm',
        ),
      );
      const { television, mixed } = JSON.parse((await plan('--size', '20M', ...service, '--json')).stdout);
      const { front, all, minutes } = television.recording;
      expect(television).toMatchObject({ carrier, tsRate: 2_000_000 });
      expect([front, all]).toEqual(
        [mixed.stages[0], mixed.stages.at(-1)].map(({ joining }) => joining.atConfidence),
      );
      expect(minutes * 60).toBeGreaterThanOrEqual(all);
      expect(minutes * 60).toBeLessThan(all + 60);
      expect(await plan('--size', '20M', '--loss', '1', '--ts-rate', '200k')).toMatchObject({
        ...{ code: 1, stdout: '' },
        stderr: expect.stringMatching(/^A television service of 200000 bit\/s is too slow for its slate/),
      });
    },
  );

  it('plans the airtime that a television service takes', async () => {
    const work = mkdtempSync(join(tmpdir(), 'datacast-plan-'));
    onTestFinished(() => rmSync(work, { recursive: true }));
    const [keys, out] = [join(work, 'keys'), join(work, 'x.ts')];
    await createKeys(keys, nodeCrypto, { now: Date.UTC(2026, 5, 1) });
    const options = ['--size', BUNDLE, '--ts-rate', '1M', '--loss', '20', '--json'];
    const planned = JSON.parse((await plan(...options)).stdout);
    const encoded = await run(
      ...['encode', BUNDLE, '--keys', keys, '--out', out, '--jobs', '1'],
      ...planned.encodeOptions.split(' '),
    );
    expect(encoded).toMatchObject({ code: 0 });
    const seconds = (8 * statSync(out).size) / 1_000_000;
    const { airtime } = planned[planned.order];
    expect(seconds / airtime).toBeGreaterThan(0.95);
    expect(seconds).toBeLessThan(1.05 * airtime + 0.5);
  });

  it('ends when it is interrupted, in the middle of millions of steps', async () => {
    const interruption = new AbortController();
    setImmediate(() => interruption.abort(new CliError('Interrupted: nothing was written.')));
    const bursts = ['--model', 'gilbert-elliott', '--loss', '99', '--burst', '369213700'];
    const question = ['plan', '--size', '20M', '--rate', '371G', ...bursts];
    expect(await runProgram([...question], { interrupted: interruption.signal })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Interrupted: nothing was written.\n',
    });
  });

  it('plans the bundles of a channel file', async () => {
    const file = channelFile();
    const { code, stdout } = await plan('--channel', file, '--loss', '10');
    expect(code).toBe(0);
    expect(stdout).toMatch(/2 bundles at 64 kbit\/s/);
    expect(stdout).toMatch(/^a +[\d,]+ bytes +always +\d.* s +\d.* s +none +\d.* s$/m);
    const json = await plan('--channel', file, '--rate', '128k', '--loss', '10', '--json');
    const planned = JSON.parse(json.stdout);
    expect(planned.rate).toBe(128_000);
    expect(planned.bundles.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const moments = ['--model', 'pass', '--window-seconds', '0.01', '--period-seconds', '10'];
    const never = await plan('--channel', file, ...moments);
    expect(never).toMatchObject({ code: 1, stderr: '2 bundles may never be complete on this channel.\n' });
    expect(never.stdout).toContain('a: no time was found');
  });

  it('takes the rate of a channel from its transport stream', async () => {
    const file = channelFile();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('rate: 64k', 'ts: {to: udp://239.255.0.2:5000, rate: 1M}'));
    const { code, stdout, stderr } = await plan('--channel', file, '--loss', '10', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Of the stream, less what carries the packets.
    expect(JSON.parse(stdout).rate).toBeGreaterThan(800_000);
    expect(JSON.parse(stdout).rate).toBeLessThan(1_000_000);
  });

  it('plans when bundles of a channel file are sent, and what is packed', async () => {
    const work = mkdtempSync(join(tmpdir(), 'datacast-plan-'));
    onTestFinished(() => rmSync(work, { recursive: true }));
    mkdirSync(join(work, 'news'));
    writeFileSync(join(work, 'news', 'page.html'), '<p>news</p>'.repeat(2000));
    writeFileSync(join(work, 'news', 'raw.dat'), randomBytes(100_000));
    const file = join(work, 'channel.yaml');
    writeFileSync(
      file,
      `dest: 239.255.0.1:4001
rate: 64k
fdt-interval: 1s
bundles:
  - {name: all, path: news}
  - {name: less, path: news, exclude: [raw.dat], order: sequence, front-interval: 1m}
  - {name: hourly, path: news, every: 1h, passes: 2, pause: 30s}
  - {name: exams, path: news, exclude: [raw.dat], passes: 3, pause: 2m, start: 2026-06-01T06:00:00Z, expires: 2026-06-02T06:00:00Z}
  - {name: soon, path: news, every: 2h, start: 2026-06-01T06:00:00Z, expires: 2026-06-01T06:01:00Z}
`,
    );
    const asked = ['plan', '--channel', file, '--loss', '10'];
    const before = { now: Date.UTC(2026, 4, 31) };
    const { code, stdout, stderr } = await runProgram(asked, before);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: '1 bundle may never be complete on this channel.\n',
    });
    expect(stdout).toMatch(
      /^Times +are for the worst case: all are on the air that may be on the air together$/m,
    );
    expect(stdout).toMatch(/^Whoever joins at any moment .*, silences included:$/m);
    expect(stdout).toMatch(/^all +1\d\d,\d\d\d bytes +always /m);
    expect(stdout).toMatch(/^less +\d{3} bytes +always /m);
    expect(stdout).toMatch(/^hourly +.* bytes +2 passes every 1 h, 30 s between /m);
    expect(stdout).toMatch(/^Whoever listens from its first datagram to its last/m);
    expect(stdout).toMatch(/^exams +\d{3} bytes +3 passes in all, 2 min between /m);
    expect(stdout).toMatch(/^exams: it starts at 2026-06-01 06:00 UTC; all times count from then on\.$/m);
    expect(stdout).toMatch(/^exams: [\d.]+ % of them have everything after its last pass\.$/m);
    expect(stdout).toMatch(/^soon: it is on the air for 1 min 00 s in all, and whoever joins needs /m);
    const { bundles } = JSON.parse((await runProgram([...asked, '--json'], before)).stdout);
    expect(bundles[2]).toMatchObject({ listening: 'from any moment', rounds: { passes: 2, cycle: 3600 } });
    expect(bundles[3]).toMatchObject({
      listening: 'from the start',
      passes: 3,
      probability: expect.any(Number),
    });
  });

  it.each([
    '--size 5M --rate 256k --model recorder --loss 10',
    '--size 5M --rate 256k --model gilbert-elliott --loss 10 --burst 1.12',
    '--size 1k --rate 2k --loss 20',
    '--size 3k --rate 2k --loss 20',
    '--size 10k --rate 2k --loss 20',
    '--size 100k --rate 64k --model pass --window-seconds 1 --period-seconds 5',
  ])('has a plan that meets its goal: %s', async (options) => {
    const { code, stdout, stderr } = await plan(...options.split(' '), '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).mixed.probability).toBeGreaterThanOrEqual(0.999);
  });

  it('refuses bursts that are shorter than those of independent loss', async () => {
    const asked = '--size 5M --rate 256k --model gilbert-elliott --loss 10 --burst 1';
    const { code, stderr } = await plan(...asked.split(' '));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/bursts are not shorter/);
  });

  it('makes those that join wait for what a recorder misses at both ends', async () => {
    const asked = ['--channel', channelFile(), '--model', 'recorder', '--loss', '1', '--json'];
    const everything = async (...ends: string[]) => {
      const { bundles } = JSON.parse((await plan(...asked, ...ends)).stdout);
      return bundles[0].stages.at(-1).joining.atConfidence as number;
    };
    const [whole, cut] = [await everything(), await everything('--start-seconds', '7', '--end-seconds', '5')];
    expect(cut - whole).toBeCloseTo(12, 1);
  });

  it('says that a goal cannot be promised where the probability is a bound', async () => {
    const rain = ['--model', 'rain-fade', '--fade-share', '20', '--fade-seconds', '1h'];
    const small = ['--size', '1k', '--rate', '64k'];
    const short = await plan(...small, ...rain, '--duration', '10');
    expect(short).toMatchObject({ code: 1, stderr: NOT_MET });
    expect(short.stdout).toMatch(
      /^The goal of 0\.999 cannot be promised within 10\.0 s: the probability is at least 0(\.\d+)?\.$/m,
    );
    const never = await plan(...small, ...rain);
    expect(never.stdout).toMatch(
      /^The goal of 0\.999 cannot be promised: with no repair .* it is at least 0(\.\d+)?\.$/m,
    );
  });

  it('fails with sentences when the goal cannot be met', async () => {
    const asked = ['--size', '10M', '--rate', '64k', '--loss', '10', '--duration', '20m'];
    const { code, stdout, stderr } = await plan(...asked);
    expect(code).toBe(1);
    const sentence = 'The goal of 0.999 cannot be met within 20 min 00 s: the probability is 0.\n';
    expect(stdout).toContain(sentence);
    expect(stderr).toBe(NOT_MET);
    expect(stdout).toMatch(
      /It would be met by a duration of 26 min \d\d s at this rate, or by a rate of 86\.\d kbit/,
    );
    expect(stdout).not.toContain('datacast encode');
    expect(await plan(...asked, '--json')).toMatchObject({ code: 1, stderr: sentence });
    expect(await plan('--size', '10M', '--rate', '64k', '--loss', '100')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('nothing arrives'),
    });
    const missing = await plan('--size', '/nonexistent', '--rate', '64k', '--loss', '1');
    expect(missing).toMatchObject({ code: 1, stderr: '/nonexistent does not exist.\n' });
  });

  it.each([
    [['--rate', '64k', '--loss', '1'], /--size/],
    [['--channel', 'channel.yaml', '--size', '1M', '--loss', '1'], /With --channel go/],
    [['--size', '1M', '--rate', '64k'], /bernoulli needs --loss/],
    [['--size', '0', '--rate', '64k', '--loss', '1'], /from 1 byte/],
    [['--size', '1M', '--rate', '64k', '--loss', '101'], /0 to 100/],
    [
      ['--size', '1M', '--rate', '64k', '--loss', '1', '--burst', '3'],
      /--burst belongs to the model gilbert-elliott/,
    ],
    [['--size', '1M', '--rate', '64k', '--model', 'trace'], /datacast-bench loss/],
    [['--size', '1M', '--loss', '1'], /Give --rate, or --ts-rate for a television service/],
    [
      ['--size', '1M', '--loss', '1', '--rate', '1M', '--carrier', 'video'],
      /--carrier needs the rate of its stream/,
    ],
    [['--size', '1M', '--loss', '1', '--rate', '1M', '--ts-rate', '2M'], /leave --rate out/],
    [['--size', '1M', '--rate', '64k', '--loss', '1', '--duration', 'long'], /A duration is needed/],
    [['--size', '1M', '--rate', '64k', '--loss', '1', '--confidence', '2'], /A probability is needed/],
    [['--size', '1M', '--rate', '64k', '--model', 'pass', '--window-seconds', '4'], /needs --period-seconds/],
    [['--size', '1M', '--rate', '64k', '--model', 'rain-fade'], /needs --frequency, or else --fade-share/],
    [['--size', '1M', '--rate', '64k', '--model', 'rain-fade', '--fade-share', '1'], /needs --fade-seconds/],
    [
      ['--size', '1M', '--rate', '64k', '--model', 'rain-fade', '--fade-share', '1', '--margin', '3'],
      /leave out --margin/,
    ],
    [
      ['--size', '1M', '--rate', '64k', '--loss', '1', '--margin', '3'],
      /--margin belongs to the model rain-fade/,
    ],
    [['--size', '1M', '--rate', '64k', '--model', 'dvb-s2', '--loss', '1'], /needs --modcod/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await plan(...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
