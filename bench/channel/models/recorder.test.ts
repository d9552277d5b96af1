import { describe, expect, it } from 'vitest';
import {
  ChannelError,
  createPrng,
  MPE_OVERHEAD,
  meanLoss,
  type RecorderParameters,
  recorder,
  TS_PAYLOAD,
} from '../index.js';

const SIGMAS = 5;
const COUNT = 100_000;
/** Payload of a datagram whose section fills this many transport stream packets exactly. */
const filling = (packets: number) => packets * TS_PAYLOAD - MPE_OVERHEAD;

function observe(parameters: RecorderParameters, length: number, count = COUNT, seed = 1): boolean[] {
  const isLost = recorder(createPrng(seed), parameters);
  return Array.from({ length: count }, (_, i) => isLost({ seconds: i / 100, length }));
}

const share = (lost: readonly boolean[]) => lost.filter(Boolean).length / lost.length;

/** Mean and its standard deviation, estimated from blocks long enough to be independent of each other. */
function blockDeviation(lost: readonly boolean[], block = 1000): number {
  const means = Array.from({ length: Math.floor(lost.length / block) }, (_, i) =>
    share(lost.slice(i * block, (i + 1) * block)),
  );
  const mean = share(lost);
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1);
  return Math.sqrt(variance / means.length);
}

describe('a set-top box recorder', () => {
  it.each([
    { loss: 0.001 },
    { loss: 0.01 },
    { loss: 0.1 },
    { loss: 0.01, burst: 5 },
    { loss: 0.05, burst: 40 },
  ])('loses datagrams with their transport stream packets: %j', (parameters) => {
    for (const length of [1, 100, 700, 1472]) {
      const lost = observe(parameters, length);
      const expected = meanLoss({ model: 'recorder', ...parameters }, length);
      expect(Math.abs(share(lost) - expected)).toBeLessThan(SIGMAS * blockDeviation(lost));
    }
  });

  it('has the mean loss that counting packets gives', () => {
    // A section of n packets touches n + 1 of them, or n at one of the 184 offsets.
    const expected = (n: number) => 1 - (0.99 ** n * (1 + 183 * 0.99)) / 184;
    expect(meanLoss({ model: 'recorder', loss: 0.01 }, filling(8))).toBeCloseTo(expected(8), 12);
    expect(meanLoss({ model: 'recorder', loss: 0.01 }, filling(1))).toBeCloseTo(expected(1), 12);
    // Bursts take neighbouring packets, and so fewer datagrams.
    expect(meanLoss({ model: 'recorder', loss: 0.01, burst: 20 })).toBeLessThan(
      meanLoss({ model: 'recorder', loss: 0.01 }) / 5,
    );
  });

  it('loses both datagrams that share a lost packet', () => {
    // Sections of exactly four packets, at an offset: a lost packet is the shared one once in four times.
    const lost = observe({ loss: 0.0005 }, filling(4), 400_000, 3);
    const bursts = lost.reduce<number[]>((runs, isLost, i) => {
      if (isLost && lost[i - 1]) runs[runs.length - 1]!++;
      else if (isLost) runs.push(1);
      return runs;
    }, []);
    const pairs = bursts.filter((length) => length > 1).length / bursts.length;
    const deviation = Math.sqrt(0.1875 / bursts.length);
    // In a few bursts two packets are lost.
    expect(Math.abs(pairs - 0.25)).toBeLessThan(SIGMAS * deviation + 0.01);
    expect(Math.max(...bursts)).toBeLessThanOrEqual(4);
  });

  it('loses the beginning and the end of a recording', () => {
    const parameters = { loss: 0, startSeconds: 3, endSeconds: 2, durationSeconds: 10 };
    const lost = observe(parameters, 1472, 1200); // 12 seconds
    const arrived = lost.flatMap((isLost, i) => (isLost ? [] : [i]));
    expect(arrived).toEqual(Array.from({ length: 500 }, (_, i) => 300 + i));
    expect(meanLoss({ model: 'recorder', ...parameters })).toBeCloseTo(0.5, 12);
    expect(observe({ loss: 0, startSeconds: 1 }, 1472, 1000).indexOf(false)).toBe(100);
  });

  it('needs times for its beginning only, and possible numbers', () => {
    expect(recorder(createPrng(1), { loss: 0 })({ length: 1 })).toBe(false);
    expect(() => recorder(createPrng(1), { loss: 0, startSeconds: 1 })({ length: 1 })).toThrow(/no time/);
    for (const parameters of [
      { loss: 1 },
      { loss: 0.1, burst: 0 },
      { loss: 0.9, burst: 2 },
      { loss: 0, startSeconds: -1 },
      { loss: 0, endSeconds: 1 },
      { loss: 0, startSeconds: 6, endSeconds: 6, durationSeconds: 10 },
    ]) {
      expect(() => recorder(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });

  it('loses nothing in the mean without loss, whatever the length', () => {
    for (let length = 0; length < 1500; length += 7)
      expect(meanLoss({ model: 'recorder', loss: 0 }, length)).toBe(0);
  });
});
