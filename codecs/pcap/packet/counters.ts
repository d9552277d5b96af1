/** What became of the IP packets of a recording. */
export interface PacketCounters {
  /** UDP datagrams handed out. */
  datagrams: number;
  /** IP fragments of packets that did not come whole, or whose fragments overlap. */
  fragments: number;
  /** IP fragments that packets were put together from, but for the last one of each. */
  reassembled: number;
  /** IPv4 headers and UDP datagrams whose checksum is wrong. */
  badChecksums: number;
  /** Sound packets that are not UDP over IP: IGMP, ARP, TCP and so on. */
  otherPackets: number;
  /** Of these, how many there are of each kind, in words; the rarest are left out. */
  readonly others: Record<string, number>;
  /** Packets whose lengths contradict each other or the record. */
  malformed: number;
}

/** Hostile input makes as many kinds as it likes. */
const MAX_KINDS = 16;

export function createPacketCounters(): PacketCounters {
  return {
    datagrams: 0,
    fragments: 0,
    reassembled: 0,
    badChecksums: 0,
    otherPackets: 0,
    others: {},
    malformed: 0,
  };
}

/** Counts a packet that is not UDP over IP. */
export function countOther(counters: PacketCounters, kind: string): void {
  counters.otherPackets++;
  const { others } = counters;
  if (others[kind] === undefined && Object.keys(others).length >= MAX_KINDS) return;
  others[kind] = (others[kind] ?? 0) + 1;
}
