import { displaced } from '../../displaced.js';
import { crc32 } from '../crc32.js';
import { CRC_LENGTH } from '../format.js';
import { MAX_MESSAGE_DATAGRAM, MESSAGE_HEADER_LENGTH, MESSAGE_UUID } from './format.js';

/** Finds messages in streams of bytes, many at a time, by their UUID alone. */
export interface MessageScanner {
  /** Takes the next bytes of a stream, from `start` to `end`. */
  take(stream: number, bytes: Uint8Array, start: number, end: number): void;
  /** Says that bytes of the stream are missing here. */
  drop(stream: number): void;
  /** By stream: not 0 in the middle of a UUID or of a message. All others need only the bytes from a possible UUID on. */
  readonly isInside: Uint8Array;
}

/** Messages that are put together at the same time: another service of a multiplex may begin many and end none. */
const MAX_OPEN_MESSAGES = 64;
const UUID_LENGTH = MESSAGE_UUID.length;
const [UUID_BEGIN, UUID_SECOND] = [MESSAGE_UUID[0]!, MESSAGE_UUID[1]!];
/** More than a UUID has. */
const INSIDE = 0xff;

/** Bytes of the longest message behind its UUID. */
const MAX_MESSAGE_LENGTH = MESSAGE_HEADER_LENGTH + MAX_MESSAGE_DATAGRAM + CRC_LENGTH;

/** A message from behind its UUID on, without emulation prevention. */
interface OpenMessage {
  /** Used again for the next message. */
  readonly bytes: Uint8Array;
  /** Of the same memory. */
  readonly view: DataView;
  filled: number;
  /** Bytes up to its length, or to its end where that is known. */
  needed: number;
  /** Zero bytes that it ends with up to now, as they came. */
  zeros: number;
}

/**
 * @param streams their numbers are 0 to `streams - 1`
 * @param found gets each datagram with a right check, in memory of its own
 * @param damaged is called for each message that is not whole
 */
export function createMessageScanner(
  streams: number,
  found: (datagram: Uint8Array) => void,
  damaged: () => void,
): MessageScanner {
  /** How many bytes of the UUID a stream ends with; `INSIDE` within a message. */
  const matched = new Uint8Array(streams);
  /** The one begun first is the first. */
  const open = new Map<number, OpenMessage>();
  /** Messages that were begun, by stream. */
  const begun = new Uint32Array(streams);
  const unused: OpenMessage[] = [];

  function begin(stream: number): void {
    const message = unused.pop() ?? createMessage();
    message.filled = 0;
    message.needed = MESSAGE_HEADER_LENGTH;
    message.zeros = 0;
    open.set(stream, message);
    matched[stream] = INSIDE;
    begun[stream]!++;
    if (open.size > MAX_OPEN_MESSAGES) drop(displaced(open.keys(), (each) => begun[each]!));
  }

  function end(stream: number): void {
    unused.push(open.get(stream)!);
    open.delete(stream);
    matched[stream] = 0;
  }

  /** The message is filled up to where its length stands, or to its end. */
  function advance(stream: number, message: OpenMessage): void {
    const { bytes, view, needed } = message;
    if (needed === MESSAGE_HEADER_LENGTH) {
      const length = view.getUint16(0);
      if (length === 0 || length > MAX_MESSAGE_DATAGRAM) drop(stream);
      else message.needed += length + CRC_LENGTH;
      return;
    }
    end(stream);
    if (crc32(view, 0, needed) !== 0) damaged();
    else found(bytes.slice(MESSAGE_HEADER_LENGTH, needed - CRC_LENGTH));
  }

  /** @returns behind the byte up to which the message goes on */
  function read(stream: number, message: OpenMessage, bytes: Uint8Array, start: number, end: number): number {
    const { bytes: into, needed } = message;
    let { filled, zeros } = message;
    let at = start;
    for (; at < end && filled < needed; at++) {
      const byte = bytes[at]!;
      if (zeros < 2 || byte > 3) {
        into[filled++] = byte;
        zeros = byte === 0 ? zeros + 1 : 0;
      } else if (byte === 3) {
        zeros = 0;
      } else {
        // a start code, or three zero bytes: the rest of the message is missing, and another may begin
        drop(stream);
        return at;
      }
    }
    message.filled = filled;
    message.zeros = zeros;
    if (filled === needed) advance(stream, message);
    return at;
  }

  /** @returns behind the next UUID, which begins a message, or the end */
  function search(stream: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let count = matched[stream]!;
    while (at < end && count < UUID_LENGTH) {
      if (count === 0) {
        while (at < end && bytes[at] !== UUID_BEGIN) at++;
        if (at === end) break;
        at++;
        count = 1;
      } else if (bytes[at] === MESSAGE_UUID[count]) {
        at++;
        count++;
      } else {
        count = 0;
      }
    }
    if (count === UUID_LENGTH) begin(stream);
    else matched[stream] = count;
    return at;
  }

  function drop(stream: number): void {
    const isOpen = matched[stream] === INSIDE;
    matched[stream] = 0;
    if (!isOpen) return;
    end(stream);
    damaged();
  }

  return {
    take(stream, bytes, start, end) {
      let at = start;
      while (at < end) {
        const message = matched[stream] === INSIDE ? open.get(stream) : undefined;
        at = message === undefined ? search(stream, bytes, at, end) : read(stream, message, bytes, at, end);
      }
    },
    drop,
    isInside: matched,
  };
}

function createMessage(): OpenMessage {
  const bytes = new Uint8Array(MAX_MESSAGE_LENGTH);
  return { bytes, view: new DataView(bytes.buffer), filled: 0, needed: 0, zeros: 0 };
}

/**
 * Where a UUID may begin in a piece of a stream: at its first two bytes, or at its first byte where that is the last of the
 * piece.
 *
 * @param end of the piece
 * @returns `end` or a place behind it where there is none; the piece that this place is in is the next to be looked at
 */
export function mayBegin(bytes: Uint8Array, from: number, end: number): number {
  let at = bytes.indexOf(UUID_BEGIN, from);
  while (at >= 0 && at < end - 1 && bytes[at + 1] !== UUID_SECOND) at = bytes.indexOf(UUID_BEGIN, at + 1);
  return at < 0 ? bytes.length : at;
}
