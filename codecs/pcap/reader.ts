import { concatBytes, copyBytes } from '../bytes.js';
import { createUdpReader, type UdpDatagram } from './datagram.js';
import { PcapError } from './error.js';
import {
  FILE_HEADER_LENGTH,
  MAGIC_MICROSECONDS,
  MAGIC_NANOSECONDS,
  MAX_RECORD_BYTES,
  RECORD_HEADER_LENGTH,
} from './format.js';
import { type FindIp, linkLayer } from './link.js';

/** What a recording held besides datagrams: each record is counted in `records` and in one of the others. */
export interface PcapCounters {
  records: number;
  /** UDP datagrams handed out. */
  datagrams: number;
  /** IP fragments, which are not put together here. */
  fragments: number;
  /** IPv4 headers and UDP datagrams whose checksum is wrong. */
  badChecksums: number;
  /** Sound packets that are not UDP over IP: IGMP, ARP, TCP and so on. */
  otherPackets: number;
  /** Packets whose lengths contradict each other or the record, those the recorder cut short included. */
  malformed: number;
  /** 1 when the file ends in the middle of a record: a recording that was cut off. Such a record is in no other count. */
  cutOff: number;
}

/** The type of the block that a pcapng file begins with. */
const PCAPNG_MAGIC = 0x0a0d0d0a;

/** Takes a recording in pieces of any size. */
export interface PcapReader {
  /** The datagrams that the chunk completes. Their payloads may be views of the chunk: it is not to be reused. @throws PcapError */
  push(chunk: Uint8Array): UdpDatagram[];
  /** Says that the file ends here. @throws PcapError when the file is too short to be a recording */
  end(): void;
  readonly counters: Readonly<PcapCounters>;
}

interface FileFormat {
  littleEndian: boolean;
  /** Nanoseconds in one unit of a record's fraction of a second. */
  fractionNs: number;
  findIp: FindIp;
}

/** Reads a classic pcap recording of either byte order, holding no more than one record at a time. */
export function createPcapReader(): PcapReader {
  const counters: PcapCounters = {
    records: 0,
    datagrams: 0,
    fragments: 0,
    badChecksums: 0,
    otherPackets: 0,
    malformed: 0,
    cutOff: 0,
  };
  const readUdp = createUdpReader();
  let format: FileFormat | undefined;
  let pending = new Uint8Array(0);
  let damage: PcapError | undefined;
  /** Where in the file `pending` begins. */
  let position = 0;

  /** How many bytes the header or record at the start of `bytes` takes, or how many are needed to tell. */
  function needed(bytes: Uint8Array): number {
    if (format === undefined) return FILE_HEADER_LENGTH;
    if (bytes.length < RECORD_HEADER_LENGTH) return RECORD_HEADER_LENGTH;
    return RECORD_HEADER_LENGTH + recordLength(viewOf(bytes), 0, format, counters.records + 1, position);
  }

  function readRecord(
    view: DataView,
    bytes: Uint8Array,
    offset: number,
    end: number,
  ): UdpDatagram | undefined {
    counters.records++;
    const { littleEndian, fractionNs, findIp } = format!;
    const ip = findIp(view, offset + RECORD_HEADER_LENGTH, end);
    const seconds = view.getUint32(offset, littleEndian);
    const fraction = view.getUint32(offset + 4, littleEndian);
    const timestampNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction * fractionNs);
    const found = ip === undefined ? 'otherPackets' : readUdp(view, bytes, ip, end, timestampNs);
    if (typeof found === 'string') {
      counters[found]++;
      return undefined;
    }
    counters.datagrams++;
    return found;
  }

  /** Reads all that is complete in `bytes`; returns where the rest begins. */
  function readAll(bytes: Uint8Array, into: UdpDatagram[]): number {
    const view = viewOf(bytes);
    let at = 0;
    if (format === undefined) {
      if (bytes.length < FILE_HEADER_LENGTH) return 0;
      format = parseFileHeader(view);
      at = FILE_HEADER_LENGTH;
    }
    while (at + RECORD_HEADER_LENGTH <= bytes.length) {
      const length = recordLength(view, at, format, counters.records + 1, position + at);
      const end = at + RECORD_HEADER_LENGTH + length;
      if (end > bytes.length) break;
      const datagram = readRecord(view, bytes, at, end);
      if (datagram !== undefined) into.push(datagram);
      at = end;
    }
    return at;
  }

  function readChunk(chunk: Uint8Array, datagrams: UdpDatagram[]): void {
    let rest = chunk;
    // Only the record that lies across two chunks is copied together; the others are read where they are.
    while (pending.length > 0 && rest.length > 0) {
      const missing = needed(pending) - pending.length;
      pending = concatBytes(pending, rest.subarray(0, missing)) as Uint8Array<ArrayBuffer>;
      rest = rest.subarray(Math.min(missing, rest.length));
      const read = readAll(pending, datagrams);
      position += read;
      pending = pending.subarray(read);
    }
    if (rest.length > 0) {
      const read = readAll(rest, datagrams);
      position += read;
      pending = copyBytes(rest, read) as Uint8Array<ArrayBuffer>;
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
      if (format === undefined) {
        throw new PcapError(
          `Not a pcap recording: the file ends after ${pending.length} bytes; its header alone has ${FILE_HEADER_LENGTH}.`,
        );
      }
      if (pending.length > 0) counters.cutOff = 1;
      pending = new Uint8Array(0);
    },
  };
}

/** The datagrams of a recording in the order of its records; counts go to `counters` of the reader given. */
export async function* readPcap(
  recording: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: PcapReader = createPcapReader(),
): AsyncGenerator<UdpDatagram> {
  for await (const chunk of recording) yield* reader.push(chunk);
  reader.end();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** True when a file that begins like this is meant to be a pcap recording, of the kind read here or pcapng. */
export function isPcap(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const view = viewOf(head);
  const magic = view.getUint32(0);
  return magic === PCAPNG_MAGIC || isMagic(magic) || isMagic(view.getUint32(0, true));
}

function parseFileHeader(view: DataView): FileFormat {
  const littleEndian = isMagic(view.getUint32(0, true));
  const magic = view.getUint32(0, littleEndian);
  if (!isMagic(magic)) {
    const pcapng = magic === PCAPNG_MAGIC;
    throw new PcapError(
      pcapng
        ? 'The recording is in the pcapng format; convert it with: editcap -F pcap IN.pcapng OUT.pcap'
        : `Not a pcap recording: the file begins with 0x${view.getUint32(0).toString(16).padStart(8, '0')}.`,
    );
  }
  const major = view.getUint16(4, littleEndian);
  if (major !== 2) throw new PcapError(`The recording has pcap version ${major}; only version 2 is known.`);
  // The upper bits hold the length of a frame check sequence, which lies behind the IP packet and is ignored.
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  const findIp = linkLayer(linkType);
  if (findIp === undefined) {
    throw new PcapError(
      `The recording has link type ${linkType}; read are Ethernet (1), raw IP (101), Linux cooked (113, 276) and BSD loopback (0).`,
    );
  }
  return { littleEndian, fractionNs: magic === MAGIC_NANOSECONDS ? 1 : 1000, findIp };
}

function isMagic(value: number): boolean {
  return value === MAGIC_MICROSECONDS || value === MAGIC_NANOSECONDS;
}

function recordLength(
  view: DataView,
  at: number,
  format: FileFormat,
  number: number,
  position: number,
): number {
  const length = view.getUint32(at + 8, format.littleEndian);
  if (length > MAX_RECORD_BYTES) {
    throw new PcapError(
      `Record ${number} at byte ${position} is damaged: it claims ${length} bytes, a record has at most ${MAX_RECORD_BYTES}.`,
    );
  }
  return length;
}
