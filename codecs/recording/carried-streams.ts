import { createTransportStreamReader, type TransportStreamReader } from '../mpegts/index.js';
import type { UdpDatagram } from '../pcap/index.js';
import { transportPacketsAt } from './contents.js';

/** Transport streams that are read at a time; each takes some memory. */
const MAX_STREAMS = 16;

/** Takes the datagrams of transport streams that are sent over UDP, with RTP (RFC 2250) or without. */
export interface CarriedStreams {
  /** The datagrams as they are, and in the place of those that carry transport packets the datagrams in these. */
  take(datagrams: UdpDatagram[]): UdpDatagram[];
  /** Says that nothing follows, and gives the last datagrams. */
  end(): UdpDatagram[];
  /** Datagrams that carried transport packets, and datagrams that were in these. */
  readonly counts: { readonly outer: number; readonly inner: number };
}

export function createCarriedStreams(): CarriedStreams {
  const streams = new Map<string, TransportStreamReader>();
  const counts = { outer: 0, inner: 0 };
  let last = 0n;

  function unwrap(datagram: UdpDatagram): UdpDatagram[] {
    const at = transportPacketsAt(datagram.payload);
    if (at === undefined) return [datagram];
    counts.outer++;
    last = datagram.timestampNs;
    return timed(streamOf(datagram)?.push(datagram.payload.subarray(at)) ?? []);
  }

  function streamOf(datagram: UdpDatagram): TransportStreamReader | undefined {
    const { source, sourcePort, destination, destinationPort } = datagram;
    const key = `${source} ${sourcePort} ${destination} ${destinationPort}`;
    const known = streams.get(key);
    if (known !== undefined || streams.size === MAX_STREAMS) return known;
    const stream = createTransportStreamReader();
    streams.set(key, stream);
    return stream;
  }

  /** A transport stream holds no times: those of the datagrams around it count. */
  function timed(datagrams: readonly UdpDatagram[]): UdpDatagram[] {
    counts.inner += datagrams.length;
    return datagrams.map((each) => ({ ...each, timestampNs: last }));
  }

  return {
    counts,
    take: (datagrams) =>
      datagrams.some(({ payload }) => transportPacketsAt(payload) !== undefined)
        ? datagrams.flatMap(unwrap)
        : datagrams,
    end: () => timed([...streams.values()].flatMap((stream) => stream.end())),
  };
}
