import { writeDatagramSection } from '../datagram-section.js';
import { TransportStreamError } from '../error.js';
import { MAX_SECTION_LENGTH, PACKET_LENGTH, PAT_PID, PAYLOAD_ONLY, SDT_PID } from '../format.js';
import { createPacketizer, tablePacket } from '../packetizer.js';
import { buildPat, buildPmt } from '../psi.js';
import { buildSdt, SERVICE } from '../sdt.js';
import { discontinuityPacket, pcrPacket } from './adaptation.js';
import { NEW_STREAM, type StreamMultiplexer, type StreamState } from './multiplexer.js';
import { PROMISED_SHARE, packetsBefore } from './timing.js';

export interface DataServiceOptions {
  /** Bits a second of the whole stream, held by null packets. */
  readonly tsRate: number;
  /** What tuners show; 1 to 140 bytes of UTF-8. */
  readonly serviceName?: string;
  /** Says in each PID that it does not go on where another stream has ended. */
  readonly isDiscontinuous?: boolean;
}

const PIDS = { pmt: 0x0100, data: 0x0101 } as const;
const DEFAULT_SERVICE_NAME = 'datacast';
const COMPONENT_TAG = 1;
const PACKET_BITS = PACKET_LENGTH * 8;
/** Seconds from one table or PCR to the next, a packet or two not counted; the limits stand in docs/transport-stream.md. */
const INTERVALS = { tables: 0.1, sdt: 1.6, pcr: 0.035 } as const;
/** Packets a second besides the datagrams. */
const TABLE_PACKETS = 2 / INTERVALS.tables + 1 / INTERVALS.sdt;
const PCR_PACKETS = 1 / INTERVALS.pcr;
/** The lowest rate: so much are tables and clock, and as much is left for datagrams. */
const LEAST_RATE = 2 * (TABLE_PACKETS + PCR_PACKETS) * PACKET_BITS;

/**
 * A data service whose datagrams are IP packets, in a transport stream of a constant bit rate.
 *
 * @throws TransportStreamError when the rate is too low for the tables, or the name of the service is none
 */
export function createDataServiceMultiplexer(
  { tsRate, serviceName = DEFAULT_SERVICE_NAME, isDiscontinuous = false }: DataServiceOptions,
  state: StreamState = NEW_STREAM,
): StreamMultiplexer {
  requireRate(tsRate);
  const tables = {
    pat: tablePacket(
      PAT_PID,
      buildPat(SERVICE.transportStreamId, { programNumber: SERVICE.serviceId, pmtPid: PIDS.pmt }),
    ),
    pmt: tablePacket(PIDS.pmt, buildPmt(SERVICE.serviceId, PIDS.data, COMPONENT_TAG, PIDS.data)),
    sdt: tablePacket(SDT_PID, buildSdt({ ...SERVICE, serviceName }, COMPONENT_TAG)),
  };
  const tablePids = [
    [PAT_PID, tables.pat],
    [PIDS.pmt, tables.pmt],
    [SDT_PID, tables.sdt],
  ] as const;
  const lastOf = (pid: number) => state.continuity[pid] ?? 0x0f;
  const after = (continuity: number) => (continuity + 1) & 0x0f;
  const before = (continuity: number) => (continuity + 0x0f) & 0x0f;
  // the packetizer counts on from what stands in the packet
  for (const [pid, packet] of tablePids) packet[3] = PAYLOAD_ONLY | after(lastOf(pid));

  const section = new Uint8Array(MAX_SECTION_LENGTH);
  const sectionView = new DataView(section.buffer);
  const packetizer = createPacketizer(PIDS.data, placeDue, after(lastOf(PIDS.data)));
  const start = packetsBefore(state.blocks, tsRate);
  let block = state.blocks;
  let taken = start;
  const nextAt = { tables: start, sdt: start, pcr: start };
  if (isDiscontinuous) {
    for (const pid of [PAT_PID, PIDS.pmt, SDT_PID, PIDS.data]) {
      packetizer.appendPacket(discontinuityPacket(pid, lastOf(pid)));
    }
  }

  const position = () => start + packetizer.packets;

  function isDue(what: keyof typeof INTERVALS): boolean {
    if (position() < nextAt[what]) return false;
    nextAt[what] = Math.max(nextAt[what] + (INTERVALS[what] * tsRate) / PACKET_BITS, position());
    return true;
  }

  function placeDue(): void {
    if (isDue('pcr'))
      packetizer.appendPacket(pcrPacket(PIDS.data, before(packetizer.continuity), position(), tsRate));
    if (isDue('tables')) {
      packetizer.appendTable(tables.pat);
      packetizer.appendTable(tables.pmt);
    }
    if (isDue('sdt')) packetizer.appendTable(tables.sdt);
  }

  return {
    next(take) {
      block++;
      const end = packetsBefore(block, tsRate);
      while (position() < end) {
        const datagram = take();
        if (datagram !== undefined) {
          packetizer.appendData(
            section.subarray(0, writeDatagramSection(section, sectionView, datagram.bytes)),
          );
          continue;
        }
        packetizer.closeData();
        placeDue();
        if (position() < end) packetizer.appendNull();
      }
      const packets = packetizer.takeReady();
      taken += packets.length / PACKET_LENGTH;
      return packets;
    },
    get position() {
      return taken;
    },
    get isDrained() {
      return !packetizer.isOpen;
    },
    get state() {
      const continuity: Record<number, number> = { [PIDS.data]: before(packetizer.continuity) };
      for (const [pid, packet] of tablePids) continuity[pid] = before(packet[3]! & 0x0f);
      return { blocks: block, messages: state.messages, continuity };
    },
  };
}

/** Bytes of a datagram_section and of the pointer_field before it, besides the IP packet. */
const SECTION_COST = 17;
const PAYLOAD_LENGTH = 184;

/**
 * Bits a second of IP packets that a data service of a constant bit rate carries; 0 or less where there is no room.
 *
 * @param packetBytes bytes of an IP packet, for most of them
 */
export function ipPacketRate(
  tsRate: number,
  { packetBytes, hasPcr }: { readonly packetBytes: number; readonly hasPcr: boolean },
): number {
  const own = TABLE_PACKETS + (hasPcr ? PCR_PACKETS : 0);
  const bytes = (tsRate / PACKET_BITS - own) * PAYLOAD_LENGTH;
  return Math.floor((bytes / (packetBytes + SECTION_COST)) * packetBytes * 8 * PROMISED_SHARE);
}

function requireRate(tsRate: number): void {
  if (Number.isSafeInteger(tsRate) && tsRate > LEAST_RATE) return;
  throw new TransportStreamError(
    `A live data service has a whole number of bits a second above ${Math.ceil(LEAST_RATE / 1000)}k, of which half is tables and clock; not ${tsRate}. Give a higher --ts-rate.`,
  );
}
