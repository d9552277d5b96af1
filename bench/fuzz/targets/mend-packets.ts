/** Checksums that are made right again, so that more than the checks of them is fuzzed. */

import { crc32 } from '../../../codecs/mpegts/crc32.js';
import { CRC_LENGTH, PACKET_LENGTH, sectionLengthAt, TableId } from '../../../codecs/mpegts/format.js';
import { foldSum, sumWords } from '../../../codecs/pcap/packet/checksum.js';

/** The header of an IPv4 packet at `at`, and of UDP in it. */
function mendIp(bytes: Uint8Array, view: DataView, at: number, end: number): void {
  if (at + 20 > end || bytes[at]! >> 4 !== 4) return;
  const headerLength = 4 * (bytes[at]! & 15);
  if (at + headerLength > end) return;
  view.setUint16(at + 10, 0);
  view.setUint16(at + 10, ~foldSum(sumWords(view, at, headerLength)) & 0xffff);
  // RFC 768: a sender over IPv4 may leave the checksum out
  if (at + headerLength + 8 <= end) view.setUint16(at + headerLength + 6, 0);
}

/** Every record of a pcap recording whose header can be followed. */
export function mendPcap(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  if (bytes.length < 24) return bytes;
  const view = new DataView(bytes.buffer);
  const littleEndian = bytes[0] !== 0xa1;
  const ipOffset = new Map([
    [1, 14],
    [101, 0],
    [113, 16],
    [276, 20],
    [0, 4],
  ]).get(view.getUint32(20, littleEndian) & 0xffff);
  if (ipOffset === undefined) return bytes;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const end = Math.min(bytes.length, at + 16 + view.getUint32(at + 8, littleEndian));
    mendIp(bytes, view, at + 16 + ipOffset, end);
    at = end;
  }
  return bytes;
}

/** The sections of a transport stream that lie in one packet, and the IP packets in them. */
export function mendTransportStream(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  const view = new DataView(bytes.buffer);
  for (let packet = 0; packet + PACKET_LENGTH <= bytes.length; packet += PACKET_LENGTH) {
    bytes[packet] = 0x47;
    if ((bytes[packet + 1]! & 0x40) === 0) continue;
    const end = packet + PACKET_LENGTH;
    for (let at = packet + 5 + bytes[packet + 4]!; at + 8 <= end; at += sectionLengthAt(bytes, at)) {
      const length = sectionLengthAt(bytes, at);
      if (bytes[at] === 0xff || at + length > end || length < 8) break;
      if (bytes[at] === TableId.datagram) mendIp(bytes, view, at + 12, at + length - CRC_LENGTH);
      view.setUint32(at + length - CRC_LENGTH, crc32(view, at, at + length - CRC_LENGTH));
    }
  }
  return bytes;
}
