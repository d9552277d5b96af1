import { describe, expect, it } from 'vitest';
import { ChannelError, createPrng, shadowing } from '../index.js';

const SIGMAS = 5;

/** One datagram each `interval` seconds: which were lost, as lengths of the runs of lost ones. */
function observe(isLost: ReturnType<typeof shadowing>, count: number, interval: number) {
  const bursts: number[] = [];
  let lost = 0;
  let inBurst = false;
  for (let i = 0; i < count; i++) {
    const now = isLost({ seconds: i * interval, length: 1472 });
    if (now && inBurst) bursts[bursts.length - 1]!++;
    else if (now) bursts.push(1);
    if (now) lost++;
    inBurst = now;
  }
  return { share: lost / count, bursts };
}

/** Share of the time in one state of an alternating exponential process: standard deviation over a time. */
function shareDeviation(share: number, meanSeconds: number, seconds: number): number {
  const tau = meanSeconds * (1 - share);
  return Math.sqrt((2 * share * (1 - share) * tau) / seconds);
}

describe('shadows', () => {
  it.each([
    { share: 0.1, meanSeconds: 120 },
    { share: 0.3, meanSeconds: 600 },
  ])('take their share of the time, in exponential lengths: %j', ({ share, meanSeconds }) => {
    const interval = meanSeconds / 40;
    const count = Math.round(2000 * (40 / share)); // about 2,000 shadows
    const { share: observed, bursts } = observe(
      shadowing(createPrng(1), { share, meanSeconds }),
      count,
      interval,
    );
    expect(Math.abs(observed - share)).toBeLessThan(
      SIGMAS * shareDeviation(share, meanSeconds, count * interval),
    );
    // Fades come at the rate share / mean. Sampling hides those between two datagrams and joins those whose gap it hides:
    // one in forty of either.
    const fades = (count * interval * share) / meanSeconds;
    expect(Math.abs(bursts.length - fades)).toBeLessThan(SIGMAS * Math.sqrt(2 * fades) + fades / 20);
    const mean = (bursts.reduce((sum, length) => sum + length, 0) / bursts.length) * interval;
    const bias = interval + (meanSeconds * share) / (40 * (1 - share));
    expect(Math.abs(mean - meanSeconds)).toBeLessThan(
      (SIGMAS * meanSeconds) / Math.sqrt(bursts.length) + bias,
    );
    // Exponential: exp(-1) of them last longer than the mean.
    const longer = bursts.filter((length) => length * interval > meanSeconds).length / bursts.length;
    const deviation = Math.sqrt((Math.exp(-1) * (1 - Math.exp(-1))) / bursts.length);
    expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(SIGMAS * deviation + 0.03);
  });

  it('begin in the stationary distribution', () => {
    const trials = 5000;
    let lost = 0;
    for (let seed = 0; seed < trials; seed++) {
      if (shadowing(createPrng(seed), { share: 0.2, meanSeconds: 60 })({ seconds: 0, length: 1 })) lost++;
    }
    expect(Math.abs(lost / trials - 0.2)).toBeLessThan(SIGMAS * Math.sqrt(0.16 / trials));
  });

  it('go by time, not by datagrams: a faster sender meets the same shadows', () => {
    const parameters = { share: 0.2, meanSeconds: 10 };
    const slow = shadowing(createPrng(3), parameters);
    const fast = shadowing(createPrng(3), parameters);
    for (let second = 0; second < 500; second++) {
      const isLost = slow({ seconds: second, length: 100 });
      for (let part = 0; part < 10; part++) {
        const isLostToo = fast({ seconds: second + part / 10, length: 1000 });
        if (part === 0) expect(isLostToo).toBe(isLost);
      }
    }
  });

  it('need times and possible numbers', () => {
    expect(() => shadowing(createPrng(1), { share: 0.1, meanSeconds: 5 })({ length: 1 })).toThrow(
      /carries no time/,
    );
    for (const parameters of [
      { share: 1, meanSeconds: 1 },
      { share: 0.1, meanSeconds: 0 },
    ]) {
      expect(() => shadowing(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });
});
