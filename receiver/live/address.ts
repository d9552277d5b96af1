import { formatAddress, PcapError, parseAddress } from '../../codecs/pcap/index.js';

/** Where to listen. */
export interface ListenAddress {
  /** IPv4 or IPv6 address: of a multicast group, or of this machine. */
  readonly address: string;
  /** 0 lets the system choose one. */
  readonly port: number;
}

/** `239.255.0.1:4001` or `[ff15::1]:4001`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const address = parseIp(parts?.[1] ?? parts?.[2] ?? '');
  const port = Number(parts?.[3]);
  if (address === undefined || isIpv6(address) !== (parts?.[1] !== undefined) || port > 65_535) {
    return undefined;
  }
  return { address, port };
}

/** The address in its canonical form (RFC 5952); undefined when the text is none. */
export function parseIp(text: string): string | undefined {
  try {
    return formatAddress(parseAddress(text));
  } catch (error) {
    if (error instanceof PcapError) return undefined;
    throw error;
  }
}

export function formatListenAddress({ address, port }: ListenAddress): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

export function isIpv6(address: string): boolean {
  return address.includes(':');
}

/** 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7). */
export function isMulticast(address: string): boolean {
  return isIpv6(address) ? /^ff[0-9a-f]{2}:/i.test(address) : /^2(2[4-9]|3[0-9])\./.test(address);
}
