/** A recording that is no classic pcap file, is damaged, or a datagram that no record can hold. */
export class PcapError extends Error {
  override readonly name = 'PcapError';
}
