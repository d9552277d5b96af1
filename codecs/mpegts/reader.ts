import { countOther, createUdpReader, type UdpDatagram } from '../pcap/index.js';
import { createTransportStreamCounters, type TransportStreamCounters } from './counters.js';
import { crc32 } from './crc32.js';
import { locateIpPacket } from './datagram-section.js';
import {
  HEADER_LENGTH,
  NULL_PID,
  PACKET_LENGTH,
  PAT_PID,
  PAYLOAD_UNIT_START,
  PIDS,
  TableId,
} from './format.js';
import { createFraming } from './framing.js';
import { createMessageScanner, mayBegin } from './messages/scanner.js';
import { pesPayloadStart, startCodeAt } from './pes/packet.js';
import { createProgramStreamReader } from './program-stream/reader.js';
import { DATAGRAM_STREAM, elementaryStreams, pidAt, programMapPids } from './psi.js';
import { createSectionFilter, type Section } from './section-filter.js';

/** Takes a transport stream in pieces of any size. Damage is counted, never thrown. */
export interface TransportStreamReader {
  /** The datagrams that the chunk completes, with time 0. Their payloads are in memory that is not written again. */
  push(chunk: Uint8Array): UdpDatagram[];
  /** Says that the stream ends here, and gives the last datagrams. */
  end(): UdpDatagram[];
  readonly counters: Readonly<TransportStreamCounters>;
}

const TRANSPORT_ERROR = 0x80;
const SCRAMBLED = 0xc0;
const ADAPTATION_FIELD = 0x20;
const PAYLOAD = 0x10;
const DISCONTINUITY = 0x80;
/** current_next_indicator, in the sixth byte of a section. */
const CURRENT = 0x01;

/** What a PID carries, as far as is known; a PID may have several. */
const PROGRAM_MAP = 1;
const DATAGRAMS = 2;
/** An elementary stream that is counted. */
const STREAM = 4;
/** Bytes from one that a fingerprint is made of to the next. */
const FINGERPRINT_STEP = 24;
/** No packet of the PID has come, or the next one may have any continuity counter. */
const ANY_CONTINUITY = 0xff;

/**
 * Datagrams of television services come without addresses. Sessions have to be told apart by their TSI and their keys
 * alone.
 */
const NOWHERE = {
  timestampNs: 0n,
  source: '0.0.0.0',
  destination: '0.0.0.0',
  sourcePort: 0,
  destinationPort: 0,
};

/**
 * Reads the datagrams of all multiprotocol encapsulation, and the messages of all television services, in a transport
 * stream: packets of 188, 192 or 204 bytes, any number of programmes, from any point on, with other bytes before and
 * between. What is no transport stream is read as a program stream, and searched for messages.
 *
 * Datagram sections with a right CRC_32 are taken from every PID, so that a recording without tables is read too. The
 * tables (PAT, PMT) tell which PIDs may have datagram sections with a checksum instead of a CRC, and on which ones a
 * bad section counts.
 *
 * @param counters several streams may be counted together
 */
export function createTransportStreamReader(
  counters = createTransportStreamCounters(),
): TransportStreamReader {
  const roles = new Uint8Array(PIDS);
  const continuity = new Uint8Array(PIDS).fill(ANY_CONTINUITY);
  const fingerprints = new Int32Array(PIDS);
  const readUdp = createUdpReader(counters);
  let datagrams: UdpDatagram[] = [];

  const messages = createMessageScanner(
    PIDS + 256,
    (payload) => {
      counters.datagrams++;
      datagrams.push({ ...NOWHERE, payload });
    },
    () => counters.damagedMessages++,
  );
  const others = createProgramStreamReader(messages, PIDS);
  const framing = createFraming(counters, takePackets, others.take);
  const sections = createSectionFilter(
    (pid, tableId) => {
      if (tableId === TableId.datagram) return 'read';
      if (tableId === TableId.pat && pid === PAT_PID) return 'read';
      if ((roles[pid]! & ~STREAM) === 0) return 'leave';
      return tableId === TableId.pmt && (roles[pid]! & PROGRAM_MAP) !== 0 ? 'read' : 'skip';
    },
    takeSection,
    (pid) => {
      if (carriesSections(pid)) counters.malformed++;
    },
  );

  /** Other PIDs may hold anything that looks like a section. */
  function carriesSections(pid: number): boolean {
    return pid === PAT_PID || (roles[pid]! & ~STREAM) !== 0;
  }

  /** Reads packets (ISO/IEC 13818-1 sections 2.4.3.2 to 2.4.3.5) that are `step` bytes apart. */
  function takePackets(bytes: Uint8Array, first: number, last: number, step: number): void {
    let uuidAt = first;
    for (let at = first; at < last; at += step) {
      const start = payloadStart(bytes, at);
      if (start === 0) continue;
      const end = at + PACKET_LENGTH;
      const pid = pidAt(bytes, at + 1);
      if (!isNext(pid, bytes[at + 3]! & 0x0f, bytes, start, end)) continue;
      const unitStart = (bytes[at + 1]! & PAYLOAD_UNIT_START) !== 0;
      // a PES packet begins with a start code, a section does not
      const isPes = unitStart && startCodeAt(bytes, start) > 0;
      if (sections.isInside[pid] !== 0 || (unitStart && !isPes)) {
        sections.take(pid, unitStart, bytes, start, end);
      }
      if (uuidAt < start) uuidAt = start;
      // most packets hold neither a message nor the beginning of one, and are passed over
      if (uuidAt < end) uuidAt = mayBegin(bytes, uuidAt, end);
      if (uuidAt < end || messages.isInside[pid] !== 0) {
        messages.take(pid, bytes, isPes ? pesPayloadStart(bytes, start) : start, end);
      }
    }
  }

  /** Where the payload of a packet begins; 0 when it has none, or none that can be used. */
  function payloadStart(bytes: Uint8Array, at: number): number {
    counters.packets++;
    if ((bytes[at + 1]! & TRANSPORT_ERROR) !== 0) {
      // nothing in it can be relied upon, its PID neither
      counters.transportErrors++;
      return 0;
    }
    const pid = pidAt(bytes, at + 1);
    if (pid === NULL_PID) {
      counters.nullPackets++;
      return 0;
    }
    const control = bytes[at + 3]!;
    if ((control & SCRAMBLED) !== 0) {
      if ((roles[pid]! & DATAGRAMS) !== 0) counters.scrambled++;
      else counters.scrambledOthers++;
      jump(pid);
      return 0;
    }
    const start = at + HEADER_LENGTH;
    if ((control & ADAPTATION_FIELD) === 0) {
      if ((control & PAYLOAD) !== 0) return start;
      counters.malformed++;
      return 0;
    }
    const length = bytes[start]!;
    const hasPayload = (control & PAYLOAD) !== 0;
    // with a payload it has 182 bytes at most, else 183
    if (length > (hasPayload ? 182 : 183)) {
      counters.malformed++;
      return 0;
    }
    if (length > 0 && (bytes[start + 1]! & DISCONTINUITY) !== 0) jump(pid);
    return hasPayload ? start + 1 + length : 0;
  }

  /** The next packet of the PID does not go on where the last one ended. */
  function jump(pid: number): void {
    continuity[pid] = ANY_CONTINUITY;
    sections.drop(pid);
    messages.drop(pid);
  }

  /** Follows the continuity counter of a packet with a payload; false for a packet that has come before. */
  function isNext(pid: number, value: number, bytes: Uint8Array, start: number, end: number): boolean {
    const before = continuity[pid]!;
    const fingerprint = fingerprintOf(bytes, start, end);
    // after a gap of 15 packets the counter is the same
    const same = value === before && fingerprint === fingerprints[pid];
    continuity[pid] = value;
    fingerprints[pid] = fingerprint;
    if (before === ANY_CONTINUITY || value === ((before + 1) & 0x0f)) return true;
    if (same) {
      counters.duplicates++;
      return false;
    }
    counters.discontinuities++;
    sections.drop(pid);
    messages.drop(pid);
    return true;
  }

  function takeSection({ pid, bytes, view, at, length }: Section): void {
    const hasCrc = (bytes[at + 1]! & 0x80) !== 0;
    const role = roles[pid]!;
    const datagram = bytes[at] === TableId.datagram;
    if (!hasCrc) {
      // Its checksum covers the same bytes as those of IP and UDP, which are checked.
      if (datagram && (role & DATAGRAMS) !== 0) takeDatagram(view, bytes, at, length);
      return;
    }
    if (crc32(view, at, at + length) !== 0) {
      if (carriesSections(pid)) counters.badSections++;
      return;
    }
    if (datagram) {
      roles[pid] = role | DATAGRAMS;
      takeDatagram(view, bytes, at, length);
      return;
    }
    // a table that is yet to come into force
    if ((bytes[at + 5]! & CURRENT) === 0) return;
    if (bytes[at] === TableId.pat) {
      for (const found of programMapPids(bytes, at, length)) roles[found]! |= PROGRAM_MAP;
    } else {
      for (const { pid, kind } of elementaryStreams(bytes, at, length)) takeStream(pid, kind);
    }
  }

  function takeStream(pid: number, kind: string): void {
    if ((roles[pid]! & STREAM) === 0) counters.streams[kind] = (counters.streams[kind] ?? 0) + 1;
    roles[pid]! |= kind === DATAGRAM_STREAM ? STREAM | DATAGRAMS : STREAM;
  }

  function takeDatagram(view: DataView, bytes: Uint8Array, at: number, length: number): void {
    const ip = locateIpPacket(bytes, at, length);
    if (ip === 'otherPackets') countOther(counters, 'LLC');
    else if (typeof ip === 'string') counters[ip]++;
    else {
      const datagram = readUdp(view, bytes, ip.offset, ip.end, 0n);
      if (datagram !== undefined) datagrams.push(datagram);
    }
  }

  function takeDatagrams(): UdpDatagram[] {
    const taken = datagrams;
    datagrams = [];
    return taken;
  }

  return {
    counters,
    push(chunk) {
      framing.push(chunk);
      return takeDatagrams();
    },
    end() {
      framing.end();
      others.end();
      return takeDatagrams();
    },
  };
}

/** Tells the payloads of packets with the same continuity counter apart, by some of their bytes. */
function fingerprintOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += FINGERPRINT_STEP) hash = Math.imul(hash ^ bytes[at]!, 0x0100_0193);
  return hash;
}
