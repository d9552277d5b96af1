import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyOf,
  ChannelError,
  type ChannelSpec,
  createLossModel,
  createPrng,
  formatChannelSpec,
  gilbertElliott,
  gilbertParameters,
  meanLoss,
  parseChannelSpec,
  prepareLossModel,
} from '../index.js';

const share = () => fc.double({ min: 0, max: 1, noNaN: true });
const positive = () => fc.double({ min: 0, max: 1e9, noNaN: true });

/** Any single model, written correctly; its numbers need not fit together. */
const single: fc.Arbitrary<ChannelSpec> = fc.oneof(
  fc.record({ model: fc.constant('bernoulli' as const), loss: share() }),
  fc.record({ model: fc.constant('gilbert-elliott' as const), loss: share(), burst: positive() }),
  fc.record(
    {
      model: fc.constant('rain-fade' as const),
      band: fc.constantFrom('ku' as const, 'ka' as const),
      lossInFade: share(),
    },
    { requiredKeys: ['model', 'band'] },
  ),
  fc.record(
    {
      model: fc.constant('rain-fade' as const),
      share: share(),
      meanSeconds: positive(),
      sigma: positive(),
      lossInFade: share(),
    },
    { requiredKeys: ['model', 'share', 'meanSeconds'] },
  ),
  fc.record({ model: fc.constant('shadowing' as const), share: share(), meanSeconds: positive() }),
  fc.record(
    {
      model: fc.constant('dvb-s2' as const),
      loss: share(),
      packetsPerFrame: positive(),
      share: share(),
    },
    { requiredKeys: ['model', 'loss', 'packetsPerFrame'] },
  ),
  fc.record(
    {
      model: fc.constant('pass' as const),
      orbit: fc.constantFrom('leo-550' as const, 'leo-1200' as const),
      edgeLoss: share(),
      edgeSeconds: positive(),
    },
    { requiredKeys: ['model', 'orbit'] },
  ),
  fc.record({ model: fc.constant('pass' as const), periodSeconds: positive(), windowSeconds: positive() }),
  fc.record(
    {
      model: fc.constant('recorder' as const),
      loss: share(),
      burst: positive(),
      startSeconds: positive(),
      endSeconds: positive(),
      durationSeconds: positive(),
    },
    { requiredKeys: ['model', 'loss'] },
  ),
  fc.record({
    model: fc.constant('trace' as const),
    path: fc.constantFrom('trace.txt', 'C:\\a,b=c+d.txt', '소식 1'),
  }),
);

describe('the text of a channel', () => {
  it('reads as it was written', () => {
    expect(parseChannelSpec('gilbert-elliott:loss=0.2,burst=50+rain-fade:band=ka')).toEqual({
      model: 'all',
      of: [
        { model: 'gilbert-elliott', loss: 0.2, burst: 50 },
        { model: 'rain-fade', band: 'ka' },
      ],
    });
    expect(parseChannelSpec('bernoulli:loss=30%')).toEqual({ model: 'bernoulli', loss: 0.3 });
    expect(parseChannelSpec('pass:periodSeconds=5700,windowSeconds=480')).toEqual({
      model: 'pass',
      periodSeconds: 5700,
      windowSeconds: 480,
    });
  });

  it('comes back for every channel', () => {
    fc.assert(
      fc.property(fc.array(single, { minLength: 1, maxLength: 4 }), (of) => {
        const spec: ChannelSpec = of.length === 1 ? of[0]! : { model: 'all', of };
        expect(parseChannelSpec(formatChannelSpec(spec))).toEqual(spec);
        expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      }),
    );
  });

  it.each([
    [
      'weather',
      '"weather" is no channel model; there are bernoulli, gilbert-elliott, rain-fade, shadowing, dvb-s2, pass, recorder and trace.',
    ],
    ['', '"" is no channel model'],
    ['bernoulli', '"bernoulli" lacks loss: bernoulli takes loss.'],
    ['bernoulli:loss', '"loss" in "bernoulli:loss" has no value; write loss=VALUE.'],
    [
      'bernoulli:loss=30',
      'The loss in "bernoulli:loss=30" is "30"; a probability like 0.3 or 30% is needed.',
    ],
    ['bernoulli:loss=-1', 'a probability like 0.3 or 30% is needed.'],
    ['bernoulli:loss=', 'a probability like 0.3 or 30% is needed.'],
    ['bernoulli:loss=0.1,loss=0.2', 'says loss twice'],
    ['bernoulli:loss=0.1,burst=2', 'bernoulli takes loss, and no burst here'],
    ['gilbert-elliott:loss=0.1', 'lacks burst'],
    ['gilbert-elliott:loss=0.1,burst=1e999', 'a number, 0 or more is needed'],
    ['rain-fade:band=x', 'The band in "rain-fade:band=x" is "x"; there are ku and ka.'],
    ['rain-fade:band=ka,share=0.1', 'no share here'],
    ['rain-fade:meanSeconds=5', 'lacks share'],
    ['pass:orbit=geo', 'there are leo-550 and leo-1200'],
    ['trace:path=', 'names no file'],
    ['bernoulli:loss=0.1+weather', '"0.1+weather"'],
    ['bernoulli:__proto__=1', 'no __proto__ here'],
    ['constructor:loss=1', 'is no channel model'],
  ])('that is none is refused with a sentence: %s', (text, message) => {
    expect(() => parseChannelSpec(text)).toThrow(ChannelError);
    expect(() => parseChannelSpec(text)).toThrow(message);
  });

  it('is read or refused, whatever it is', () => {
    const words = [
      'bernoulli',
      'pass',
      'rain-fade',
      ':',
      ',',
      '=',
      '+',
      'loss',
      'orbit',
      '0.1',
      '%',
      'x',
      '__proto__',
    ];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...words) }), (text) => {
        try {
          parseChannelSpec(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ChannelError);
        }
      }),
    );
  });
});

describe('a channel', () => {
  const datagram = { seconds: 0, length: 1472 };

  it.each([
    { model: 'bernoulli', loss: 1.5 },
    { model: 'gilbert-elliott', loss: 0.5, burst: 0 },
    { model: 'rain-fade', share: 1, meanSeconds: 10 },
    { model: 'rain-fade', share: 0.1, meanSeconds: 10, sigma: 0 },
    { model: 'shadowing', share: 1, meanSeconds: 10 },
    { model: 'dvb-s2', loss: 1, packetsPerFrame: 20 },
    { model: 'dvb-s2', loss: 0.1, packetsPerFrame: 20, share: 2 },
    { model: 'pass', periodSeconds: 10, windowSeconds: 11 },
    { model: 'pass', orbit: 'leo-550', edgeLoss: 0.5, edgeSeconds: 1000 },
    { model: 'recorder', loss: 1 },
    { model: 'recorder', loss: 0, endSeconds: 5 },
    { model: 'all', of: [] },
    { model: 'all', of: [{ model: 'bernoulli', loss: -1 }] },
  ] as ChannelSpec[])('with numbers that cannot be is refused before it runs: %j', (spec) => {
    expect(() => prepareLossModel(spec)).toThrow(ChannelError);
  });

  it.each([
    'bernoulli:loss=0.3',
    'gilbert-elliott:loss=0.3,burst=5',
    'rain-fade:share=0.3,meanSeconds=2,lossInFade=0.8',
    'shadowing:share=0.3,meanSeconds=2',
    'dvb-s2:loss=0.1,packetsPerFrame=21.4,share=0.1',
    'pass:periodSeconds=20,windowSeconds=15,edgeLoss=0.5,edgeSeconds=5',
    'recorder:loss=0.05,burst=3',
    'recorder:loss=0.05+rain-fade:share=0.1,meanSeconds=1',
  ])('repeats itself with the same seed only: %s', (text) => {
    const prepared = prepareLossModel(parseChannelSpec(text));
    const run = (seed: number) => {
      const isLost = prepared(createPrng(seed));
      return Array.from({ length: 400 }, (_, i) => isLost({ seconds: i / 10, length: 1472 }));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('of several models loses what any of them loses, and all of them see every datagram', () => {
    const [a, b] = [0, 1].map((i) =>
      gilbertElliott(createPrng(9).fork(`part ${i}`), gilbertParameters(0.3, 5)),
    ) as [() => boolean, () => boolean];
    const alone = Array.from({ length: 500 }, () => [a(), b()]);
    const part = { model: 'gilbert-elliott', loss: 0.3, burst: 5 } as const;
    const both = createLossModel({ model: 'all', of: [part, part] }, createPrng(9));
    expect(alone.map(() => both(datagram))).toEqual(alone.map(([first, second]) => first || second));
    expect(() => anyOf([])).toThrow(ChannelError);
  });

  it('has a mean loss: that of independent parts together', () => {
    expect(
      meanLoss(parseChannelSpec('bernoulli:loss=0.2+rain-fade:share=0.1,meanSeconds=5,lossInFade=0.5')),
    ).toBeCloseTo(1 - 0.8 * 0.95, 12);
    expect(meanLoss({ model: 'gilbert-elliott', loss: 0.4, burst: 9 })).toBe(0.4);
  });
});
