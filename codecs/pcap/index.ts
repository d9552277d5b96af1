/** Recordings of datagrams in the classic pcap format: what Wireshark and tcpreplay read and write; IP addresses. */

export {
  canonicalAddress,
  formatAddress,
  isGroupOfLink,
  isIpv6,
  isMulticast,
  parseAddress,
} from './address.js';
export { createUdpReader, type ReadUdp, type UdpDatagram } from './datagram.js';
export { PcapError } from './error.js';
export { LinkType, RECORD_HEADER_LENGTH } from './format.js';
export {
  addressesLike,
  findMulticastInterface,
  type MulticastInterface,
  missingInterface,
  type NetworkInterfaces,
} from './interface.js';
export type { IpRefusal } from './ip.js';
export {
  createPcapReader,
  isPcap,
  type PcapCounters,
  type PcapReader,
  readPcap,
} from './reader.js';
export { formatSocketAddress, parseSocketAddress, type SocketAddress } from './socket-address.js';
export {
  createPcapFlow,
  type PcapFlowWriter,
  pcapHeader,
  pcapRecord,
  type UdpFlow,
  type WrittenLinkType,
} from './writer.js';
