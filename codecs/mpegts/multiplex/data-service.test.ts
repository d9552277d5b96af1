import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../bytes.js';
import { TransportStreamError } from '../index.js';
import {
  bytesOf,
  continuityGaps,
  ipPacket,
  isNull,
  packetsOf,
  pcrOf,
  pidOf,
  readStream,
} from '../testing.js';
import { createDataServiceMultiplexer, ipPacketRate } from './data-service.js';
import type { StreamState } from './multiplexer.js';
import { blockAt } from './timing.js';

const NOTHING = () => undefined;

/** Blocks with as many datagrams as there is room for in the first `full` of them. */
function streamOf(
  tsRate: number,
  blocks: number,
  full: number,
  state?: StreamState,
  isDiscontinuous = false,
) {
  const multiplexer = createDataServiceMultiplexer({ tsRate, isDiscontinuous }, state);
  const first = multiplexer.position;
  const sent: Uint8Array[] = [];
  const take = () => {
    const payload = bytesOf(1472, sent.length);
    sent.push(payload);
    return { bytes: ipPacket(payload) };
  };
  const parts: Uint8Array[] = [];
  for (let block = 0; block < blocks || !multiplexer.isDrained; block++) {
    parts.push(multiplexer.next(block < full ? take : NOTHING));
  }
  return { stream: concatBytes(...parts), first, sent, multiplexer };
}

describe.each([300_000, 2_000_003, 10_000_000])('a live data service of %i bit/s', (tsRate) => {
  const state = { blocks: blockAt(Date.UTC(2026, 5, 1)), messages: 0, continuity: {} };
  const { stream, first, sent, multiplexer } = streamOf(tsRate, 80, 70, state);
  const packets = packetsOf(stream);
  const seconds = (place: number) => (place * 1504) / tsRate;

  it('gives all datagrams back', () => {
    const { payloads, counters } = readStream(stream);
    expect(payloads).toHaveLength(sent.length);
    expect(equalBytes(concatBytes(...payloads), concatBytes(...sent))).toBe(true);
    expect(counters).toMatchObject({ discontinuities: 0, duplicates: 0, malformed: 0, badSections: 0 });
    expect(continuityGaps(packets)).toEqual([]);
  });

  it('is as long as its rate says', () => {
    const blocks = multiplexer.state.blocks - state.blocks;
    const more = packets.length - (blocks * tsRate) / 25 / 1504;
    // the last datagram is sent to its end
    expect(more).toBeGreaterThan(-1);
    expect(more).toBeLessThan(10);
    expect(packets).toHaveLength(multiplexer.position - first);
    // without datagrams there are null packets, and tables
    expect(packets.slice(-Math.floor(0.2 * (tsRate / 1504))).filter(isNull).length).toBeGreaterThan(2);
  });

  it('has PCRs of its rate', () => {
    const places = packets.flatMap((packet, place) => (pcrOf(packet) === undefined ? [] : [place]));
    const round = 2n ** 33n * 300n;
    for (const [i, place] of places.entries()) {
      const exact = (BigInt((first + place) * 188 + 10) * 8n * 27_000_000n) / BigInt(tsRate);
      const off = (pcrOf(packets[place]!)! - (exact % round) + round) % round;
      expect(off <= 1n || off >= round - 1n).toBe(true);
      if (i > 0) expect(seconds(place - places[i - 1]!)).toBeLessThan(tsRate < 1e6 ? 0.06 : 0.04);
    }
  });

  it.each([
    [0, 0.13],
    [0x0100, 0.13],
    [0x11, 1.7],
  ])('has the table of PID %i every %f s', (pid, most) => {
    const places = packets.flatMap((packet, place) => (pidOf(packet) === pid ? [place] : []));
    for (let i = 1; i < places.length; i++) expect(seconds(places[i]! - places[i - 1]!)).toBeLessThan(most);
    expect(places.length).toBeGreaterThan(1);
  });

  it('carries what it promises', () => {
    const promised = ipPacketRate(tsRate, { packetBytes: 1500, hasPcr: true });
    const carried = (sent.length * 1500 * 8) / (70 / 25);
    expect(carried).toBeGreaterThan(promised);
    expect(carried).toBeLessThan(promised * 1.06 + 12_000);
  });
});

it('counts on where another one has ended, and says that there was a pause', () => {
  const one = streamOf(1_000_000, 20, 15);
  const state = { ...one.multiplexer.state, blocks: one.multiplexer.state.blocks + 100 };
  const other = streamOf(1_000_000, 20, 15, state, true);
  const after = packetsOf(other.stream);
  expect(after.slice(0, 4).map(pidOf)).toEqual([0, 0x0100, 0x11, 0x0101]);
  for (const packet of after.slice(0, 4)) expect(packet[5]).toBe(0x80);
  expect(continuityGaps([...packetsOf(one.stream), ...after])).toEqual([]);
  const { payloads, counters } = readStream(concatBytes(one.stream, other.stream));
  expect(payloads).toEqual([...one.sent, ...other.sent]);
  expect(counters).toMatchObject({ discontinuities: 0, badSections: 0 });
});

it('says which rate it needs', () => {
  expect(() => createDataServiceMultiplexer({ tsRate: 100_000 })).toThrow(TransportStreamError);
  expect(() => createDataServiceMultiplexer({ tsRate: 100_000 })).toThrow(/above 148k.* higher --ts-rate/);
});
