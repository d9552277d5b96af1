/** Recordings of datagrams in the pcap and pcapng formats: what Wireshark and tcpreplay read and write. */

export { PcapError } from './error.js';
export { LinkType, RECORD_HEADER_LENGTH } from './format.js';
export { countOther, createPacketCounters, type PacketCounters } from './packet/counters.js';
export { createUdpReader, type ReadUdp, type UdpDatagram } from './packet/datagram.js';
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
  parseMac,
  pcapHeader,
  pcapRecord,
  type UdpFlow,
  type WrittenLinkType,
} from './writer.js';
