import { TransportStreamError } from '../error.js';
import { CRC_LENGTH } from '../format.js';
import { writeCrc } from '../section.js';
import { MAX_MESSAGE_DATAGRAM, MESSAGE_HEADER_LENGTH, MESSAGE_UUID } from './format.js';

/** Bytes of a message besides its datagram, emulation prevention not counted. */
export const MESSAGE_OVERHEAD = MESSAGE_UUID.length + MESSAGE_HEADER_LENGTH + CRC_LENGTH;

/**
 * A datagram as a message: UUID, length, number, datagram, and CRC_32 (ISO/IEC 13818-1 annex A) over length, number and
 * datagram. Emulation prevention is yet to be done.
 *
 * @param datagram 1 to 4,096 bytes
 * @param number counts the messages of a transport stream, 0..2^32-1
 * @throws TransportStreamError when the datagram is empty or too long
 */
export function buildMessage(datagram: Uint8Array, number: number): Uint8Array {
  if (datagram.length === 0 || datagram.length > MAX_MESSAGE_DATAGRAM) {
    throw new TransportStreamError(
      `A message of a television service holds a datagram of 1 to ${MAX_MESSAGE_DATAGRAM} bytes; this one has ${datagram.length}. Send with a smaller MTU.`,
    );
  }
  const message = new Uint8Array(MESSAGE_OVERHEAD + datagram.length);
  message.set(MESSAGE_UUID);
  const body = new DataView(message.buffer, MESSAGE_UUID.length);
  body.setUint16(0, datagram.length);
  body.setUint32(2, number);
  message.set(datagram, MESSAGE_UUID.length + MESSAGE_HEADER_LENGTH);
  writeCrc(body, body.byteLength);
  return message;
}

/**
 * Puts a byte 3 wherever two zero bytes stand before a byte of 0 to 3, so that no start code arises (ISO/IEC 14496-10
 * section 7.4.1, emulation_prevention_three_byte).
 */
export function preventEmulation(bytes: Uint8Array): Uint8Array {
  const escaped = new Uint8Array(bytes.length + (bytes.length >> 1));
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros === 2 && byte <= 3) {
      escaped[length++] = 3;
      zeros = 0;
    }
    escaped[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return escaped.subarray(0, length);
}
