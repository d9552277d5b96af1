import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  ChannelError,
  createPrng,
  type Datagram,
  emptyLossStatistics,
  gilbertElliott,
  gilbertParameters,
  type LossModel,
  lose,
  lossRate,
  meanBurstLength,
  outage,
  randomOutages,
} from '../index.js';

const COUNT = 100_000;
/** Half-width of the confidence interval in standard deviations: a right model fails once in 10^6 seeds. */
const SIGMAS = 5;

const empty: Datagram = { payload: new Uint8Array(0) };

function* numbered(count: number, intervalNs?: bigint): Generator<Datagram & { index: number }> {
  for (let index = 0; index < count; index++) {
    const timestampNs =
      intervalNs === undefined ? {} : { timestampNs: 1_000_000_000n + BigInt(index) * intervalNs };
    yield { ...empty, ...timestampNs, index };
  }
}

async function pass(model: LossModel, sent: Iterable<Datagram & { index: number }>) {
  const statistics = emptyLossStatistics();
  const arrived: number[] = [];
  for await (const { index } of lose<Datagram & { index: number }>(model, statistics)(sent))
    arrived.push(index);
  return { arrived, statistics };
}

describe('independent loss', () => {
  it.each([0.01, 0.1, 0.3, 0.6])('loses %f of the datagrams, without memory', async (loss) => {
    const { arrived, statistics } = await pass(bernoulli(createPrng(1), loss), numbered(COUNT));
    expect(statistics.sent).toBe(COUNT);
    expect(arrived.length).toBe(COUNT - statistics.lost);
    const deviation = Math.sqrt((loss * (1 - loss)) / COUNT);
    expect(Math.abs(lossRate(statistics) - loss)).toBeLessThan(SIGMAS * deviation);
    // Bursts of independent loss are geometric with mean 1 / (1 - P) and variance P / (1 - P)^2.
    const burstDeviation = Math.sqrt(loss) / (1 - loss) / Math.sqrt(statistics.bursts);
    expect(Math.abs(meanBurstLength(statistics) - 1 / (1 - loss))).toBeLessThan(SIGMAS * burstDeviation);
  });

  it('loses nothing at 0 and everything at 1, and refuses what is no probability', async () => {
    expect((await pass(bernoulli(createPrng(1), 0), numbered(100))).arrived.length).toBe(100);
    expect((await pass(bernoulli(createPrng(1), 1), numbered(100))).arrived.length).toBe(0);
    for (const loss of [-0.1, 1.1, Number.NaN])
      expect(() => bernoulli(createPrng(1), loss)).toThrow(ChannelError);
  });

  it('repeats itself with the same seed only', async () => {
    const run = async (seed: number) => (await pass(bernoulli(createPrng(seed), 0.3), numbered(200))).arrived;
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });
});

describe('Gilbert-Elliott loss', () => {
  it.each([
    [0.05, 2],
    [0.3, 10],
    [0.3, 50],
    [0.6, 5],
  ])('loses %f of the datagrams in bursts of %i', async (loss, meanBurst) => {
    const { statistics } = await pass(
      gilbertElliott(createPrng(2), gilbertParameters(loss, meanBurst)),
      numbered(COUNT),
    );
    const { goodToBad, badToGood } = gilbertParameters(loss, meanBurst);
    // The states are correlated with coefficient r = 1 - p - q: the variance grows by (1 + r) / (1 - r).
    const correlation = 1 - goodToBad - badToGood;
    const deviation = Math.sqrt(((loss * (1 - loss)) / COUNT) * ((1 + correlation) / (1 - correlation)));
    expect(Math.abs(lossRate(statistics) - loss)).toBeLessThan(SIGMAS * deviation);
    const burstDeviation = Math.sqrt(meanBurst * (meanBurst - 1)) / Math.sqrt(statistics.bursts);
    expect(Math.abs(meanBurstLength(statistics) - meanBurst)).toBeLessThan(SIGMAS * burstDeviation);
  });

  it('has the burst lengths of a geometric distribution', async () => {
    const meanBurst = 4;
    const { arrived } = await pass(
      gilbertElliott(createPrng(3), gilbertParameters(0.2, meanBurst)),
      numbered(COUNT),
    );
    const lengths = arrived
      .slice(1)
      .map((index, i) => index - arrived[i]! - 1)
      .filter((length) => length > 0);
    for (const atLeast of [2, 4, 8, 16]) {
      const expected = (1 - 1 / meanBurst) ** (atLeast - 1);
      const deviation = Math.sqrt((expected * (1 - expected)) / lengths.length);
      const share = lengths.filter((length) => length >= atLeast).length / lengths.length;
      expect(Math.abs(share - expected)).toBeLessThan(SIGMAS * deviation);
    }
  });

  it('loses in both states by their own probabilities', async () => {
    const parameters = { goodToBad: 0.02, badToGood: 0.08, lossInGood: 0.01, lossInBad: 0.7 };
    const { statistics } = await pass(gilbertElliott(createPrng(4), parameters), numbered(COUNT));
    const badShare = 0.02 / (0.02 + 0.08);
    const loss = badShare * 0.7 + (1 - badShare) * 0.01;
    const correlation = 1 - 0.02 - 0.08;
    const stateVariance =
      badShare * (1 - badShare) * ((1 + correlation) / (1 - correlation)) * (0.7 - 0.01) ** 2;
    const deviation = Math.sqrt((stateVariance + loss * (1 - loss)) / COUNT);
    expect(Math.abs(lossRate(statistics) - loss)).toBeLessThan(SIGMAS * deviation);
  });

  it('starts in the stationary distribution', () => {
    const first = (seed: number) =>
      gilbertElliott(createPrng(seed), gilbertParameters(0.3, 100))({ length: 0 });
    const trials = 4000;
    let lost = 0;
    for (let seed = 0; seed < trials; seed++) if (first(seed)) lost++;
    expect(Math.abs(lost / trials - 0.3)).toBeLessThan(SIGMAS * Math.sqrt(0.21 / trials));
  });

  it('repeats itself with the same seed only', async () => {
    const run = async (seed: number) =>
      (await pass(gilbertElliott(createPrng(seed), gilbertParameters(0.3, 5)), numbered(200))).arrived;
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });

  it('refuses bursts that cannot make up the loss', () => {
    expect(() => gilbertParameters(0.9, 2)).toThrow(/at this loss the mean burst is at least 9/);
    expect(() => gilbertParameters(0.3, 0.5)).toThrow(ChannelError);
    expect(() => gilbertParameters(1, 5)).toThrow(ChannelError);
  });
});

describe('outages', () => {
  it('lose exactly what is sent during them', async () => {
    const windows = [
      { from: 1, to: 2 },
      { from: 2.5, to: 2.75 },
    ];
    const { arrived, statistics } = await pass(outage(windows), numbered(40, 100_000_000n)); // one each 0.1 s
    const lost = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 25, 26, 27];
    expect(arrived).toEqual([...Array(40).keys()].filter((index) => !lost.includes(index)));
    expect(statistics).toEqual({ sent: 40, lost: 13, bursts: 2, longestBurst: 10 });
  });

  it('come at random, with exponential lengths', async () => {
    const [share, meanSeconds, seconds] = [0.3, 0.05, COUNT / 1000];
    const { statistics } = await pass(
      outage(randomOutages(createPrng(6), share, meanSeconds)),
      numbered(COUNT, 1_000_000n),
    );
    // Share of time in one state of an alternating exponential process (mean lengths b = 0.05 s, g = b (1-P) / P):
    // its variance over a time t is 2 P (1-P) tau / t with tau = 1 / (1/b + 1/g).
    const tau = meanSeconds * (1 - share);
    const deviation = Math.sqrt((2 * share * (1 - share) * tau) / seconds);
    expect(Math.abs(lossRate(statistics) - share)).toBeLessThan(SIGMAS * deviation);
    // Outages that fall between two datagrams are not seen: the seen ones are longer by half an interval at most.
    const burstDeviation = (1000 * meanSeconds) / Math.sqrt(statistics.bursts);
    expect(Math.abs(meanBurstLength(statistics) - 1000 * meanSeconds)).toBeLessThan(
      SIGMAS * burstDeviation + 1,
    );
  });

  it('need the time of sending', async () => {
    await expect(pass(outage([{ from: 0, to: 1 }]), numbered(3))).rejects.toThrow(/carries no time/);
  });

  it('of an impossible share or length are refused', () => {
    for (const [share, seconds] of [
      [1.5, 1],
      [1, 1],
      [0.5, 0],
      [0.5, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => [...randomOutages(createPrng(1), share, seconds)]).toThrow(ChannelError);
    }
  });
});
