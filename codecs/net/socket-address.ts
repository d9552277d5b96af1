import { canonicalAddress, isIpv6 } from './address.js';

/** An IP address and a port of UDP. */
export interface SocketAddress {
  /** IPv4 or IPv6 address in its canonical form (RFC 5952). */
  readonly address: string;
  /** 0..65535; 0 lets the system choose one where that makes sense. */
  readonly port: number;
}

/** `239.255.0.1:4001` or `[ff15::1]:4001` (RFC 3986 section 3.2.2); undefined for anything else. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const address = canonicalAddress(parts?.[1] ?? parts?.[2] ?? '');
  const port = Number(parts?.[3]);
  const inBrackets = parts?.[1] !== undefined;
  if (address === undefined || isIpv6(address) !== inBrackets || port > 65_535) return undefined;
  return { address, port };
}

export function formatSocketAddress({ address, port }: SocketAddress): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
