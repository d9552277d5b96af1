import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, fromHex } from '../bytes.js';
import { createPcapReader } from '../pcap/index.js';
import { describeKinds, describePackets, kindOfPayload } from './index.js';

const isKnown = (id: number) => id === 0 || id === 6;
const kindOf = (payload: Uint8Array) => kindOfPayload(payload, isKnown);
const packets = new Uint8Array(7 * 188);
for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;

it.each([
  ['empty', ''],
  ['ALC', '10a00406 00000000 00000001 00000002'],
  [
    'ALC with FEC Encoding ID 3 (LDPC-Staircase), which is not decoded here',
    '10a00403 00000000 00000001 00000002',
  ],
  ['ALC with FEC Encoding ID 130, which is not decoded here', '10a00482 00000000 00000001 00000002'],
  ['ROUTE (ATSC 3.0), which is not read here', '12a00408 00000000 00000001 00000002'],
  ['RTP or RTCP, perhaps', '80600001 00000000 00000001 00'],
  ['something else', '01'],
])('names what a datagram carries: %s', (kind, hex) => {
  expect(kindOf(fromHex(hex.replaceAll(' ', '')))).toBe(kind);
});

it('knows transport packets, in RTP too', () => {
  expect(kindOf(packets)).toBe('MPEG transport packets');
  expect(kindOf(concatBytes(fromHex('802100010000000000000001'), packets))).toBe(
    'MPEG transport packets in RTP',
  );
});

it('names any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(kindOf(bytes)).not.toBe('');
    }),
  );
});

it('puts counts into words, the most first', () => {
  expect(describeKinds({ ARP: 3, TCP: 4000 })).toBe('4,000 TCP, 3 ARP');
  const none = createPcapReader().counters;
  expect(describePackets(none)).toBe('0 packets');
  expect(describePackets({ ...none, records: 6, others: { ARP: 3 }, malformed: 1, cutShort: 2 })).toBe(
    '6 packets, of which 3 ARP, 2 that the recorder cut short (record with -s 0), 1 damaged',
  );
});
