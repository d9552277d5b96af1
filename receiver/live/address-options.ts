import { InvalidArgumentError } from 'commander';
import { canonicalAddress, type SocketAddress } from '../../codecs/net/index.js';
import { parseInputSource } from './input/input-source.js';

/** As `listen` takes it, also `udp://239.1.1.1:1234`: what comes is recognised, whatever stands before the address. */
export function listenAddress(text: string): SocketAddress {
  const source = parseInputSource(text);
  if (source?.kind === 'socket') return source.listenAt;
  throw new InvalidArgumentError(
    'An address and a port are needed, like 239.255.0.1:4001, [ff15::1]:4001 or udp://239.1.1.1:1234.',
  );
}

export function ipAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('An IP address is needed, like 192.0.2.1 or 2001:db8::1.');
}
