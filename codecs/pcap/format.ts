/** The classic pcap file format (draft-ietf-opsawg-pcap; www.tcpdump.org/manpages/pcap-savefile.5.html). */

export const FILE_HEADER_LENGTH = 24;
export const RECORD_HEADER_LENGTH = 16;

/** Magic numbers of the file header: time stamps count microseconds or nanoseconds. */
export const MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const MAGIC_NANOSECONDS = 0xa1b23c4d;

/** MAXIMUM_SNAPLEN of libpcap, bytes: no tool writes longer records, and tools refuse them. */
export const MAX_RECORD_BYTES = 262_144;

/** Link types (www.tcpdump.org/linktypes.html) that are read here. */
export const LinkType = {
  /** BSD loopback: the address family in the host's byte order. */
  null: 0,
  ethernet: 1,
  /** Raw IP as BSD systems number it. */
  rawBsd: 12,
  raw: 101,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;
