import { PcapError, parseAddress, type UdpFlow } from '../codecs/pcap/index.js';

/** Where datagrams go. */
export interface Destination {
  /** IPv4 or IPv6 address, usually of a multicast group. */
  readonly address: string;
  readonly port: number;
}

/** An IPv4 header without options, or an IPv6 header, and the UDP header. */
const IPV4_UDP_BYTES = 20 + 8;
const IPV6_UDP_BYTES = 40 + 8;

export function isIpv6(address: string): boolean {
  return address.includes(':');
}

/** Bytes of the IP and UDP headers before each datagram. */
export function packetOverhead({ address }: Destination): number {
  return isIpv6(address) ? IPV6_UDP_BYTES : IPV4_UDP_BYTES;
}

/** `239.255.0.1:4001` or `[ff15::1]:4001`; undefined for anything else. */
export function parseDestination(text: string): Destination | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const address = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (address === undefined || isIpv6(address) !== (parts?.[1] !== undefined)) return undefined;
  if (port < 1 || port > 65_535 || !isAddress(address)) return undefined;
  return { address, port };
}

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch (error) {
    if (error instanceof PcapError) return false;
    throw error;
  }
}

export function formatDestination({ address, port }: Destination): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Senders of a recording: addresses reserved for documentation (RFC 5737, RFC 3849). */
const IPV4_SOURCE = '192.0.2.1';
const IPV6_SOURCE = '2001:db8::1';

/** What the headers of recorded packets say. */
export function flowTo({ address, port }: Destination): UdpFlow {
  const source = isIpv6(address) ? IPV6_SOURCE : IPV4_SOURCE;
  return { source, destination: address, sourcePort: port, destinationPort: port };
}
