import { expect, it } from 'vitest';
import { toHex } from '../../bytes.js';
import { createRtpPacketizer } from './rtp.js';

/** Headers worked out by hand from RFC 3550 section 5.1 and RFC 2250 section 2. */
it('writes headers of RFC 2250', () => {
  // 1,000 packets a second: 90 ticks each
  const packetize = createRtpPacketizer({ tsRate: 1_504_000, ssrc: 0xdeadbeef, sequence: 0xfffe });
  const packets = new Uint8Array(7 * 188).fill(0x47);
  const headers = [0, 7, 14].map((position) => packetize(packets, position));
  expect(headers.map((packet) => toHex(packet.subarray(0, 12)))).toEqual([
    '80a1fffe00000000deadbeef', // version 2, marker, payload type 33
    '8021ffff00000276deadbeef', // 630 ticks
    '80210000000004ecdeadbeef',
  ]);
  for (const packet of headers) expect(packet.subarray(12)).toEqual(packets);
});

it('has time stamps of 32 bits, right to a tick after months', () => {
  const tsRate = 38_015_000;
  const packetize = createRtpPacketizer({ tsRate, ssrc: 1, sequence: 0 });
  for (const position of [1, 3_000_000_007, 500_000_000_001]) {
    const packet = packetize(new Uint8Array(188), position);
    const ticks = (BigInt(position) * 1504n * 90_000n) / BigInt(tsRate);
    expect(BigInt(new DataView(packet.buffer).getUint32(4))).toBe(ticks % 2n ** 32n);
  }
});
