import { concatBytes, copyBytes } from '../../bytes.js';
import type { MessageScanner } from '../messages/scanner.js';
import { pesPayloadStart, startCodeAt } from '../pes/packet.js';

/** Takes bytes that are no transport packets, in pieces of any size. */
export interface ProgramStreamReader {
  take(bytes: Uint8Array, start: number, end: number): void;
  /** Says that the bytes end here. */
  end(): void;
}

const PROGRAM_END = 0xb9;
const PACK = 0xba;
/** Bytes of the longest pack header with the start code behind it, and of the longest PES header. */
const LOOKAHEAD = 300;

/**
 * Hands the payloads of a program stream (ISO/IEC 13818-1 section 2.5, ISO/IEC 11172-1) to the scanner, by stream_id, and
 * all bytes that are in no pack as they are: a file of another kind holds messages in one piece.
 *
 * @param firstStream number of the scanner's stream for bytes in no pack; stream_id is added for the others
 */
export function createProgramStreamReader(scanner: MessageScanner, firstStream: number): ProgramStreamReader {
  let pending: Uint8Array = new Uint8Array(0);
  let inPack = false;
  let stream = firstStream;
  /** Bytes of the payload that are still to come. */
  let payload = 0;

  function read(bytes: Uint8Array, last: boolean): void {
    const sure = last ? bytes.length : bytes.length - LOOKAHEAD;
    let at = 0;
    for (;;) {
      if (payload > 0) {
        const end = Math.min(at + payload, bytes.length);
        scanner.take(stream, bytes, at, end);
        payload -= end - at;
        at = end;
      }
      if (at >= sure) break;
      if (inPack) {
        at = readHeader(bytes, at);
      } else {
        const pack = findPack(bytes, at, sure);
        scanner.take(firstStream, bytes, at, pack);
        at = pack;
        inPack = pack < sure;
      }
    }
    pending = copyBytes(bytes, at);
  }

  /** Reads what begins with a start code; where there is none, the pack has ended. @returns behind it */
  function readHeader(bytes: Uint8Array, at: number): number {
    const pack = packLength(bytes, at);
    if (pack > 0) return at + pack;
    const id = startCodeAt(bytes, at);
    if (id <= PACK) {
      inPack = false;
      return at;
    }
    const end = at + 6 + ((bytes[at + 4]! << 8) | bytes[at + 5]!);
    // what has no header of its own, like padding, holds no messages either
    const start = Math.min(pesPayloadStart(bytes, at), end);
    stream = firstStream + id;
    payload = end - start;
    return start;
  }

  return {
    take(bytes, start, end) {
      read(concatBytes(pending, bytes.subarray(start, end)), false);
    },
    end() {
      read(pending, true);
    },
  };
}

/** Bytes of the pack header at a place, which another start code follows; 0 where there is none. */
function packLength(bytes: Uint8Array, at: number): number {
  const marker = bytes[at + 4]!;
  // ISO/IEC 13818-1 section 2.5.3.3, and the one of ISO/IEC 11172-1
  const length = (marker & 0xc4) === 0x44 ? 14 + (bytes[at + 13]! & 7) : (marker & 0xf1) === 0x21 ? 12 : 0;
  return startCodeAt(bytes, at) === PACK && startCodeAt(bytes, at + length) >= PROGRAM_END ? length : 0;
}

/** Where the next pack begins, or `end`. */
function findPack(bytes: Uint8Array, from: number, end: number): number {
  const region = bytes.subarray(from, end + 3);
  for (let at = region.indexOf(PACK); at >= 0; at = region.indexOf(PACK, at + 1)) {
    if (at >= 3 && packLength(bytes, from + at - 3) > 0) return from + at - 3;
  }
  return end;
}
