import { concatBytes, copyBytes } from '../bytes.js';
import { NULL_PID, PACKET_LENGTH, PAYLOAD_ONLY, SYNC_BYTE } from './format.js';
import { pidAt } from './psi.js';

/**
 * Bytes from one sync byte to the next: packets as they are, with a time of four bytes before each (as Blu-ray and many
 * recorders have them), with 16 bytes of Reed-Solomon parity behind each (EN 300 421 section 4.4.2).
 */
const STRIDES = [188, 192, 204] as const;
const LONGEST_STRIDE = 204;
/** Sync bytes in a row that make a stream certain (ETSI TR 101 290 section 5.2.1). */
const SYNC_PACKETS = 5;
const SYNC_SPAN = SYNC_PACKETS * LONGEST_STRIDE;
/** The fewest packets that are taken for a stream where no more bytes come. */
const MIN_SYNC_PACKETS = 2;
/** Of a time before a packet. */
const TIME_BYTES = 4;

/** Memory for pieces of at most this size is used again and again. */
const MAX_REUSED = 2 ** 20;

export interface FramingCounters {
  /** Times that the packets were lost and found again, in other than their rhythm. */
  resynchronisations: number;
  /** Packets whose sync byte or header says that they are damaged. */
  transportErrors: number;
}

/** Cuts a stream of bytes into packets. */
export interface Framing {
  push(chunk: Uint8Array): void;
  /** Says that the stream ends here. */
  end(): void;
}

/**
 * @param take gets packets of 188 bytes that begin with a sync byte each, from `start` on, `step` bytes from one to the next, up to `end`
 * @param takeOthers gets the bytes that are in no packet, once each and in their order
 */
export function createFraming(
  counters: FramingCounters,
  take: (bytes: Uint8Array, start: number, end: number, step: number) => void,
  takeOthers: (bytes: Uint8Array, start: number, end: number) => void,
): Framing {
  /** What is left, with the packet before it: where the packets are lost, they are searched from there on. */
  let pending: Uint8Array = new Uint8Array(0);
  /** Where pieces are put behind what was left of the one before. */
  let memory = new Uint8Array(0);
  /** Bytes from the start of `pending` on that are read already, or are parity of a packet that was. */
  let skip = 0;
  /** Undefined before the first packet. */
  let stride: number | undefined;
  let inSync = false;
  /** Behind the bytes from the start of `pending` on that were handed out, in packets or others. */
  let handed = 0;
  let hasOthers = false;

  /** Takes the packets from `start` on; returns where the rest begins, perhaps behind the end. */
  function read(bytes: Uint8Array, start: number, last: boolean): number {
    let at = start;
    for (;;) {
      if (!inSync) {
        // in a long file of another kind two sync bytes are chance
        const minimum = last && (stride !== undefined || !hasOthers) ? MIN_SYNC_PACKETS : SYNC_PACKETS;
        const found = findSync(bytes, at, stride, last, minimum);
        handOthers(bytes, found.at);
        if (found.stride === undefined) return found.at;
        if (stride !== undefined) counters.resynchronisations++;
        stride = found.stride;
        at = found.at;
        inSync = true;
      }
      at = readInSync(bytes, at, last);
      if (inSync) return at;
    }
  }

  function handOthers(bytes: Uint8Array, end: number): void {
    if (end <= handed) return;
    takeOthers(bytes, handed, end);
    handed = end;
    hasOthers = true;
  }

  function readInSync(bytes: Uint8Array, start: number, last: boolean): number {
    const step = stride!;
    let at = start;
    while (at + PACKET_LENGTH <= bytes.length) {
      const end = syncedUpTo(bytes, at, step);
      if (end > at) {
        take(bytes, at, end, step);
      } else {
        const next = at + step;
        if (next >= bytes.length && !last) return at;
        if (bytes[next] !== SYNC_BYTE) {
          // bytes may be missing within the packet before: the search begins behind its sync byte
          inSync = false;
          return Math.max(0, at - step + 1);
        }
        counters.transportErrors++;
      }
      at = Math.max(end, at + step);
      handed = at;
    }
    return at;
  }

  /** What is left and the next piece, until the next piece comes. */
  function joined(chunk: Uint8Array): Uint8Array {
    const length = pending.length + chunk.length;
    if (length > MAX_REUSED) return concatBytes(pending, chunk);
    if (memory.length < length) memory = new Uint8Array(2 * length);
    memory.set(pending);
    memory.set(chunk, pending.length);
    return memory.subarray(0, length);
  }

  function readAll(chunk: Uint8Array, last: boolean): void {
    const bytes = pending.length === 0 ? chunk : joined(chunk);
    const found = read(bytes, Math.min(skip, bytes.length), last);
    // less than `skip` may have come
    const rest = inSync ? Math.max(skip, found) : found;
    const kept = Math.min(inSync ? Math.max(0, rest - stride! + 1) : rest, bytes.length);
    skip = rest - kept;
    handed = Math.max(0, handed - kept);
    pending = copyBytes(bytes, kept);
  }

  return {
    push: (chunk) => readAll(chunk, false),
    end: () => {
      readAll(new Uint8Array(0), true);
      if (!inSync) handOthers(pending, pending.length);
      pending = new Uint8Array(0);
    },
  };
}

/** Behind the last of the whole packets from `start` on that begin with a sync byte each. */
function syncedUpTo(bytes: Uint8Array, start: number, step: number): number {
  let at = start;
  while (at + PACKET_LENGTH <= bytes.length && bytes[at] === SYNC_BYTE) at += step;
  return at;
}

/**
 * True when bytes from the start of a file hold five transport packets in a row somewhere; in a file of a few packets
 * all of them, two at least.
 */
export function isTransportStream(head: Uint8Array): boolean {
  const isShort = head.length < 2 * SYNC_SPAN;
  return (
    findSync(head, 0, undefined, isShort, isShort ? MIN_SYNC_PACKETS : SYNC_PACKETS).stride !== undefined
  );
}

/**
 * The first place from which on packets follow each other; `known` is the stride to try first. Without a `stride` in
 * the answer there is none, and the bytes from `at` on have to be looked at again when more have come.
 */
function findSync(
  bytes: Uint8Array,
  from: number,
  known: number | undefined,
  last: boolean,
  minimum: number,
): { readonly at: number; readonly stride?: number } {
  const strides = known === undefined ? STRIDES : [known, ...STRIDES.filter((stride) => stride !== known)];
  const end = last ? bytes.length : bytes.length - SYNC_SPAN - LONGEST_STRIDE;
  for (let at = bytes.indexOf(SYNC_BYTE, from); at >= 0 && at < end; at = bytes.indexOf(SYNC_BYTE, at + 1)) {
    for (const stride of strides) {
      if (arePackets(bytes, at, stride, minimum)) {
        return { at: likeliestStart(bytes, at, stride, minimum), stride };
      }
    }
  }
  return { at: Math.max(from, Math.min(end, bytes.length)) };
}

/**
 * Where packets begin, `first` or a place behind it: a PID, a time or parity can hold a sync byte at the same place of
 * every packet. The place counts where the continuity counters run on best; where none does, a time before the packet
 * is passed over.
 */
function likeliestStart(bytes: Uint8Array, first: number, stride: number, minimum: number): number {
  const lastTime = stride === PACKET_LENGTH + TIME_BYTES ? first + TIME_BYTES : first;
  let likeliest = first;
  let best = continuityOf(bytes, first, stride);
  for (let at = first + 1; at < first + stride; at++) {
    if (!arePackets(bytes, at, stride, minimum)) continue;
    const continuity = continuityOf(bytes, at, stride);
    if (continuity < best || (continuity === best && at > lastTime)) continue;
    likeliest = at;
    best = continuity;
  }
  return likeliest;
}

/** How often in up to five packets the continuity counter of a PID goes on by one, less how often it jumps. */
function continuityOf(bytes: Uint8Array, start: number, stride: number): number {
  const counters = new Map<number, number>();
  let sum = 0;
  for (let packet = 0; packet < SYNC_PACKETS; packet++) {
    const at = start + packet * stride;
    if (at + PACKET_LENGTH > bytes.length) break;
    const pid = pidAt(bytes, at + 1);
    if (pid === NULL_PID || (bytes[at + 3]! & PAYLOAD_ONLY) === 0) continue;
    const value = bytes[at + 3]! & 0x0f;
    const before = counters.get(pid);
    counters.set(pid, value);
    if (before === undefined || before === value) continue;
    sum += value === ((before + 1) & 0x0f) ? 1 : -1;
  }
  return sum;
}

/** Up to five packets in a row, `minimum` at least: a sync byte each, and an adaptation_field_control that is in use. */
function arePackets(bytes: Uint8Array, start: number, stride: number, minimum: number): boolean {
  let at = start;
  for (let packet = 0; packet < SYNC_PACKETS; packet++, at += stride) {
    if (at + PACKET_LENGTH > bytes.length) return packet >= minimum;
    if (bytes[at] !== SYNC_BYTE || (bytes[at + 3]! & 0x30) === 0) return false;
  }
  return true;
}
