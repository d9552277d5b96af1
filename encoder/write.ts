import { createPcapFlow, pcapHeader, type UdpFlow } from '../codecs/pcap/index.js';
import { writeAtomically } from './atomic-file.js';
import { type Destination, isIpv6, packetOverhead } from './destination.js';
import type { Pace } from './pace.js';

/** Senders of a recording: addresses reserved for documentation (RFC 5737, RFC 3849). */
const IPV4_SOURCE = '192.0.2.1';
const IPV6_SOURCE = '2001:db8::1';

/** What a recording came to. */
export interface Recording {
  readonly datagrams: number;
  /** Bytes of IP packets. */
  readonly packetBytes: number;
  /** Bytes of the file. */
  readonly fileBytes: number;
}

/**
 * Records datagrams in a pcap file, with the times at which they would be sent. The file appears under its name when
 * it is complete.
 *
 * @param batches signed datagrams
 */
export function writeRecording(
  path: string,
  destination: Destination,
  batches: AsyncIterable<readonly Uint8Array[]>,
  pace: Pace,
): Promise<Recording> {
  const flow = createPcapFlow(flowTo(destination));
  const overhead = packetOverhead(destination);
  return writeAtomically(path, async (append) => {
    const header = pcapHeader();
    await append(header);
    let datagrams = 0;
    let packetBytes = 0;
    let fileBytes = header.length;
    for await (const batch of batches) {
      const records = new Uint8Array(batch.reduce((sum, { length }) => sum + flow.recordLength(length), 0));
      let offset = 0;
      for (const datagram of batch) {
        offset = flow.write(records, offset, pace.nanosecondsAfter(packetBytes), datagram);
        packetBytes += overhead + datagram.length;
      }
      await append(records);
      datagrams += batch.length;
      fileBytes += records.length;
    }
    return { datagrams, packetBytes, fileBytes };
  });
}

function flowTo({ address, port }: Destination): UdpFlow {
  const source = isIpv6(address) ? IPV6_SOURCE : IPV4_SOURCE;
  return { source, destination: address, sourcePort: port, destinationPort: port };
}
