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
  ppp: 9,
  /** Raw IP as BSD systems and OpenBSD number it. */
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppEther: 51,
  /** LLC over ATM (RFC 2684). */
  atmLlc: 100,
  raw: 101,
  ciscoHdlc: 104,
  /** IEEE 802.11. */
  wifi: 105,
  /** OpenBSD loopback: the address family in network byte order. */
  loop: 108,
  linuxCooked: 113,
  /** IEEE 802.11 behind a radiotap header. */
  radiotap: 127,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;
