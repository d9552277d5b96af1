import { InvalidArgumentError } from 'commander';
import { canonicalAddress, parseSocketAddress, type SocketAddress } from '../../codecs/net/index.js';

export function listenAddress(text: string): SocketAddress {
  const address = parseSocketAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError(
    'An address and a port are needed, like 239.255.0.1:4001 or [ff15::1]:4001.',
  );
}

export function ipAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('An IP address is needed, like 192.0.2.1 or 2001:db8::1.');
}
