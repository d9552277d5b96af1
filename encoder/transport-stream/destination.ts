import { formatSocketAddress } from '../../codecs/net/index.js';
import { type Destination, parseDestination } from '../session/destination.js';

/** Where transport packets go: in UDP datagrams, or in RTP packets in them. */
export interface StreamDestination extends Destination {
  readonly protocol: 'udp' | 'rtp';
}

/** `udp://239.1.1.1:5000` or `rtp://[ff15::1]:5000`; undefined for anything else. */
export function parseStreamDestination(text: string): StreamDestination | undefined {
  const parts = /^(udp|rtp):\/\/@?([^/?#]+)\/?$/.exec(text);
  const destination = parts === null ? undefined : parseDestination(parts[2]!);
  return destination && { ...destination, protocol: parts![1] as StreamDestination['protocol'] };
}

export function formatStreamDestination(destination: StreamDestination): string {
  return `${destination.protocol}://${formatSocketAddress(destination)}`;
}
