import { concatBytes, copyBytes } from '../bytes.js';
import { createClassicFraming, isClassicMagic } from './classic.js';
import { PcapError } from './error.js';
import { FILE_HEADER_LENGTH } from './format.js';
import type { FramedPacket, Framing } from './framing.js';
import { countOther, createPacketCounters, type PacketCounters } from './packet/counters.js';
import { createUdpReader, type UdpDatagram } from './packet/datagram.js';
import { findIp } from './packet/link.js';
import { MALFORMED } from './packet/network.js';
import { createPcapngFraming, PCAPNG_MAGIC } from './pcapng.js';

/** Bytes taken at least to what is incomplete: where damage is searched through, only few are needed at a time. */
const MIN_ADDED = 4096;

/** What a recording held besides datagrams: each record is counted in `records` and in one of the others. */
export interface PcapCounters extends PacketCounters {
  /** Records, and damaged places of a pcapng file. */
  records: number;
  /** Packets of which the recorder stored the beginning only, too little for the datagram. */
  cutShort: number;
  /** 1 when the file ends in the middle of a record: a recording that was cut off. Such a record is in no other count. */
  cutOff: number;
}

/** Takes a recording in pieces of any size. */
export interface PcapReader {
  /** The datagrams that the chunk completes. Their payloads may be views of it: its memory may be used again when they are not needed any more. @throws PcapError */
  push(chunk: Uint8Array): UdpDatagram[];
  /** Says that the file ends here, and gives the last datagrams. @throws PcapError when it is too short to be a recording */
  end(): UdpDatagram[];
  readonly counters: Readonly<PcapCounters>;
}

/** Reads a pcap or pcapng recording, holding no more than one record or block at a time. */
export function createPcapReader(): PcapReader {
  const counters: PcapCounters = { records: 0, ...createPacketCounters(), cutShort: 0, cutOff: 0 };
  const readUdp = createUdpReader(counters);
  let framing: Framing | undefined;
  let pending = new Uint8Array(0);
  let damage: PcapError | undefined;
  /** Where in the file `pending` begins. */
  let position = 0;
  /** Bytes from there on that are needed to go on. */
  let needed = 0;

  function readPacket(view: DataView, bytes: Uint8Array, packet: FramedPacket): UdpDatagram | undefined {
    counters.records++;
    const { linkType, timestampNs, at, end, isCutShort } = packet;
    const ip = linkType === undefined ? MALFORMED : findIp(linkType, view, at, end);
    const { malformed } = counters;
    if (typeof ip === 'number') {
      const datagram = readUdp(view, bytes, ip, end, timestampNs);
      if (datagram !== undefined) return datagram;
    } else if (ip === MALFORMED) counters.malformed++;
    else countOther(counters, ip);
    if (isCutShort && counters.malformed > malformed) {
      counters.malformed = malformed;
      counters.cutShort++;
    }
    return undefined;
  }

  function countDamage(): void {
    counters.records++;
    counters.malformed++;
  }

  /** Reads all that is complete in `bytes`. */
  function readAll(bytes: Uint8Array, into: UdpDatagram[]): { read: number; needed: number } {
    const view = viewOf(bytes);
    let at = 0;
    while (at < bytes.length) {
      framing ??= framingOf(view);
      if (framing === undefined) return { read: 0, needed: FILE_HEADER_LENGTH };
      const { length, packet, isDamaged } = framing.next(view, at, position + at);
      if (at + length > bytes.length) return { read: at, needed: length };
      if (packet !== undefined) {
        const datagram = readPacket(view, bytes, packet);
        if (datagram !== undefined) into.push(datagram);
      } else if (isDamaged) countDamage();
      at += length;
    }
    return { read: at, needed: 0 };
  }

  function readChunk(chunk: Uint8Array, datagrams: UdpDatagram[]): void {
    let rest = chunk;
    // Only the record that lies across two chunks is copied together; the others are read where they are.
    while (pending.length > 0 && rest.length > 0) {
      const added = rest.subarray(0, Math.max(MIN_ADDED, needed - pending.length));
      pending = concatBytes(pending, added) as Uint8Array<ArrayBuffer>;
      if (pending.length < needed) return;
      const result = readAll(pending, datagrams);
      needed = result.needed;
      position += result.read;
      const unread = pending.length - result.read;
      const isInChunk = unread <= added.length;
      pending = isInChunk ? new Uint8Array(0) : pending.subarray(result.read);
      rest = rest.subarray(isInChunk ? added.length - unread : added.length);
    }
    if (rest.length > 0) {
      const result = readAll(rest, datagrams);
      needed = result.needed;
      position += result.read;
      pending = copyBytes(rest, result.read) as Uint8Array<ArrayBuffer>;
    }
  }

  return {
    counters,
    push(chunk) {
      if (damage !== undefined) throw damage;
      const datagrams: UdpDatagram[] = [];
      try {
        // payloads are plain arrays: `slice` of a Node Buffer, unlike theirs, would share memory
        readChunk(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), datagrams);
      } catch (error) {
        // what was read before the damage is handed out first
        damage = error as PcapError;
        if (datagrams.length === 0) throw damage;
      }
      return datagrams;
    },
    end() {
      if (damage !== undefined) throw damage;
      if (position === 0) {
        throw new PcapError(
          `Not a pcap recording: the file ends after ${pending.length} bytes; its header alone has ${FILE_HEADER_LENGTH}.`,
        );
      }
      const datagrams: UdpDatagram[] = [];
      while (pending.length > 0) {
        const next = framing?.resume?.(viewOf(pending));
        if (next === undefined) {
          counters.cutOff = 1;
          break;
        }
        countDamage();
        pending = pending.subarray(next);
        position += next;
        const { read } = readAll(pending, datagrams);
        position += read;
        pending = pending.subarray(read);
      }
      pending = new Uint8Array(0);
      return datagrams;
    },
  };
}

/** The datagrams of a recording in the order of its records; counts go to `counters` of the reader given. */
export async function* readPcap(
  recording: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: PcapReader = createPcapReader(),
): AsyncGenerator<UdpDatagram> {
  for await (const chunk of recording) yield* reader.push(chunk);
  yield* reader.end();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** True when a file that begins like this is meant to be a pcap or pcapng recording. */
export function isPcap(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const view = viewOf(head);
  return view.getUint32(0) === PCAPNG_MAGIC || isClassicMagic(view, 0);
}

/** Undefined when there is too little of the file to tell. */
function framingOf(view: DataView): Framing | undefined {
  if (view.byteLength < FILE_HEADER_LENGTH) return undefined;
  const magic = view.getUint32(0);
  if (magic === PCAPNG_MAGIC) return createPcapngFraming();
  if (isClassicMagic(view, 0)) return createClassicFraming();
  throw new PcapError(`Not a pcap recording: the file begins with 0x${magic.toString(16).padStart(8, '0')}.`);
}
