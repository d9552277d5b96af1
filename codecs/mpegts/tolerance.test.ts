import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex, toHex } from '../bytes.js';
import { writeDatagramSection } from './datagram-section.js';
import { buildPat, buildPmt } from './psi.js';
import { buildSection, writeCrc } from './section.js';
import {
  bytesOf,
  ipPacket,
  packetOf,
  packetsOf,
  packetsOfSection,
  pidOf,
  readStream,
  streamOf,
} from './testing.js';

const SENT = Array.from({ length: 60 }, (_, i) => bytesOf(300 + i, i));
const PACKETS = packetsOf(streamOf(SENT));
const STREAM = concatBytes(...PACKETS);

/** Which payloads came, by their numbers; anything else that came fails the test. */
function numbers(payloads: readonly Uint8Array[]): number[] {
  return payloads.map((payload) => {
    const number = SENT.findIndex((sent) => equalBytes(sent, payload));
    expect(number).toBeGreaterThanOrEqual(0);
    return number;
  });
}

function sectionOf(payload: Uint8Array): Uint8Array {
  const into = new Uint8Array(4096);
  return into.slice(0, writeDatagramSection(into, new DataView(into.buffer), ipPacket(payload)));
}

/** The section after a change, with a right CRC_32 again. */
function altered(section: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const copy = section.slice();
  change(copy);
  writeCrc(new DataView(copy.buffer), copy.length);
  return copy;
}

const SECTION = sectionOf(bytesOf(200, 7));

describe('packets of other lengths', () => {
  it('reads 192 bytes with a time before each packet, 204 with parity behind', () => {
    const timed = PACKETS.map((packet, i) =>
      concatBytes(Uint8Array.of(0x47, i >> 8, i & 0xff, 0x47), packet),
    );
    const coded = PACKETS.map((packet, i) => concatBytes(packet, bytesOf(16, i)));
    for (const form of [timed, coded]) {
      const stream = concatBytes(...form);
      for (const chunkBytes of [stream.length, 1, 191, 1000]) {
        const { payloads, counters } = readStream(stream, chunkBytes);
        expect(numbers(payloads)).toEqual(SENT.map((_, i) => i));
        expect(counters).toMatchObject({
          packets: PACKETS.length,
          resynchronisations: 0,
          transportErrors: 0,
        });
      }
    }
  });

  it('is not misled by a PID that looks like a sync byte', () => {
    // two bits that each packet has in its fourth byte are in all the others too
    const sent = Array.from({ length: 40 }, (_, i) => bytesOf(1400, i).map((byte) => byte | 0x30));
    for (const pid of [0x0147, 0x0747]) {
      const stream = streamOf(sent, { pids: { pmt: 0x30, data: pid } });
      const packets = packetsOf(stream).filter((packet) => pidOf(packet) === pid);
      const timed = packets.map((packet, i) =>
        concatBytes(Uint8Array.of(9, i >> 8, i & 0xff, i * 7), packet),
      );
      const coded = packets.map((packet, i) => concatBytes(packet, bytesOf(16, i)));
      for (const form of [packets, timed, coded]) {
        for (const start of [0, 1, 2, 5, 6]) {
          const { payloads, counters } = readStream(concatBytes(...form).subarray(start), 4096);
          expect(payloads.length).toBeGreaterThanOrEqual(39);
          expect(payloads).toEqual(sent.slice(-payloads.length));
          expect(counters.discontinuities).toBe(0);
        }
      }
    }
  });
});

describe('damage', () => {
  it('starts anywhere', () => {
    fc.assert(
      fc.property(fc.nat(5000), (start) => {
        const { payloads, counters } = readStream(STREAM.subarray(start), 4096);
        const got = numbers(payloads);
        expect(got.at(-1)).toBe(59);
        expect(got).toEqual(SENT.map((_, i) => i).slice(60 - got.length));
        // what begins behind the first whole packet is there
        expect(got.length).toBeGreaterThanOrEqual(59 - Math.ceil((start + 376) / 350));
        expect(counters.badSections).toBe(0);
      }),
    );
  });

  it('finds the packets again when bytes are missing or too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2000, max: 15_000 }),
        fc.integer({ min: -700, max: 700 }),
        (at, shift) => {
          fc.pre(shift % 188 !== 0);
          const rest =
            shift < 0 ? STREAM.subarray(at - shift) : concatBytes(bytesOf(shift, 3), STREAM.subarray(at));
          const { payloads, counters } = readStream(concatBytes(STREAM.subarray(0, at), rest), 3333);
          expect(numbers(payloads).length).toBeGreaterThanOrEqual(60 - 3 - Math.ceil(Math.abs(shift) / 300));
          expect(counters.resynchronisations).toBeGreaterThanOrEqual(1);
          expect(counters.resynchronisations).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  it('takes one wrong sync byte for a damaged packet', () => {
    const damaged = STREAM.slice();
    damaged[30 * 188] = 0;
    const { payloads, counters } = readStream(damaged, 188 * 31);
    expect(numbers(payloads).length).toBeGreaterThanOrEqual(58);
    expect(counters).toMatchObject({ transportErrors: 1, resynchronisations: 0, discontinuities: 1 });
  });

  it('drops the sections that lost packets belong to, and only those', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(PACKETS.length - 1), { maxLength: 10 }), (lost) => {
        const { payloads, counters } = readStream(
          concatBytes(...PACKETS.filter((_, i) => !lost.includes(i))),
        );
        const got = numbers(payloads);
        expect(new Set(got).size).toBe(got.length);
        // a packet holds pieces of two sections at most
        expect(got.length).toBeGreaterThanOrEqual(60 - 2 * lost.length);
        expect(counters).toMatchObject({ badSections: 0, malformed: 0 });
      }),
    );
  });

  it('passes over packets that came twice', () => {
    const { payloads, counters } = readStream(concatBytes(...PACKETS.flatMap((packet) => [packet, packet])));
    expect(numbers(payloads)).toEqual(SENT.map((_, i) => i));
    expect(counters.duplicates).toBe(PACKETS.length);
    expect(counters.discontinuities).toBe(0);
  });

  it('knows a gap of 15 packets, after which the counter is the same, from a packet that came twice', () => {
    const data = PACKETS.filter((packet) => pidOf(packet) === 0x101);
    for (let at = 1; at < data.length - 16; at++) {
      const { payloads, counters } = readStream(concatBytes(...data.slice(0, at), ...data.slice(at + 15)));
      expect(counters).toMatchObject({ duplicates: 0, discontinuities: 1, badSections: 0 });
      // 15 packets are nearly eight sections, and two are cut
      expect(numbers(payloads).length).toBeGreaterThanOrEqual(60 - 10);
    }
  });

  it('counts a section that the pointer_field ends before its length', () => {
    // 16 packets, or a multiple, are missing in the second of three sections: the continuity counter goes on
    const cut = packetOf(
      0x40,
      concatBytes(Uint8Array.of(244 - 183), SECTION.subarray(183), SECTION.subarray(0, 100)),
      { unitStart: true, continuity: 1 },
    );
    const next = packetOf(0x40, concatBytes(Uint8Array.of(9), bytesOf(9, 1), SECTION.subarray(0, 170)), {
      unitStart: true,
      continuity: 2,
    });
    const rest = packetOf(0x40, SECTION.subarray(170), { continuity: 3 });
    const whole = packetsOfSection(0x40, SECTION)[0]!;
    const { datagrams, counters } = readStream(concatBytes(whole, cut, next, rest));
    expect(datagrams.length).toBe(2);
    expect(counters).toMatchObject({ malformed: 1, discontinuities: 0, badSections: 0 });
  });

  it('passes over packets that the demodulator marked, and drops sections with a wrong CRC', () => {
    const marked = PACKETS.map((packet) => packet.slice());
    marked[20]![1]! |= 0x80;
    marked[50]![100]! ^= 1;
    const { payloads, counters } = readStream(concatBytes(...marked));
    expect(numbers(payloads).length).toBeGreaterThanOrEqual(57);
    expect(counters).toMatchObject({ transportErrors: 1, discontinuities: 1, badSections: 1 });
  });

  it('never throws, and hands out nothing that was not sent, whatever is changed', () => {
    const change = fc.record({
      at: fc.nat(STREAM.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }),
      kind: fc.constantFrom('overwrite', 'insert', 'cut'),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 12 }),
        fc.integer({ min: 50, max: 5000 }),
        (changes, chunkBytes) => {
          let stream: Uint8Array = STREAM.slice();
          for (const { at, bytes, kind } of changes) {
            const tail = stream.subarray(kind === 'insert' ? at : at + bytes.length);
            stream = concatBytes(stream.subarray(0, at), ...(kind === 'cut' ? [] : [bytes]), tail);
          }
          const got = numbers(readStream(stream, chunkBytes).payloads);
          expect(got.length).toBeGreaterThanOrEqual(60 - 8 * changes.length);
        },
      ),
    );
  });

  it('never throws on packets of random headers and payloads', () => {
    const packet = fc
      .record({ head: fc.uint8Array({ minLength: 8, maxLength: 8 }), seed: fc.nat(255), low: fc.boolean() })
      .map(({ head, seed, low }) => {
        const bytes = bytesOf(188, seed);
        bytes.set(head, 1);
        bytes[0] = 0x47;
        if (low) bytes.set([0x40, seed & 3, 0x10 | (seed & 15), 0, [0, 2, 0x3e, 0x42][seed & 3]!], 1);
        return bytes;
      });
    fc.assert(
      fc.property(fc.array(packet, { minLength: 6, maxLength: 200 }), (packets) => {
        const { datagrams, counters } = readStream(concatBytes(...packets), 997);
        expect(datagrams.length).toBe(counters.datagrams);
        expect(counters.packets).toBeLessThanOrEqual(packets.length);
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 999 }),
        (bytes, chunkBytes) => {
          expect(readStream(bytes, chunkBytes).datagrams).toEqual([]);
        },
      ),
    );
  });

  it('puts 64 sections together at the same time and forgets the one begun first', () => {
    const pids = Array.from({ length: 100 }, (_, i) => 0x100 + i);
    const halves = pids.map((pid) => packetsOfSection(pid, SECTION));
    const stream = concatBytes(...halves.map(([first]) => first!), ...halves.map(([, second]) => second!));
    expect(readStream(stream).datagrams.length).toBe(64);
  });
});

describe('multiplexes', () => {
  const others = (i: number): Uint8Array[] => [
    // a picture, an adaptation field alone, a scrambled packet, a null packet, a table of another kind
    packetOf(0x200, concatBytes(fromHex('000001e00000'), bytesOf(178, i)), {
      unitStart: true,
      continuity: i & 15,
    }),
    concatBytes(fromHex('47020120b7'), new Uint8Array(183)),
    packetOf(0x202, bytesOf(184, i), { scrambling: 2, continuity: 3 }),
    concatBytes(fromHex('471fff10'), bytesOf(184, i)),
    packetOf(0x203, concatBytes(fromHex('00'), SECTION.subarray(0, 30)), {
      unitStart: true,
      continuity: i & 15,
    }),
  ];

  it('finds the datagrams among other programmes', () => {
    const mixed = PACKETS.flatMap((packet, i) => [packet, ...others(i)]);
    const { payloads, counters } = readStream(concatBytes(...mixed), 10_000);
    expect(numbers(payloads)).toEqual(SENT.map((_, i) => i));
    expect(counters).toMatchObject({
      nullPackets: PACKETS.length,
      scrambled: 0,
      scrambledOthers: PACKETS.length,
      badSections: 0,
    });
    expect(counters).toMatchObject({ discontinuities: 0, duplicates: 0, malformed: 0 });
  });

  it('reads several services, each on a PID of its own', () => {
    const other = packetsOf(streamOf(SENT.slice(0, 30), { pids: { pmt: 0x300, data: 0x301 } })).filter(
      (packet) => pidOf(packet) >= 0x300,
    );
    const mixed = PACKETS.flatMap((packet, i) => (other[i] === undefined ? [packet] : [packet, other[i]]));
    const { payloads } = readStream(concatBytes(...mixed));
    expect(numbers(payloads).length).toBe(90);
  });

  it('needs no tables', () => {
    const data = PACKETS.filter((packet) => pidOf(packet) === 0x101);
    expect(numbers(readStream(concatBytes(...data)).payloads)).toEqual(SENT.map((_, i) => i));
  });

  it('keeps the stream together where a packet has an adaptation field', () => {
    const section = concatBytes(Uint8Array.of(0), SECTION);
    const packets = [0, 50, 60, 61, 161].map((at, i, cuts) =>
      packetOf(0x40, section.subarray(at, cuts[i + 1]), { unitStart: i === 0, continuity: i }),
    );
    expect(readStream(concatBytes(...packets)).payloads.map(toHex)).toEqual([toHex(bytesOf(200, 7))]);
    // discontinuity_indicator allows another continuity counter, and ends the section
    const jump = packetOf(0x40, concatBytes(Uint8Array.of(0), SECTION.subarray(0, 100)), {
      unitStart: true,
      continuity: 9,
    });
    jump[5] = 0x80;
    const { datagrams, counters } = readStream(concatBytes(...packets.slice(0, 4), jump));
    expect(datagrams).toEqual([]);
    expect(counters.discontinuities).toBe(0);
  });

  it('believes nothing in an adaptation field longer than its packet', () => {
    for (const [control, length] of [
      [0x30, 183],
      [0x30, 255],
      [0x20, 184],
    ] as const) {
      const illegal = packetOf(0x101, bytesOf(100, 1));
      illegal.set([control, length, 0x80], 3);
      const { payloads, counters } = readStream(
        concatBytes(...PACKETS.flatMap((packet) => [packet, illegal])),
      );
      expect(numbers(payloads)).toEqual(SENT.map((_, i) => i));
      expect(counters).toMatchObject({ malformed: PACKETS.length, discontinuities: 0 });
    }
    // the longest that are allowed
    const alone = packetOf(0x101, new Uint8Array(0));
    alone[3] = 0x20;
    const short = packetOf(0x200, Uint8Array.of(1));
    const { payloads, counters } = readStream(
      concatBytes(...PACKETS.flatMap((packet) => [packet, alone, short])),
    );
    expect(payloads.length).toBe(60);
    expect([alone[4], short[4], counters.malformed]).toEqual([183, 182, 0]);
  });

  it('counts scrambled packets of datagrams and of others apart', () => {
    const scrambled = PACKETS.map((packet) => {
      const copy = packet.slice();
      if (pidOf(packet) === 0x101) copy[3]! |= 0x80;
      return copy;
    });
    const { counters } = readStream(concatBytes(...scrambled));
    const data = PACKETS.filter((packet) => pidOf(packet) === 0x101).length;
    expect(counters).toMatchObject({ scrambled: data, scrambledOthers: 0, datagrams: 0 });
  });
});

describe('forms of datagram_section', () => {
  /** The tables of PID 0x40, then sections on it. */
  function readSections(...sections: Uint8Array[]) {
    let continuity = 0;
    const packets = sections.flatMap((section) => {
      const some = packetsOfSection(0x40, section, continuity);
      continuity += some.length;
      return some;
    });
    const tables = [
      ...packetsOfSection(0, buildPat(1, { programNumber: 1, pmtPid: 0x30 })),
      ...packetsOfSection(0x30, buildPmt(1, 0x40, 1)),
    ];
    return readStream(concatBytes(...tables, ...packets));
  }
  const payload = toHex(bytesOf(200, 7));

  it('reads LLC/SNAP', () => {
    const snap = (header: string) => {
      const section = concatBytes(SECTION.subarray(0, 12), fromHex(header), SECTION.subarray(12));
      return altered(section, (bytes) => {
        bytes[5]! |= 0x02;
        bytes[2]! += 8;
      });
    };
    const { payloads, counters } = readSections(
      snap('aaaa030000000800'),
      snap('aaaa030000000806'),
      snap('aaaa030000010800'),
    );
    expect(payloads.map(toHex)).toEqual([payload]);
    expect(counters).toMatchObject({ otherPackets: 2 });
  });

  it('reads a checksum instead of a CRC where the tables announce datagrams', () => {
    const plain = SECTION.slice();
    plain[1] = 0x70 | (plain[1]! & 0x0f);
    plain.set([0, 0, 0, 0], plain.length - 4);
    expect(readSections(plain).payloads.map(toHex)).toEqual([payload]);
    expect(readStream(concatBytes(...packetsOfSection(0x41, plain), ...PACKETS)).datagrams.length).toBe(60);
    const damaged = plain.slice();
    damaged[100]! ^= 1;
    expect(readSections(damaged).counters).toMatchObject({ badChecksums: 1, datagrams: 0 });
  });

  it('follows tables that are in force, and only those', () => {
    const plain = SECTION.slice();
    plain[1] = 0x70 | (plain[1]! & 0x0f);
    const next = (table: Uint8Array) =>
      altered(table, (bytes) => {
        bytes[5]! &= ~1;
      });
    const pat = buildPat(1, { programNumber: 1, pmtPid: 0x30 });
    const pmt = buildPmt(1, 0x40, 1);
    for (const [tables, datagrams] of [
      [[pat, pmt], 1],
      [[next(pat), pmt], 0],
      [[pat, next(pmt)], 0],
    ] as const) {
      const packets = [
        ...packetsOfSection(0, tables[0]),
        ...packetsOfSection(0x30, tables[1]),
        ...packetsOfSection(0x40, plain),
      ];
      expect(readStream(concatBytes(...packets)).datagrams.length).toBe(datagrams);
    }
  });

  it('counts what it does not read', () => {
    const scrambled = altered(SECTION, (bytes) => {
      bytes[5]! |= 0x10;
    });
    const part = altered(SECTION, (bytes) => {
      bytes[7] = 1;
    });
    const cut = altered(concatBytes(SECTION.subarray(0, 100), new Uint8Array(4)), (bytes) => {
      bytes[2] = 101;
    });
    const { counters } = readSections(scrambled, part, cut);
    expect(counters).toMatchObject({ scrambled: 1, fragments: 1, malformed: 1, datagrams: 0 });
  });

  it('passes over other sections in the same packets, and reads stuffing behind the datagram', () => {
    const other = buildSection({ tableId: 0x3b, secondBit: 0, extension: 1, body: bytesOf(30, 1) });
    const small = sectionOf(bytesOf(20, 1));
    const stuffed = altered(concatBytes(small.subarray(0, -4), new Uint8Array(8)), (bytes) => {
      bytes[2]! += 4;
    });
    const { payloads, counters } = readSections(concatBytes(other, stuffed));
    expect(payloads.map(toHex)).toEqual([toHex(bytesOf(20, 1))]);
    expect(counters.badSections).toBe(0);
  });
});

it('finds the same behind missing bytes, whatever pieces a stream comes in', () => {
  const stream = streamOf(Array.from({ length: 12 }, (_, i) => bytesOf(150, i)));
  for (let at = 4 * 188; at < stream.length - 400; at += 61) {
    for (const missing of [15, 100, 173]) {
      const damaged = concatBytes(stream.subarray(0, at), stream.subarray(at + missing));
      const whole = readStream(damaged);
      for (const chunkBytes of [1, 101, 190]) expect(readStream(damaged, chunkBytes)).toEqual(whole);
    }
  }
});
