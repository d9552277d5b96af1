import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../bytes.js';
import { LinkType } from '../index.js';
import {
  bytesOf,
  FLOW4,
  FLOW6,
  fileOf,
  fragment4,
  fragment6,
  packet,
  pcapngWriter,
  readAll,
} from '../testing.js';

const PAYLOAD = bytesOf(100, 1);

describe.each([
  ['IPv4', FLOW4, fragment4],
  ['IPv6', FLOW6, fragment6],
])('fragments of %s', (_, flow, fragment) => {
  const whole = packet(flow, PAYLOAD);
  // 108 bytes of UDP
  const [a, b, c] = [fragment(whole, 0, 48), fragment(whole, 48, 40), fragment(whole, 88, 20)] as const;
  const read = (frames: readonly Uint8Array[]) => readAll(fileOf(LinkType.raw, frames));

  it.each([
    ['in order', [a, b, c]],
    ['backwards', [c, b, a]],
    ['mixed', [b, c, a]],
  ])('are put together: %s', (_, frames) => {
    const { datagrams, counters } = read(frames);
    expect(datagrams).toEqual([{ ...flow, timestampNs: 5_000_007_000n, payload: PAYLOAD }]);
    expect(counters).toMatchObject({ records: 3, datagrams: 1, fragments: 0, reassembled: 2 });
  });

  it('may come twice', () => {
    const { counters } = read([a, a, b, b, c]);
    expect(counters).toMatchObject({ datagrams: 1, fragments: 2, reassembled: 2 });
  });

  it('are left out where one is missing, also when the next packet has the same number a minute later', () => {
    expect(read([a, c]).counters).toMatchObject({ datagrams: 0, fragments: 2 });
    const to = pcapngWriter(true);
    const at = (seconds: bigint, frame: Uint8Array) => to.enhanced(0, seconds * 1_000_000n, frame);
    const head = concatBytes(to.section(), to.interface(LinkType.raw));
    const late = concatBytes(head, at(0n, a), at(0n, b), at(61n, c));
    expect(readAll(late).counters).toMatchObject({ datagrams: 0, fragments: 3 });
    const next = concatBytes(head, at(0n, a), at(61n, a), at(61n, b), at(61n, c));
    expect(readAll(next).counters).toMatchObject({ datagrams: 1, fragments: 1 });
  });

  it('that overlap are refused, with all that is still to come of the packet', () => {
    const over = fragment(whole, 40, 48);
    expect(read([a, over, b, c]).counters).toMatchObject({ datagrams: 0, fragments: 4 });
    const other = a.slice();
    other[other.length - 1]! ^= 1;
    expect(read([a, other, b, c]).counters).toMatchObject({ datagrams: 0, fragments: 4 });
    expect(read([c, fragment(whole, 0, 96), a, b]).counters).toMatchObject({ datagrams: 0, fragments: 4 });
  });

  it('are refused when only the last one may have such a length', () => {
    const odd = fragment(whole, 48, 37);
    expect(read([a, odd, c]).counters).toMatchObject({ datagrams: 0, fragments: 3 });
  });

  it('of many packets at a time take bounded room: the oldest gives way', () => {
    const begun = Array.from({ length: 300 }, (_, id) => fragment(whole, 0, 48, id));
    const ended = Array.from({ length: 300 }, (_, id) => fragment(whole, 48, 60, id));
    // as many as come in and go out one by one
    expect(read(begun.flatMap((first, id) => [first, ended[id]!])).counters).toMatchObject({
      datagrams: 300,
    });
    const { counters } = read([...begun, ...ended.toReversed()]);
    expect(counters.datagrams).toBe(256);
    const large = packet(flow, bytesOf(60_000, 2));
    const heavy = Array.from({ length: 200 }, (_, id) => fragment(large, 0, 40_000, id));
    const last = (id: number) => fragment(large, 40_000, 20_008, id);
    expect(read([...heavy, last(0)]).counters).toMatchObject({ datagrams: 0 });
    expect(read([...heavy, last(199)]).counters).toMatchObject({ datagrams: 1 });
  });

  it('come to the same in any order, however they are cut', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 13 }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat()), (places, keys) => {
        const at = [0, ...places.map((place) => place * 8).sort((one, two) => one - two), 108];
        const frames = at.slice(1).map((end, i) => fragment(whole, at[i]!, end - at[i]!));
        const mixed = frames
          .map((frame, i) => ({ frame, key: keys[i] ?? i }))
          .sort((one, two) => one.key - two.key)
          .map(({ frame }) => frame);
        expect(read(mixed).datagrams.map(({ payload }) => payload)).toEqual([PAYLOAD]);
      }),
    );
  });
});

it('takes an atomic fragment for a whole packet', () => {
  const whole = packet(FLOW6, PAYLOAD);
  const atomic = fragment6(whole, 0, 108);
  const again = fragment6(whole, 0, 108);
  const { counters } = readAll(fileOf(LinkType.raw, [atomic, again]));
  expect(counters).toMatchObject({ datagrams: 2, fragments: 0, reassembled: 0 });
});
