import {
  createTransportStreamCounters,
  createTransportStreamReader,
  type TransportStreamCounters,
  type TransportStreamReader,
} from '../mpegts/index.js';
import type { UdpDatagram } from '../pcap/index.js';
import { transportPacketsIn } from './transport-packets.js';

/** Transport streams that are read at a time; each takes some memory. When more come, the one silent for longest is forgotten. */
const MAX_STREAMS = 16;

/** Takes the datagrams of transport streams that are sent over UDP, with RTP (RFC 2250) or without. */
export interface CarriedStreams {
  /** The datagrams as they are, and in the place of those that carry transport packets the datagrams in these. */
  take(datagrams: UdpDatagram[]): UdpDatagram[];
  /** Says that nothing follows, and gives the last datagrams. */
  end(): UdpDatagram[];
  /** Datagrams that carried transport packets, and datagrams that were in these. */
  readonly counts: { readonly outer: number; readonly inner: number };
  /** Of all the streams together. */
  readonly counters: Readonly<TransportStreamCounters>;
}

export function createCarriedStreams(): CarriedStreams {
  const streams = new Map<string, TransportStreamReader>();
  const counters = createTransportStreamCounters();
  const counts = { outer: 0, inner: 0 };
  let last = 0n;

  function streamOf(datagram: UdpDatagram): TransportStreamReader {
    const { source, sourcePort, destination, destinationPort } = datagram;
    const key = `${source} ${sourcePort} ${destination} ${destinationPort}`;
    const stream = streams.get(key) ?? createTransportStreamReader(counters);
    // the one that was heard last stands last
    streams.delete(key);
    streams.set(key, stream);
    if (streams.size > MAX_STREAMS) streams.delete(streams.keys().next().value!);
    return stream;
  }

  /** A transport stream holds no times: those of the datagrams around it count. */
  function timed(datagrams: readonly UdpDatagram[]): UdpDatagram[] {
    counts.inner += datagrams.length;
    return datagrams.map((each) => ({ ...each, timestampNs: last }));
  }

  return {
    counts,
    counters,
    take(datagrams) {
      let taken: UdpDatagram[] | undefined;
      for (const [i, datagram] of datagrams.entries()) {
        const packets = transportPacketsIn(datagram.payload);
        if (packets === undefined) {
          taken?.push(datagram);
          continue;
        }
        taken ??= datagrams.slice(0, i);
        counts.outer++;
        last = datagram.timestampNs;
        taken.push(...timed(streamOf(datagram).push(packets)));
      }
      return taken ?? datagrams;
    },
    end: () => timed([...streams.values()].flatMap((stream) => stream.end())),
  };
}
