import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../bytes.js';
import { createTransportStreamReader, TransportStreamError } from '../index.js';
import { bytesOf, continuityGaps, packetsOf, pcrOf, pidOf } from '../testing.js';
import { builtInSlate } from './built-in-slate.js';
import { type Carrier, createTelevisionMultiplexer } from './multiplexer.js';
import { datagramRate } from './plan.js';
import { televisionPids } from './programme.js';

const TS_RATE = 4_000_003;
const NAMES = ['News', 'School', 'Films'];
const PICTURES = 60;

/** Three programmes, of which the second one has four datagrams of five. */
function streamOf(carrier: Carrier) {
  const programmes = NAMES.map((serviceName) => ({ serviceName }));
  const multiplexer = createTelevisionMultiplexer({ tsRate: TS_RATE, carrier, programmes });
  const sent: Uint8Array[][] = [[], [], []];
  let count = 0;
  const take = () => {
    const programme = [1, 2, 2, 2, 2, 3, 2, 2, 2, 2][count % 10]!;
    const bytes = bytesOf(900 + (count % 500), count++);
    bytes.set([count >> 8, count & 0xff]);
    sent[programme - 1]!.push(bytes);
    return { bytes, programme };
  };
  const blocks = Array.from({ length: PICTURES }, () => multiplexer.next(take));
  while (!multiplexer.isDrained) blocks.push(multiplexer.next(() => undefined));
  return { packets: packetsOf(concatBytes(...blocks)), sent };
}

function read(packets: readonly Uint8Array[]): string[] {
  const reader = createTransportStreamReader();
  const found = [...reader.push(concatBytes(...packets)), ...reader.end()];
  expect(reader.counters).toMatchObject({ discontinuities: 0, damagedMessages: 0, badSections: 0 });
  return found.map(({ payload }) => text(payload));
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const seconds = (packets: number) => (packets * 1504) / TS_RATE;

describe.each<Carrier>(['video', 'subtitles'])(
  'several programmes in one stream, datagrams in %s',
  (carrier) => {
    const { packets, sent } = streamOf(carrier);

    it('give their own datagrams each, and all of them together', () => {
      expect(read(packets).sort()).toEqual(sent.flat().map(text).sort());
      for (const [i, own] of sent.entries()) {
        const pids = Object.values(televisionPids(i + 1));
        expect(read(packets.filter((packet) => pids.includes(pidOf(packet))))).toEqual(own.map(text));
      }
      expect(continuityGaps(packets)).toEqual([]);
    });

    it('have a PCR each, of the time of its byte, 40 ms apart at most', () => {
      for (const [i] of NAMES.entries()) {
        const { video } = televisionPids(i + 1);
        const places = packets.flatMap((packet, place) =>
          pidOf(packet) === video && pcrOf(packet) !== undefined ? [place] : [],
        );
        for (const [j, place] of places.entries()) {
          const exact = (BigInt(place * 188 + 10) * 8n * 27_000_000n) / BigInt(TS_RATE);
          expect(Number(pcrOf(packets[place]!)! - exact)).toBeCloseTo(0, -1);
          if (j > 0) expect(seconds(place - places[j - 1]!)).toBeLessThan(0.04);
        }
        expect(places.length).toBeGreaterThan(PICTURES);
      }
    });

    it('are in one PAT, with a PMT each every 100 ms, and named in the SDT every two seconds', () => {
      const pat = packets.find((packet) => pidOf(packet) === 0)!;
      expect([...pat.subarray(13, 25)]).toEqual([0, 1, 0xe1, 0, 0, 2, 0xe2, 0, 0, 3, 0xe3, 0]);
      for (const [i, name] of NAMES.entries()) {
        const isOwn = (packet: Uint8Array) => pidOf(packet) === 0x11 && text(packet).includes(name);
        const sdt = packets.find(isOwn)!;
        // section_number, last_section_number; service_id
        expect([...sdt.subarray(11, 13), ...sdt.subarray(16, 18)]).toEqual([i, 2, 0, i + 1]);
        const { pmt } = televisionPids(i + 1);
        for (const [isTable, most] of [
          [isOwn, 2],
          [(packet: Uint8Array) => pidOf(packet) === pmt, 0.1],
        ] as const) {
          const places = packets.flatMap((packet, place) => (isTable(packet) ? [place] : []));
          expect(places.length).toBeGreaterThan(1);
          for (let j = 1; j < places.length; j++)
            expect(seconds(places[j]! - places[j - 1]!)).toBeLessThan(most);
        }
      }
    });

    it('have each picture there when it is decoded', () => {
      for (const [i] of NAMES.entries()) {
        let pts = Number.POSITIVE_INFINITY;
        for (const [place, packet] of packets.entries()) {
          if (pidOf(packet) !== televisionPids(i + 1).video || (packet[3]! & 0x10) === 0) continue;
          if ((packet[1]! & 0x40) !== 0) pts = ptsOf(packet);
          expect(seconds(place + 1)).toBeLessThan(pts);
        }
      }
    });
  },
);

/** In seconds, of a packet that begins a PES packet; those of the first hours alone. */
function ptsOf(packet: Uint8Array): number {
  const pes = packet.subarray((packet[3]! & 0x20) === 0 ? 4 : 5 + packet[4]!);
  const low = (((pes[10]! << 8) | pes[11]!) >> 1) * 2 ** 15 + (((pes[12]! << 8) | pes[13]!) >> 1);
  return low / 90_000;
}

describe('several programmes', () => {
  it('need the more of the rate, and say how much', () => {
    const create = (tsRate: number, count: number) => () =>
      createTelevisionMultiplexer({
        tsRate,
        carrier: 'video',
        programmes: Array.from({ length: count }, () => ({})),
      });
    expect(create(700_000, 1)).not.toThrow();
    expect(create(700_000, 3)).toThrow(TransportStreamError);
    expect(create(700_000, 3)).toThrow(/too slow for the slates of 3 programmes.* a rate above \d+k/);
    expect(create(20_000_000, 16)).not.toThrow();
    expect(create(20_000_000, 17)).toThrow('1 to 16 programmes');
    expect(create(20_000_000, 0)).toThrow('1 to 16 programmes');
  });

  it('carry together what one carries, but for their slates', () => {
    const carried = (count: number) =>
      datagramRate(
        Array.from({ length: count }, () => builtInSlate()),
        TS_RATE,
        1400,
      );
    const slate = carried(1) - carried(2);
    expect(slate).toBeGreaterThan(50_000);
    expect(slate).toBeLessThan(200_000);
    expect(carried(1) - carried(3)).toBeCloseTo(2 * slate, -3);
  });
});
