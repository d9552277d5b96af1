import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex } from '../bytes.js';
import { createPcapReader, LinkType, PcapError } from './index.js';
import { bytesOf, FLOW4, FLOW6, fileOf, packet, pcapngWriter, readAll, TIME } from './testing.js';

const MICROSECONDS = TIME / 1000n;
const ETHERNET = fromHex('01005e7f01020200000000010800');

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('pcapng, %s', (_, littleEndian) => {
  const to = pcapngWriter(littleEndian);
  const other = pcapngWriter(!littleEndian);
  const ip = (seed: number) => packet(FLOW4, bytesOf(30 + seed, seed));
  const ethernet = (seed: number) => concatBytes(ETHERNET, ip(seed));
  const payloads = (file: Uint8Array) => readAll(file).datagrams.map(({ payload }) => payload);

  it('reads enhanced, simple and obsolete packet blocks, and steps over the others', () => {
    const file = concatBytes(
      to.section(to.option(1, bytesOf(5, 1)), to.option(0, new Uint8Array(0))),
      to.block(0x0bad, bytesOf(9, 1)),
      to.interface(LinkType.raw),
      to.enhanced(0, MICROSECONDS, ip(1), to.option(1, bytesOf(7, 1))),
      to.block(4, bytesOf(40, 2)),
      to.simple(ip(2)),
      to.obsolete(0, MICROSECONDS, ip(3)),
    );
    const { datagrams, counters } = readAll(file);
    const times = [(TIME / 1000n) * 1000n, 0n, (TIME / 1000n) * 1000n];
    expect(datagrams).toEqual(
      [1, 2, 3].map((seed, i) => ({ ...FLOW4, timestampNs: times[i], payload: bytesOf(30 + seed, seed) })),
    );
    expect(counters).toMatchObject({ records: 3, datagrams: 3, malformed: 0, cutOff: 0 });
  });

  it('knows the interfaces of each section, whose byte orders differ', () => {
    const file = concatBytes(
      ...[to.section(), to.interface(LinkType.ethernet), to.interface(LinkType.raw)],
      ...[to.enhanced(1, 0n, ip(1)), to.enhanced(0, 0n, ethernet(2))],
      ...[other.section(), other.interface(LinkType.raw), other.interface(LinkType.ethernet)],
      ...[other.enhanced(0, 0n, ip(3)), other.obsolete(1, 0n, ethernet(4))],
    );
    expect(payloads(file)).toEqual([1, 2, 3, 4].map((seed) => bytesOf(30 + seed, seed)));
  });

  it.each([
    ['nanoseconds', 9, TIME, 0n, TIME],
    ['microseconds', 6, MICROSECONDS, 0n, (TIME / 1000n) * 1000n],
    ['seconds', 0, 1_700_000_000n, 0n, 1_700_000_000_000_000_000n],
    ['picoseconds', 12, 1234n, 0n, 1n],
    ['2^-10 s', 0x8a, 1536n, 0n, 1_500_000_000n],
    ['an offset', 9, 5n, 1_700_000_000n, 1_700_000_000_000_000_005n],
    ['an offset back', 9, 7_000_000_000n, -3n, 4_000_000_000n],
    ['a time before 1970', 9, 1n, -3n, 0n],
  ])('takes the time from if_tsresol and if_tsoffset: %s', (_, resolution, units, offset, time) => {
    const options = [to.option(2, bytesOf(3, 1)), to.resolution(resolution), to.offset(offset)];
    const file = concatBytes(
      to.section(),
      to.interface(LinkType.raw, { options }),
      to.enhanced(0, units, ip(1)),
    );
    expect(readAll(file).datagrams[0]!.timestampNs).toBe(time);
  });

  it('says which packets the recorder cut short, of a simple packet block too', () => {
    const cut = to.simple(ip(1).subarray(0, 40), ip(1).length);
    const file = concatBytes(to.section(), to.interface(LinkType.raw, { snap: 40 }), cut, to.simple(ip(2)));
    expect(readAll(file).counters).toMatchObject({ records: 2, datagrams: 0, malformed: 0, cutShort: 2 });
  });

  it('counts packets of other link types and of no interface', () => {
    const file = concatBytes(
      ...[to.section(), to.interface(147), to.interface(LinkType.raw)],
      ...[to.enhanced(0, 0n, ip(1)), to.enhanced(5, 0n, ip(1)), to.enhanced(1, 0n, ip(2))],
    );
    expect(readAll(file).counters).toMatchObject({
      records: 3,
      datagrams: 1,
      malformed: 1,
      otherPackets: 1,
      others: { 'link type 147': 1 },
    });
  });

  it('loses no more than the damaged block, whatever is damaged in it', () => {
    const head = concatBytes(to.section(), to.interface(LinkType.raw));
    const blocks = [1, 2, 3].map((seed) => to.enhanced(0, 0n, ip(seed)));
    const file = concatBytes(head, ...blocks);
    for (let at = 0; at < blocks[1]!.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = file.slice();
        damaged[head.length + blocks[0]!.length + at] = value;
        const found = payloads(damaged);
        expect(found.at(0)).toEqual(bytesOf(31, 1));
        expect(found.at(-1)).toEqual(bytesOf(33, 3));
      }
    }
    const { counters } = readAll(concatBytes(head, blocks[0]!, bytesOf(101, 5), blocks[1]!, blocks[2]!));
    expect(counters).toMatchObject({ records: 4, datagrams: 3, malformed: 1, cutOff: 0 });
  });

  it('steps over long blocks without holding them', () => {
    const long = to.block(0x0bad, new Uint8Array(3_000_000));
    const file = concatBytes(to.section(), to.interface(LinkType.raw), long, to.enhanced(0, 0n, ip(1)));
    expect(payloads(file)).toEqual([bytesOf(31, 1)]);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += 70_001) pieces.push(file.subarray(at, at + 70_001));
    expect(readAll(...pieces).datagrams).toHaveLength(1);
  });

  it('steps over junk behind damage in place, not byte by byte', () => {
    const junk = concatBytes(to.section(), to.interface(LinkType.raw), new Uint8Array(1000).fill(0x78));
    const reader = createPcapReader();
    reader.push(junk);
    const rest = concatBytes(new Uint8Array(5001).fill(0x78), to.enhanced(0, 0n, ip(1)));
    const [datagram] = reader.push(rest);
    expect(datagram!.payload).toEqual(bytesOf(31, 1));
    expect(datagram!.payload.buffer).toBe(rest.buffer);
  });

  it('tells what is no pcapng file', () => {
    expect(() => readAll(concatBytes(to.section().subarray(0, 8), new Uint8Array(40)))).toThrow(
      /no byte-order magic at byte 8/,
    );
    const version = to.section();
    version[littleEndian ? 12 : 13] = 9;
    expect(() => readAll(version)).toThrow(/pcapng version 9/);
    expect(() => readAll(to.section().subarray(0, 20))).toThrow(PcapError);
  });

  it('says the same however it is cut, and throws nothing but PcapError when it is damaged', () => {
    const whole = concatBytes(
      ...[to.section(), to.interface(LinkType.raw), to.interface(LinkType.ethernet)],
      ...[to.enhanced(0, 0n, ip(1)), to.block(0x0bad, bytesOf(9, 1)), to.simple(ip(2))],
      ...[to.obsolete(1, 0n, ethernet(3)), other.section(), other.interface(LinkType.raw)],
      ...[other.enhanced(0, 0n, packet(FLOW6, bytesOf(20, 4)))],
    );
    const result = (chunks: Uint8Array[]) => {
      try {
        return readAll(...chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(PcapError);
        return undefined;
      }
    };
    const mutation = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(mutation, { maxLength: 4 }),
        fc.integer({ min: 1, max: 90 }),
        (mutations, length) => {
          const file = whole.slice();
          for (const [at, value] of mutations) file[at] = value;
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < file.length; at += length) chunks.push(file.slice(at, at + length));
          const once = result([file]);
          expect(result(chunks)).toEqual(once);
          if (mutations.length === 0) expect(once?.datagrams).toHaveLength(4);
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('reads classic recordings that follow one another in one file', () => {
  const ip = packet(FLOW4, bytesOf(30, 1));
  const file = concatBytes(
    fileOf(LinkType.raw, [ip, ip]),
    fileOf(LinkType.ethernet, [concatBytes(ETHERNET, ip)], false, 0xa1b23c4d),
  );
  const { datagrams, counters } = readAll(file);
  expect(datagrams.map(({ timestampNs }) => timestampNs)).toEqual([
    5_000_007_000n,
    5_000_007_000n,
    5_000_000_007n,
  ]);
  expect(counters.records).toBe(3);
});
