import { formatSocketAddress } from '../../codecs/net/index.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import type { Flow } from '../engine/ports/flow.js';

/** Remembers the last one: one datagram after the other is of the same flow. */
export function createFlowReader(): (
  datagram: Pick<UdpDatagram, 'source' | 'destination' | 'destinationPort'>,
) => Flow {
  let last: { address: string; port: number; flow: Flow } | undefined;
  return ({ source, destination: address, destinationPort: port }) => {
    if (last?.address !== address || last.port !== port || last.flow.source !== source) {
      last = { address, port, flow: { source, destination: formatSocketAddress({ address, port }) } };
    }
    return last.flow;
  };
}
