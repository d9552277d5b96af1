import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex } from '../bytes.js';
import { bytesOf, FLOW4, streamOf } from '../mpegts/testing.js';
import { createCarriedStreams } from './carried-streams.js';
import { rtpPayload, transportPacketsIn } from './transport-packets.js';

const SENT = Array.from({ length: 40 }, (_, i) => bytesOf(700, i));
const STREAM = streamOf(SENT);

/** RTP packets as RFC 3550 section 5.1 has them: plain, with two sources, with an extension of eight bytes, with padding. */
const RTP: readonly (readonly [string, string, string])[] = [
  ['plain', '802100010000000000000001', ''],
  ['with contributing sources', '8221000100000000000000010000000200000003', ''],
  ['with an extension', '90210001000000000000000100000002aaaaaaaabbbbbbbb', ''],
  ['padded', 'a02100010000000000000001', '00000004'],
];

describe('transport packets', () => {
  it('are known, as many as there are, and one that is no packet makes a difference', () => {
    for (let packets = 1; packets <= 7; packets++) {
      const payload = STREAM.slice(0, packets * 188);
      expect(transportPacketsIn(payload)).toBe(payload);
      payload[(packets - 1) * 188] = 0x46;
      expect(transportPacketsIn(payload)).toBeUndefined();
    }
  });

  it('are known wherever they are cut, from five sync bytes on', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.integer({ min: 1, max: 1472 }), (at, length) => {
        const piece = STREAM.subarray(at, at + length);
        const syncBytes = Math.floor((at + length - 1) / 188) - Math.ceil(at / 188) + 1;
        const isWhole = at % 188 === 0 && length % 188 === 0;
        expect(transportPacketsIn(piece) !== undefined).toBe(isWhole || syncBytes >= 5);
      }),
    );
  });

  it('are not what begins like ALC', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
        expect(transportPacketsIn(concatBytes(Uint8Array.of(0x10), bytes))).toBeUndefined();
      }),
    );
  });

  it.each(RTP)('are found in RTP: %s', (_, header, padding) => {
    const packets = STREAM.subarray(0, 7 * 188);
    const payload = concatBytes(fromHex(header), packets, fromHex(padding));
    expect(transportPacketsIn(payload)).toEqual(packets);
  });

  it('RTP that contradicts itself carries nothing', () => {
    const [, plain] = RTP[0]!;
    for (const hex of [
      '',
      '80',
      '8f2100010000000000000001',
      '902100010000000000000001',
      `${plain.replace('80', 'a0')}ff`,
    ])
      expect(rtpPayload(fromHex(hex))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const packet = concatBytes(Uint8Array.of(0x80 | (bytes[0] ?? 0)), bytes);
        expect(rtpPayload(packet)?.length ?? 0).toBeLessThanOrEqual(packet.length);
      }),
    );
  });
});

describe('streams that datagrams carry', () => {
  it('are read in pieces of any length, and each sender has its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 950, max: 1472 }), fc.integer({ min: 1, max: 4 }), (length, senders) => {
        const carried = createCarriedStreams();
        const taken: Uint8Array[] = [];
        for (let at = 0; at < STREAM.length; at += length) {
          for (let sourcePort = 1; sourcePort <= senders; sourcePort++) {
            const payload = STREAM.slice(at, at + length);
            taken.push(
              ...carried
                .take([{ ...FLOW4, sourcePort, timestampNs: 0n, payload }])
                .map((each) => each.payload),
            );
          }
        }
        taken.push(...carried.end().map((each) => each.payload));
        // what is left at the end may be too short to be known
        for (const sent of SENT.slice(0, -2)) {
          expect(taken.filter((each) => equalBytes(each, sent))).toHaveLength(senders);
        }
        expect(carried.counters.discontinuities).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('are forgotten when others come and they do not: a sender that starts anew is heard for ever', () => {
    const carried = createCarriedStreams();
    for (let sourcePort = 1; sourcePort <= 100; sourcePort++) {
      const taken = carried.take([{ ...FLOW4, sourcePort, timestampNs: 5n, payload: STREAM }]);
      expect(taken.length).toBeGreaterThanOrEqual(SENT.length - 1);
      expect(taken[0]).toMatchObject({ timestampNs: 5n, payload: SENT[0] });
    }
    expect(carried.counters.packets).toBeGreaterThan(95 * (STREAM.length / 188));
  });
});
