/** Recordings of datagrams in the classic pcap format: what Wireshark and tcpreplay read and write. */

export { formatAddress, parseAddress } from './address.js';
export { PcapError } from './error.js';
export { LinkType } from './format.js';
export {
  createPcapReader,
  type PcapCounters,
  type PcapReader,
  readPcap,
  type UdpDatagram,
} from './reader.js';
export {
  createPcapFlow,
  type PcapFlowWriter,
  pcapHeader,
  pcapRecord,
  type UdpFlow,
  type WrittenLinkType,
} from './writer.js';
