/** Program streams made for tests. */

import { concatBytes, fromHex } from '../../bytes.js';
import { bytesOf } from '../testing.js';

const PACK_1 = fromHex('000001ba2100010001800001');
const PACK_2 = fromHex('000001ba440004000401000003f8');
const STUFFED_PACK_2 = fromHex('000001ba440004000401000003fbffffff');
const SYSTEM_HEADER = fromHex('000001bb00098000010021ffe0e0e6');
const PADDING = concatBytes(fromHex('000001be0064'), new Uint8Array(100).fill(0xff));
/** Headers behind PES_packet_length: ISO/IEC 11172-1 with and without time stamps, and ISO/IEC 13818-1. */
const HEADERS_1 = ['ffff60e62100010001', '0f', '31000100011100010001'].map(fromHex);
const HEADERS_2 = ['8480052100010001', '800000', '848003ffffff'].map(fromHex);

function pes(streamId: number, header: Uint8Array, payload: Uint8Array): Uint8Array {
  const length = header.length + payload.length;
  return concatBytes(Uint8Array.of(0, 0, 1, streamId, length >> 8, length & 0xff), header, payload);
}

/** A program stream of MPEG-2 or MPEG-1: the bytes cut in PES packets, sound and padding between. */
export function programStream(bytes: Uint8Array, size: number, isMpeg2: boolean): Uint8Array {
  const headers = isMpeg2 ? HEADERS_2 : HEADERS_1;
  const packs: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; at += size, i++) {
    packs.push(isMpeg2 ? (i % 2 === 0 ? PACK_2 : STUFFED_PACK_2) : PACK_1);
    if (i === 0) packs.push(SYSTEM_HEADER);
    packs.push(pes(0xe0, headers[i % 3]!, bytes.subarray(at, at + size)));
    if (i % 2 === 0) packs.push(pes(0xc0, headers[1]!, bytesOf(200, i)));
    if (i % 3 === 0) packs.push(PADDING);
  }
  return concatBytes(...packs, fromHex('000001b9'));
}
