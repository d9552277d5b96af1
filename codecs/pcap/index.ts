/** Recordings of datagrams in the classic pcap format: what Wireshark and tcpreplay read and write. */

export { createUdpReader, type ReadUdp, type UdpDatagram } from './datagram.js';
export { PcapError } from './error.js';
export { LinkType, RECORD_HEADER_LENGTH } from './format.js';
export type { IpRefusal } from './ip.js';
export {
  createPcapReader,
  isPcap,
  type PcapCounters,
  type PcapReader,
  readPcap,
} from './reader.js';
export {
  createPcapFlow,
  type PcapFlowWriter,
  pcapHeader,
  pcapRecord,
  type UdpFlow,
  type WrittenLinkType,
} from './writer.js';
