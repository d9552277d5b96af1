import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  type Channel,
  ChannelError,
  compose,
  corrupt,
  createPrng,
  type Datagram,
  duplicate,
  lose,
  reorder,
  type Tally,
  truncate,
} from '../index.js';

interface Numbered extends Datagram {
  readonly index: number;
}

const COUNT = 20_000;
const LENGTH = 40;
const SIGMAS = 5;

/** Bound on the deviation of a share observed in `count` trials from its probability. */
const bound = (probability: number, count: number) =>
  SIGMAS * Math.sqrt((probability * (1 - probability)) / count);

function stream(count = COUNT): Numbered[] {
  const prng = createPrng(99);
  return Array.from({ length: count }, (_, index) => ({
    payload: prng.bytes(LENGTH),
    timestampNs: BigInt(index) * 1000n,
    index,
  }));
}

async function collect(channel: Channel<Numbered>, sent: Numbered[]): Promise<Numbered[]> {
  const before = Buffer.concat(sent.map(({ payload }) => payload));
  const arrived: Numbered[] = [];
  for await (const datagram of channel(sent)) arrived.push(datagram);
  // Stages copy, they do not change.
  expect(Buffer.concat(sent.map(({ payload }) => payload)).equals(before)).toBe(true);
  return arrived;
}

function invertedBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < a.length; i++) for (let x = a[i]! ^ b[i]!; x !== 0; x &= x - 1) bits++;
  return bits;
}

describe('duplication', () => {
  it('delivers the given share twice, one right after the other', async () => {
    const tally: Tally<'duplicated'> = {};
    const arrived = await collect(duplicate(createPrng(1), 0.1, tally), stream());
    const again = arrived.filter(({ index }, i) => i > 0 && arrived[i - 1]!.index === index).length;
    expect(again).toBe(tally.duplicated);
    expect(arrived.length).toBe(COUNT + again);
    expect(Math.abs(again / COUNT - 0.1)).toBeLessThan(bound(0.1, COUNT));
  });
});

describe('reordering', () => {
  it.each([1, 2, 8, 100])('within a window of %i keeps every datagram and the bound', async (window) => {
    const sent = stream(5000);
    const tally: Tally<'reordered'> = {};
    const arrived = await collect(reorder(createPrng(2), window, tally), sent);
    expect([...arrived].sort((a, b) => a.index - b.index).map(({ payload }) => payload)).toEqual(
      sent.map(({ payload }) => payload),
    );
    let newest = -1;
    let late = 0;
    for (const { index } of arrived) {
      if (index < newest) late++;
      newest = Math.max(newest, index);
      expect(newest - index).toBeLessThan(Math.max(window, 1));
    }
    expect(late).toBe(tally.reordered ?? 0);
    if (window === 1) expect(late).toBe(0);
    if (window === 8) expect(late / sent.length).toBeGreaterThan(0.3);
    const times = arrived.map(({ timestampNs }) => timestampNs!);
    expect(times.every((time, i) => i === 0 || time >= times[i - 1]!)).toBe(true);
  });

  it('leaves the order alone with window 0', async () => {
    const sent = stream(100);
    expect(await collect(reorder(createPrng(2), 0), sent)).toEqual(sent);
  });
});

describe('bit errors', () => {
  it('hit the given share with the given mean number of inverted bits', async () => {
    const sent = stream();
    const tally: Tally<'corrupted'> = {};
    const arrived = await collect(corrupt(createPrng(3), 0.2, 3, tally), sent);
    const errors = arrived
      .map(({ payload }, i) => invertedBits(payload, sent[i]!.payload))
      .filter((bits) => bits > 0);
    expect(arrived.every(({ payload }) => payload.length === LENGTH)).toBe(true);
    expect(errors.length).toBe(tally.corrupted);
    expect(Math.abs(errors.length / COUNT - 0.2)).toBeLessThan(bound(0.2, COUNT));
    const mean = errors.reduce((sum, bits) => sum + bits, 0) / errors.length;
    expect(Math.abs(mean - 3)).toBeLessThan((SIGMAS * Math.sqrt(6)) / Math.sqrt(errors.length));
  });

  it('end on datagrams shorter than the number of errors', async () => {
    const [arrived] = await collect(corrupt(createPrng(3), 1, 1e6), [
      { payload: Uint8Array.of(0x0f), index: 0 },
    ]);
    expect(arrived!.payload).toEqual(Uint8Array.of(0xf0));
  });
});

describe('truncation', () => {
  it('cuts the given share to a uniform shorter length', async () => {
    const sent = stream();
    const tally: Tally<'truncated'> = {};
    const arrived = await collect(truncate(createPrng(4), 0.25, tally), sent);
    const cut = arrived.filter(({ payload }) => payload.length < LENGTH);
    expect(cut.length).toBe(tally.truncated);
    expect(Math.abs(cut.length / COUNT - 0.25)).toBeLessThan(bound(0.25, COUNT));
    for (const { payload, index } of cut)
      expect(payload).toEqual(sent[index]!.payload.subarray(0, payload.length));
    const mean = cut.reduce((sum, { payload }) => sum + payload.length, 0) / cut.length;
    const deviation = Math.sqrt((LENGTH ** 2 - 1) / 12);
    expect(Math.abs(mean - (LENGTH - 1) / 2)).toBeLessThan((SIGMAS * deviation) / Math.sqrt(cut.length));
  });
});

describe('composition', () => {
  const channel = (seed: number) => {
    const prng = createPrng(seed);
    return compose<Numbered>(
      lose(bernoulli(prng.fork('loss'), 0.2)),
      duplicate(prng.fork('duplicate'), 0.1),
      corrupt(prng.fork('corrupt'), 0.1),
      truncate(prng.fork('truncate'), 0.1),
      reorder(prng.fork('reorder'), 10),
    );
  };

  it('gives the same output for the same seed, and another for another', async () => {
    const run = (seed: number) => collect(channel(seed), stream(500));
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it('passes an empty stream, and everything when it has no stages', async () => {
    expect(await collect(channel(1), [])).toEqual([]);
    const sent = stream(10);
    expect(await collect(compose<Numbered>(), sent)).toEqual(sent);
  });

  it('takes asynchronous streams', async () => {
    async function* later() {
      for (const datagram of stream(3)) yield await Promise.resolve(datagram);
    }
    const arrived: number[] = [];
    for await (const { index } of compose<Numbered>(duplicate(createPrng(1), 1))(later()))
      arrived.push(index);
    expect(arrived).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('refuses impossible parameters with a sentence', () => {
    const prng = createPrng(1);
    expect(() => duplicate(prng, 2)).toThrow(ChannelError);
    expect(() => corrupt(prng, -1)).toThrow(ChannelError);
    expect(() => corrupt(prng, 0.5, 0)).toThrow(ChannelError);
    expect(() => truncate(prng, Number.NaN)).toThrow(ChannelError);
    expect(() => reorder(prng, 1.5)).toThrow(ChannelError);
  });
});
