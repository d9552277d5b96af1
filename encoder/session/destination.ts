import { isIpv6, parseSocketAddress, type SocketAddress } from '../../codecs/net/index.js';
import type { UdpFlow } from '../../codecs/pcap/index.js';

/** Where datagrams go: usually to a multicast group. */
export type Destination = SocketAddress;

/** An IPv4 header without options, or an IPv6 header, and the UDP header. */
const IPV4_UDP_BYTES = 20 + 8;
const IPV6_UDP_BYTES = 40 + 8;

/** Bytes of the IP and UDP headers before each datagram. */
export function packetOverhead({ address }: Destination): number {
  return isIpv6(address) ? IPV6_UDP_BYTES : IPV4_UDP_BYTES;
}

/** Where recorded IP packets say that they go unless something else is asked for. */
export const DEFAULT_DESTINATION: Destination = { address: '239.255.0.1', port: 4001 };

/** `239.255.0.1:4001` or `[ff15::1]:4001`, port 1 or more; undefined for anything else. */
export function parseDestination(text: string): Destination | undefined {
  const parsed = parseSocketAddress(text);
  return parsed?.port === 0 ? undefined : parsed;
}

/** Senders of a recording: addresses reserved for documentation (RFC 5737, RFC 3849). */
const IPV4_SOURCE = '192.0.2.1';
const IPV6_SOURCE = '2001:db8::1';

/** What the headers of recorded packets say. @param mac Ethernet address that frames go to */
export function flowTo({ address, port }: Destination, mac?: string): UdpFlow {
  const source = isIpv6(address) ? IPV6_SOURCE : IPV4_SOURCE;
  return { source, destination: address, sourcePort: port, destinationPort: port, mac };
}
