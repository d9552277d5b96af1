import { formatSocketAddress } from '../../codecs/net/index.js';

/** Remembers the last text: one datagram after the other goes to the same destination. */
export function createDestinationFormat(): (address: string, port: number) => string {
  let last: { address: string; port: number; text: string } | undefined;
  return (address, port) => {
    if (last?.address !== address || last.port !== port) {
      last = { address, port, text: formatSocketAddress({ address, port }) };
    }
    return last.text;
  };
}
