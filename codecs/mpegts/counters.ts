import { createPacketCounters, type PacketCounters } from '../pcap/index.js';
import type { FramingCounters } from './framing.js';

/** What a transport stream held. */
export interface TransportStreamCounters extends FramingCounters, PacketCounters {
  /** Transport packets. */
  packets: number;
  nullPackets: number;
  /** Gaps in the continuity counter of a PID. */
  discontinuities: number;
  /** Packets sent again: counter and content as before. */
  duplicates: number;
  /** Sections whose CRC_32 is wrong, on PIDs of tables and of datagrams. */
  badSections: number;
  /** Messages of television services that are torn or whose check is wrong. */
  damagedMessages: number;
  /** Datagram sections, and packets of their PIDs, that are scrambled. */
  scrambled: number;
  /** Scrambled packets of other PIDs: television that is paid for, as a rule. */
  scrambledOthers: number;
  /** IP fragments of packets that did not come whole, and datagrams in several sections, which are not put together. */
  fragments: number;
  /** Elementary streams that the program maps name, by what they carry, in words. */
  readonly streams: Record<string, number>;
  /** Packets, sections (on PIDs of tables and of datagrams) and IP packets whose lengths contradict each other. */
  malformed: number;
}

export function createTransportStreamCounters(): TransportStreamCounters {
  return {
    packets: 0,
    nullPackets: 0,
    resynchronisations: 0,
    discontinuities: 0,
    duplicates: 0,
    transportErrors: 0,
    scrambled: 0,
    scrambledOthers: 0,
    badSections: 0,
    damagedMessages: 0,
    streams: {},
    ...createPacketCounters(),
  };
}
