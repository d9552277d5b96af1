import { PcapError } from './error.js';
import { MAX_RECORD_BYTES } from './format.js';
import type { Framed, FramedPacket, Framing } from './framing.js';
import { type Interface, parseInterface, timeOf } from './pcapng-interface.js';

/** The pcapng file format (draft-ietf-opsawg-pcapng). */
const Block = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

export const PCAPNG_MAGIC = Block.sectionHeader;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Block type and total length in front, total length once more at the end. */
const HEADER_LENGTH = 8;
const TRAILER_LENGTH = 4;
const MIN_BLOCK_BYTES = HEADER_LENGTH + TRAILER_LENGTH;
const SECTION_HEADER_BYTES = 28;
/** Bytes of the longest block of a kind read here: a packet and its options. */
const MAX_READ_BYTES = 2 * MAX_RECORD_BYTES;
/** MAX_BLOCK_SIZE of Wireshark, bytes: no tool writes longer blocks. */
const MAX_BLOCK_BYTES = 16 * 2 ** 20;
/** Interfaces of a section that are remembered. */
const MAX_INTERFACES = 65_536;

/**
 * The packets of a pcapng file: any number of sections, each in its own byte order, with any number of interfaces. Other
 * blocks are stepped over. Behind a damaged block the next sound one is looked for.
 */
export function createPcapngFraming(): Framing {
  let littleEndian = true;
  let hasSection = false;
  let interfaces: Interface[] = [];
  /** Bytes of a long block that are yet to be stepped over. */
  let skipping = 0;
  let isLost = false;

  const typeAt = (view: DataView, at: number) => view.getUint32(at, littleEndian);

  function next(view: DataView, at: number, position: number): Framed {
    const available = view.byteLength - at;
    if (skipping > 0) {
      const length = Math.min(skipping, available);
      skipping -= length;
      return { length };
    }
    if (isLost) return find(view, at);
    if (available < MIN_BLOCK_BYTES) return { length: MIN_BLOCK_BYTES };
    if (typeAt(view, at) === Block.sectionHeader) {
      const order = byteOrderAt(view, at + HEADER_LENGTH);
      if (order !== undefined) littleEndian = order;
      else if (!hasSection) throw notPcapng(position);
    }
    const length = lengthAt(view, at);
    if (length === undefined) return lose();
    if (!isRead(typeAt(view, at)) && length > MAX_READ_BYTES) {
      skipping = length - MIN_BLOCK_BYTES;
      return { length: MIN_BLOCK_BYTES };
    }
    if (available < length) return { length };
    return isClosed(view, at, length) ? take(view, at, length) : lose();
  }

  /** Bytes of the block at `at`; undefined when it cannot have so many. */
  function lengthAt(view: DataView, at: number, order = littleEndian): number | undefined {
    // Block Total Length is a multiple of 4; a writer that forgets to count the padding is forgiven
    const length = Math.ceil(view.getUint32(at + 4, order) / 4) * 4;
    const most = isRead(typeAt(view, at)) ? MAX_READ_BYTES : MAX_BLOCK_BYTES;
    return length < MIN_BLOCK_BYTES || length > most ? undefined : length;
  }

  /** True when the length at the end of a block is that of its beginning. */
  function isClosed(view: DataView, at: number, length: number, order = littleEndian): boolean {
    return view.getUint32(at + length - TRAILER_LENGTH, order) === view.getUint32(at + 4, order);
  }

  function lose(): Framed {
    if (!hasSection) throw new PcapError('The pcapng recording is damaged in its first block.');
    isLost = true;
    return { length: 1, isDamaged: true };
  }

  /** Steps to the next block that looks sound, or that may do so when more of the file is there. */
  function find(view: DataView, from: number): Framed {
    let at = from;
    let needed = neededAt(view, at);
    while (needed === undefined) needed = neededAt(view, ++at);
    if (at > from) return { length: at - from };
    if (needed > view.byteLength - at) return { length: needed };
    isLost = false;
    return next(view, at, 0);
  }

  /**
   * Bytes of the block at `at` when it looks sound: of a known type, with its length at both ends. More bytes than there
   * are when that cannot be told yet; undefined when there is no such block.
   */
  function neededAt(view: DataView, at: number): number | undefined {
    const available = view.byteLength - at;
    if (available < MIN_BLOCK_BYTES) return MIN_BLOCK_BYTES;
    const isSection = typeAt(view, at) === Block.sectionHeader;
    if (!isRead(typeAt(view, at))) return undefined;
    const order = isSection ? byteOrderAt(view, at + HEADER_LENGTH) : littleEndian;
    if (order === undefined) return undefined;
    const length = lengthAt(view, at, order);
    return length === undefined || available < length || isClosed(view, at, length, order)
      ? length
      : undefined;
  }

  function resume(view: DataView): number | undefined {
    for (let at = 1; at + MIN_BLOCK_BYTES <= view.byteLength; at++) {
      const length = neededAt(view, at);
      if (length === undefined || at + length > view.byteLength) continue;
      isLost = false;
      skipping = 0;
      return at;
    }
    return undefined;
  }

  function take(view: DataView, at: number, length: number): Framed {
    const end = at + length - TRAILER_LENGTH;
    const body = at + HEADER_LENGTH;
    switch (typeAt(view, at)) {
      case Block.sectionHeader: {
        if (length < SECTION_HEADER_BYTES) return lose();
        const major = view.getUint16(body + 4, littleEndian);
        if (major !== 1 && !hasSection) {
          throw new PcapError(`The recording has pcapng version ${major}; only version 1 is known.`);
        }
        hasSection = true;
        interfaces = [];
        return { length };
      }
      case Block.interfaceDescription:
        if (end - body < 8) return lose();
        if (interfaces.length < MAX_INTERFACES)
          interfaces.push(parseInterface(view, body, end, littleEndian));
        return { length };
      case Block.enhancedPacket:
        if (end - body < 20) return lose();
        return framed(view, length, view.getUint32(body, littleEndian), body + 4, body + 20, end);
      case Block.packet:
        if (end - body < 20) return lose();
        return framed(view, length, view.getUint16(body, littleEndian), body + 4, body + 20, end);
      case Block.simplePacket:
        return end - body < 4 ? lose() : simplePacket(view, length, body, end);
      default:
        return { length };
    }
  }

  /** A packet whose time stamp, captured and original length stand at `fields`, and its data at `at`. */
  function framed(
    view: DataView,
    length: number,
    id: number,
    fields: number,
    at: number,
    end: number,
  ): Framed {
    const captured = view.getUint32(fields + 8, littleEndian);
    if (captured > end - at) return { length, isDamaged: true };
    const link = interfaces[id];
    const packet: FramedPacket = {
      linkType: link?.linkType,
      timestampNs: link === undefined ? 0n : timeOf(view, fields, littleEndian, link),
      at,
      end: at + captured,
      isCutShort: captured < view.getUint32(fields + 12, littleEndian),
    };
    return { length, packet };
  }

  /** A Simple Packet Block has no time stamp, no captured length and is of the first interface. */
  function simplePacket(view: DataView, length: number, body: number, end: number): Framed {
    const at = body + 4;
    const original = view.getUint32(body, littleEndian);
    const link = interfaces[0];
    const captured = Math.min(original, end - at, link?.snapLength || original);
    const isCutShort = captured < original;
    return {
      length,
      packet: { linkType: link?.linkType, timestampNs: 0n, at, end: at + captured, isCutShort },
    };
  }

  return { next, resume };
}

function isRead(type: number): boolean {
  return (
    type === Block.enhancedPacket ||
    type === Block.sectionHeader ||
    type === Block.interfaceDescription ||
    type === Block.simplePacket ||
    type === Block.packet
  );
}

/** True for little-endian, false for big-endian, undefined when it is no Byte-Order Magic. */
function byteOrderAt(view: DataView, at: number): boolean | undefined {
  if (view.getUint32(at, true) === BYTE_ORDER_MAGIC) return true;
  return view.getUint32(at) === BYTE_ORDER_MAGIC ? false : undefined;
}

function notPcapng(position: number): PcapError {
  return new PcapError(
    `The file begins as a pcapng recording does, but has no byte-order magic at byte ${position + HEADER_LENGTH}: it is damaged.`,
  );
}
