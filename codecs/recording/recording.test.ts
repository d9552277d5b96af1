import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex } from '../bytes.js';
import { bytesOf, FLOW4, streamOf } from '../mpegts/testing.js';
import { PcapError, pcapHeader, pcapRecord, type UdpDatagram } from '../pcap/index.js';
import { createRecordingReader, datagramsOf } from './index.js';

const SENT = Array.from({ length: 30 }, (_, i) => bytesOf(500, i));

function read(recording: Uint8Array) {
  const reader = createRecordingReader();
  const datagrams = [...reader.push(recording.subarray(0, 5000)), ...reader.push(recording.subarray(5000))];
  datagrams.push(...reader.end());
  return { payloads: datagrams.map(({ payload }) => payload), counters: reader.counters };
}

describe('recordings', () => {
  it('are told apart by what they begin with', () => {
    const stream = read(streamOf(SENT));
    expect(stream.payloads).toEqual(SENT);
    expect(stream.counters).toMatchObject({ datagrams: 30, cutOff: 0 });
    expect(stream.counters.records).toBe(stream.counters.transportStream?.packets);
  });

  it('may carry a transport stream over UDP, with RTP or without', () => {
    const stream = streamOf(SENT);
    const rtp = fromHex('802100010000000000000001');
    for (const header of [new Uint8Array(0), rtp]) {
      const records: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += 7 * 188) {
        const payload = concatBytes(header, stream.subarray(at, at + 7 * 188));
        records.push(pcapRecord({ ...FLOW4, timestampNs: 7n, payload }));
      }
      const { payloads, counters } = read(concatBytes(pcapHeader(), ...records));
      expect(payloads).toEqual(SENT);
      expect(counters).toMatchObject({
        records: records.length,
        datagrams: SENT.length,
        others: { 'UDP with MPEG transport packets': records.length },
      });
    }
  });

  it('may come in pieces of any length', () => {
    const records = SENT.map((payload) => pcapRecord({ ...FLOW4, timestampNs: 1n, payload }));
    const stream = streamOf(SENT);
    const carried: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 7 * 188) {
      const payload = stream.subarray(at, at + 7 * 188);
      carried.push(pcapRecord({ ...FLOW4, timestampNs: 1n, payload }));
    }
    for (const recording of [
      stream,
      stream.subarray(99),
      concatBytes(pcapHeader(), ...records),
      concatBytes(pcapHeader(), ...carried),
    ]) {
      for (const length of [1, 3, 188, 5000]) {
        const reader = createRecordingReader();
        const payloads: Uint8Array[] = [];
        const take = (datagrams: UdpDatagram[]) =>
          payloads.push(...datagrams.map((each) => each.payload.slice()));
        for (let at = 0; at < recording.length; at += length) {
          const lent = recording.slice(at, at + length);
          take(reader.push(lent));
          // its memory is used for the next piece
          lent.fill(0xff);
          expect(reader.counters.datagrams).toBeGreaterThanOrEqual(payloads.length);
        }
        take(reader.end());
        expect(payloads).toEqual(SENT);
      }
    }
  });

  it('are pcap unless they are something else', () => {
    expect(() => read(new Uint8Array(10_000))).toThrow(
      /^Not a pcap recording, and no transport stream: .*0x00000000/,
    );
    expect(() => createRecordingReader().end()).toThrow(PcapError);
    expect(createRecordingReader().counters.records).toBe(0);
  });

  it('count as far as they go when they are damaged in the middle', async () => {
    const whole = SENT.map((payload) => pcapRecord({ ...FLOW4, timestampNs: 1n, payload }));
    const damaged = concatBytes(pcapHeader(), ...whole.slice(0, 9), new Uint8Array(100).fill(255), whole[9]!);
    async function* pieces() {
      yield damaged.subarray(0, 700);
      yield damaged.subarray(700);
    }
    const recording = datagramsOf(pieces());
    const payloads: Uint8Array[] = [];
    for await (const { payload } of recording) payloads.push(payload.slice());
    expect(payloads).toEqual(SENT.slice(0, 9));
    expect(recording.problem).toMatch(/^Record 10/);
    async function* none() {
      yield new Uint8Array(5000);
    }
    await expect(datagramsOf(none())[Symbol.asyncIterator]().next()).rejects.toThrow(PcapError);
  });
});
