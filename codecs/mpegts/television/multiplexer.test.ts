import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../bytes.js';
import { createTransportStreamReader, TransportStreamError } from '../index.js';
import { bytesOf, continuityGaps, packetsOf, pcrOf, pidOf } from '../testing.js';
import { type Carrier, createTelevisionMultiplexer, type TelevisionOptions } from './multiplexer.js';
import { televisionPids } from './programme.js';
import { readSlate } from './slate.js';

const NOTHING = () => undefined;
const PICTURES = 130;
const TELEVISION_PIDS = televisionPids(1);

/** A stream that is full of datagrams. */
function fullStream(options: TelevisionOptions, pictures = PICTURES) {
  const multiplexer = createTelevisionMultiplexer(options);
  const sent: Uint8Array[] = [];
  const take = () => {
    const datagram = bytesOf(700 + (sent.length % 700), sent.length);
    datagram.set([sent.length >> 8, sent.length & 0xff]);
    sent.push(datagram);
    return { bytes: datagram };
  };
  const blocks = Array.from({ length: pictures }, () => multiplexer.next(take));
  while (!multiplexer.isDrained) blocks.push(multiplexer.next(NOTHING));
  return { stream: concatBytes(...blocks), sent, multiplexer };
}

function read(stream: Uint8Array) {
  const reader = createTransportStreamReader();
  const datagrams = [...reader.push(stream), ...reader.end()];
  return { payloads: datagrams.map(({ payload }) => payload), counters: reader.counters };
}

/** Compared far faster than bytes. */
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** PTS of PES packets that begin, and the place of the packet where each of them ends. */
function pesOf(packets: readonly Uint8Array[], pid: number): { readonly pts: number; end: number }[] {
  const found: { readonly pts: number; end: number }[] = [];
  for (const [place, packet] of packets.entries()) {
    if (pidOf(packet) !== pid || (packet[3]! & 0x10) === 0) continue;
    if ((packet[1]! & 0x40) !== 0) {
      const pes = packet.subarray((packet[3]! & 0x20) === 0 ? 4 : 5 + packet[4]!);
      const pts =
        ((pes[9]! >> 1) & 7) * 2 ** 30 +
        (((pes[10]! << 8) | pes[11]!) >> 1) * 2 ** 15 +
        (((pes[12]! << 8) | pes[13]!) >> 1);
      found.push({ pts, end: place });
    } else {
      found.at(-1)!.end = place;
    }
  }
  return found;
}

const CASES: [Carrier, number][] = [
  ['video', 700_000],
  ['video', 2_000_003],
  ['subtitles', 700_000],
  ['subtitles', 2_000_003],
];

describe.each(CASES)('a television service, datagrams in %s, %i bit/s', (carrier, tsRate) => {
  const { stream, sent, multiplexer } = fullStream({ tsRate, carrier });
  const packets = packetsOf(stream);
  const seconds = (place: number) => (place * 1504) / tsRate;

  it('gives all datagrams back, with continuity counters that run on', () => {
    const { payloads, counters } = read(stream);
    expect(payloads.map(text)).toEqual(sent.map(text));
    expect(continuityGaps(packets)).toEqual([]);
    expect(counters).toMatchObject({
      discontinuities: 0,
      duplicates: 0,
      malformed: 0,
      badSections: 0,
      damagedMessages: 0,
    });
    expect(multiplexer.state.messages).toBe(sent.length);
  });

  it('has the rate, and PCRs of it, 40 ms apart at most', () => {
    expect(packets).toHaveLength(Math.floor((multiplexer.state.blocks * tsRate) / 25 / 1504));
    const places = packets.flatMap((packet, place) => (pcrOf(packet) === undefined ? [] : [place]));
    for (const [i, place] of places.entries()) {
      const exact = (BigInt(place * 188 + 10) * 8n * 27_000_000n) / BigInt(tsRate);
      const off = pcrOf(packets[place]!)! - exact;
      expect(off >= -1n && off <= 1n).toBe(true);
      if (i > 0) expect(seconds(place - places[i - 1]!)).toBeLessThan(0.04);
    }
    expect(places.length).toBeGreaterThan(PICTURES);
  });

  it.each([
    [0, 0.1],
    [TELEVISION_PIDS.pmt, 0.1],
    [0x11, 1.7],
  ])('has the table of PID %i every %f s', (pid, most) => {
    const places = packets.flatMap((packet, place) => (pidOf(packet) === pid ? [place] : []));
    for (let i = 1; i < places.length; i++) expect(seconds(places[i]! - places[i - 1]!)).toBeLessThan(most);
    expect(places.length).toBeGreaterThan(2);
  });

  it('is decoded when all of a picture has come, and within a second', () => {
    for (const pid of [TELEVISION_PIDS.video, TELEVISION_PIDS.audio]) {
      const units = pesOf(packets, pid);
      const step = pid === TELEVISION_PIDS.video ? 3600 : 10_800;
      for (const [i, { pts, end }] of units.entries()) {
        expect(pts / 90_000).toBeGreaterThan(seconds(end + 1));
        expect(pts / 90_000).toBeLessThan(seconds(end + 1) + 1);
        if (i > 0) expect(pts - units[i - 1]!.pts).toBe(step);
      }
    }
  });
});

describe('a multiplexer', () => {
  it('goes on where another one has ended', () => {
    const options: TelevisionOptions = { tsRate: 1_500_000, carrier: 'video' };
    const { stream } = fullStream(options, 20);
    const first = fullStream(options, 9);
    const second = createTelevisionMultiplexer(options, first.multiplexer.state);
    const datagram = bytesOf(900, 1);
    let left = 3;
    const blocks = Array.from({ length: 30 }, () =>
      second.next(() => (left-- > 0 ? { bytes: datagram } : undefined)),
    );
    const { payloads, counters } = read(concatBytes(first.stream, ...blocks));
    expect(payloads).toEqual([...first.sent, datagram, datagram, datagram]);
    expect(counters).toMatchObject({ discontinuities: 0, duplicates: 0 });
    const pictures = pesOf(packetsOf(concatBytes(first.stream, ...blocks)), TELEVISION_PIDS.video);
    for (let i = 1; i < pictures.length; i++) expect(pictures[i]!.pts - pictures[i - 1]!.pts).toBe(3600);
    expect(stream.subarray(0, 188 * 100)).toEqual(
      concatBytes(first.stream, ...blocks).subarray(0, 188 * 100),
    );
  });

  it('says in each PID that it does not go on, and counts on all the same', () => {
    const options: TelevisionOptions = { tsRate: 1_500_000, carrier: 'subtitles' };
    const first = fullStream(options, 9);
    const state = { ...first.multiplexer.state, blocks: 1000, slateBegan: 1000 };
    const second = createTelevisionMultiplexer({ ...options, isDiscontinuous: true }, state);
    const after = packetsOf(concatBytes(...Array.from({ length: 20 }, () => second.next(NOTHING))));
    const { pmt, video, audio, subtitles } = TELEVISION_PIDS;
    expect(after.slice(0, 6).map(pidOf)).toEqual([0, 0x11, pmt, video, audio, subtitles]);
    for (const packet of after.slice(0, 6))
      expect([...packet.subarray(3, 6)]).toEqual([packet[3], 183, 0x80]);
    expect(continuityGaps([...packetsOf(first.stream), ...after])).toEqual([]);
    // a decoder can begin at once: random_access_indicator
    expect(after.find((packet) => pidOf(packet) === video && (packet[1]! & 0x40) !== 0)![5]! & 0x40).toBe(
      0x40,
    );
    expect(second.position).toBe(Math.floor((1020 * 1_500_000) / 25 / 1504));
  });

  it('says which rate its slate needs', () => {
    const create = (tsRate: number) => () => createTelevisionMultiplexer({ tsRate, carrier: 'video' });
    expect(create(300_000)).toThrow(TransportStreamError);
    expect(create(300_000)).toThrow(/300000 bit\/s is too slow for its slate.* Give a --ts-rate above \d+k/);
    const needed = Number(/above (\d+)k/.exec(String(message(create(300_000))))![1]);
    expect(create(needed * 1000)).not.toThrow();
  });

  it('takes no slate without a key picture', () => {
    for (const stream of [
      new Uint8Array(0),
      bytesOf(1000, 3),
      Uint8Array.of(0, 0, 1, 9, 16, 0, 0, 1, 0x41, 5),
    ]) {
      expect(() => readSlate(stream)).toThrow(/no H\.264 stream that begins with a key picture/);
    }
  });
});

function message(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
