import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../../codecs/bytes.js';
import { blockAt, builtInSlate, createTransportStreamReader } from '../../../codecs/mpegts/index.js';
import { continuityGaps, isNull, packetsOf, pcrOf } from '../../../codecs/mpegts/testing.js';
import type { ConstantStream } from '../../transport-stream/service.js';
import { testClock } from '../testing.js';
import { type EndOfStream, liveMultiplexer, wrapFor } from './live-stream.js';
import { createPacer } from './pacer.js';
import { createStreamSender } from './stream-sender.js';
import { createTransmitter } from './transmitter.js';

const START = Date.UTC(2026, 5, 1);
const TELEVISION = {
  service: 'television',
  carrier: 'video',
  programmes: [{ slate: builtInSlate() }],
} as const;

/** A transmitter with a transport stream, in a time of its own. */
function setUp(stream: ConstantStream, rate: number, earlier?: EndOfStream, unix = START) {
  const clock = testClock(unix);
  const plain: Uint8Array[] = [];
  const bare: { time: number; bytes: Uint8Array }[] = [];
  const rtp: Uint8Array[] = [];
  const live = { to: [], stream, inner: { address: '239.255.0.1', port: 4001 }, earlier };
  const multiplexer = liveMultiplexer(live, clock.unix());
  const first = multiplexer.position;
  const transmitter = createTransmitter({
    clock,
    pacer: createPacer(rate, 6000, clock.now()),
    packetOverhead: 28,
    queueBytes: 1e9,
    transmit: (datagram) => plain.push(datagram),
    stream: createStreamSender({
      multiplexer,
      tsRate: stream.tsRate,
      now: clock.now(),
      wrap: wrapFor(live),
      rtp: { ssrc: 1, sequence: 65_530 },
      transmit(bytes, withRtp) {
        bare.push({ time: clock.now(), bytes });
        rtp.push(withRtp());
      },
    }),
    destinations: () => [],
    closeSockets: async () => {},
  });
  const bytes = () => concatBytes(...bare.map(({ bytes }) => bytes));
  return { clock, transmitter, plain, bare, rtp, bytes, first };
}

const datagrams = (count: number) =>
  Array.from({ length: count }, (_, i) => new Uint8Array(1000 + (i % 400)).fill(i + 1));

const outgoing = (some: readonly Uint8Array[]) => some.map((datagram) => ({ datagram }));

describe('datagrams on their way into a stream', () => {
  it('go into the programme that they name, or into all', () => {
    const slate = builtInSlate();
    const programmes = ['News', 'School'].map((serviceName) => ({ serviceName, slate }));
    const stream = { ...TELEVISION, tsRate: 3_000_000, programmes };
    const wrap = wrapFor({ to: [], stream, inner: { address: '::1', port: 1 }, earlier: undefined });
    const datagram = Uint8Array.of(1, 2, 3);
    expect(wrap({ datagram, programme: 'School' })).toEqual([{ bytes: datagram, programme: 2 }]);
    expect(wrap({ datagram }).map(({ programme }) => programme)).toEqual([1, 2]);
  });
});

/** Far faster than `toEqual`. */
const areEqual = (some: readonly Uint8Array[], others: readonly Uint8Array[]) =>
  some.length === others.length && some.every((each, i) => equalBytes(each, others[i]!));

function read(bytes: Uint8Array) {
  const reader = createTransportStreamReader();
  const found = [...reader.push(bytes), ...reader.end()];
  return { payloads: found.map(({ payload }) => payload), counters: reader.counters };
}

describe.each<[string, ConstantStream]>([
  ['a data service', { service: 'data', tsRate: 3_000_001 }],
  ['a television service', { ...TELEVISION, tsRate: 3_000_001 }],
])('%s that is sent', (_, stream) => {
  it('carries every datagram, and goes on at its rate where there is none', async () => {
    const { clock, transmitter, plain, bare, rtp, bytes } = setUp(stream, 2_000_000);
    const sent = datagrams(300);
    await clock.advance(500);
    void transmitter.send(outgoing(sent));
    await clock.advance(2000);
    expect(transmitter.queued).toBe(0);
    const closing = transmitter.close();
    await clock.advance(100);
    await closing;
    expect(areEqual(plain, sent)).toBe(true);
    const { payloads, counters } = read(bytes());
    expect(areEqual(payloads, sent)).toBe(true);
    expect(counters).toMatchObject({ discontinuities: 0, badSections: 0, damagedMessages: 0, malformed: 0 });
    expect(continuityGaps(packetsOf(bytes()))).toEqual([]);
    expect(bare.slice(0, -1).every(({ bytes: { length } }) => length === 7 * 188)).toBe(true);
    // due at the time of its first byte
    let before = 0;
    for (const { time, bytes } of bare) {
      expect(Math.abs(time - (8000 * before) / stream.tsRate)).toBeLessThan(0.001);
      before += bytes.length;
    }
    const inRtp = rtp.map((packet) => packet.subarray(12));
    expect(
      areEqual(
        inRtp,
        bare.map((each) => each.bytes),
      ),
    ).toBe(true);
    const sequences = rtp.map((packet) => (packet[2]! << 8) | packet[3]!);
    expect(sequences).toEqual(sequences.map((_, i) => (65_530 + i) % 65_536));
    const { stream: stats } = transmitter.stats();
    expect(stats).toEqual({
      packets: bytes().length / 188,
      nullPackets: packetsOf(bytes()).filter(isNull).length,
      lostTime: expect.closeTo(0, 6),
    });
  });

  it('has PCRs within 500 ns of the place of their bytes', async () => {
    const { clock, transmitter, bytes, first } = setUp(stream, 2_000_000);
    void transmitter.send(outgoing(datagrams(100)));
    await clock.advance(2000);
    const packets = packetsOf(bytes());
    const [tsRate, round] = [BigInt(stream.tsRate), 2n ** 33n * 300n];
    let count = 0;
    for (const [place, packet] of packets.entries()) {
      const pcr = pcrOf(packet);
      if (pcr === undefined) continue;
      count++;
      // nanoseconds, times the rate
      const bits = BigInt((first + place) * 188 + 10) * 8n;
      const expected = bits * 1_000_000_000n;
      const told = (pcr * 1_000_000_000n * tsRate) / 27_000_000n;
      const off = (told - expected) / tsRate;
      const wrapped = off % ((round * 1_000_000_000n) / 27_000_000n);
      expect(wrapped < 500n && wrapped > -500n, `${wrapped} ns`).toBe(true);
    }
    expect(count).toBeGreaterThan(40);
  });

  it('goes on after a restart: counters where they ended, time where the clock is', async () => {
    const one = setUp(stream, 2_000_000);
    void one.transmitter.send(outgoing(datagrams(50)));
    await one.clock.advance(1000);
    const closing = one.transmitter.close();
    await one.clock.advance(100);
    await closing;
    const end = one.transmitter.endOfStream()!;
    // as the state keeps it
    const other = setUp(stream, 2_000_000, JSON.parse(JSON.stringify(end)), START + 5000);
    void other.transmitter.send(outgoing(datagrams(20)));
    await other.clock.advance(1000);
    expect(continuityGaps(packetsOf(concatBytes(one.bytes(), other.bytes())))).toEqual([]);
    const { payloads, counters } = read(concatBytes(one.bytes(), other.bytes()));
    expect(areEqual(payloads, [...datagrams(50), ...datagrams(20)])).toBe(true);
    expect(counters.discontinuities).toBe(0);
    const firstPcr = (bytes: Uint8Array) =>
      packetsOf(bytes)
        .map(pcrOf)
        .find((pcr) => pcr !== undefined)!;
    const apart = Number(firstPcr(other.bytes()) - firstPcr(one.bytes())) / 27_000_000;
    expect(Math.abs(apart - 5)).toBeLessThan(0.04);
    expect(blockAt(START + 5000) - blockAt(START)).toBe(125);
  });
});

describe('a stream', () => {
  it('holds datagrams back that it has no room for, and loses none', async () => {
    // three times as much as it carries
    const { clock, transmitter, plain, bytes } = setUp({ service: 'data', tsRate: 1_000_000 }, 3_000_000);
    const sent = datagrams(200);
    void transmitter.send(outgoing(sent));
    await clock.advance(1000);
    expect(plain.length).toBeGreaterThan(60);
    expect(plain.length).toBeLessThan(130);
    await clock.advance(3000);
    expect(plain).toHaveLength(200);
    expect(transmitter.queued).toBe(0);
    expect(areEqual(read(bytes()).payloads, sent)).toBe(true);
  });

  it('makes up for a short delay and not for a long one', () => {
    const times: number[] = [];
    const stream = { service: 'data', tsRate: 1_052_800 } as const; // a datagram each 10 ms
    const live = { to: [], stream, inner: { address: '239.255.0.1', port: 4001 }, earlier: undefined };
    const sender = createStreamSender({
      multiplexer: liveMultiplexer(live, START),
      tsRate: stream.tsRate,
      now: 0,
      wrap: wrapFor(live),
      rtp: { ssrc: 1, sequence: 1 },
      transmit: () => times.push(times.length),
    });
    sender.sendDue(0);
    sender.sendDue(40);
    expect(times).toHaveLength(5);
    sender.sendDue(1040);
    // 50 ms of it
    expect(times).toHaveLength(11);
    expect(sender.stats.lostTime).toBeCloseTo(940, 0);
    expect(sender.due).toBeCloseTo(1050, 5);
  });
});
