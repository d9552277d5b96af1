import { displaced } from '../displaced.js';
import {
  createTransportStreamCounters,
  createTransportStreamReader,
  type TransportStreamCounters,
  type TransportStreamReader,
} from '../mpegts/index.js';
import type { UdpDatagram } from '../pcap/index.js';
import { transportPacketsIn } from './transport-packets.js';

/** Transport streams that are read at a time; each takes some memory. */
const MAX_STREAMS = 32;
/** A sender of whom nothing came among so many datagrams counts as if nothing had come. */
const REMEMBERED = 10_000;
/** A datagram that was in a stream counts as much as so many that carry packets: these take no more than sync bytes. */
const WEIGHT_OF_INNER = 4;

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

/** What has come of a sender. */
interface Sender {
  readonly worth: number;
  /** How many datagrams had come of all senders. */
  readonly heardAt: number;
}

/** Anybody may send from many addresses. A sender who was displaced keeps what counts, and so soon belongs to those who stay. */
export function createCarriedStreams(): CarriedStreams {
  /** Those that are read, the one silent for longest first. */
  const streams = new Map<string, TransportStreamReader>();
  /** In the same order. */
  const senders = new Map<string, Sender>();
  const counters = createTransportStreamCounters();
  const counts = { outer: 0, inner: 0 };
  let last = 0n;

  function read(datagram: UdpDatagram, packets: Uint8Array): UdpDatagram[] {
    const { source, sourcePort, destination, destinationPort } = datagram;
    const key = `${source} ${sourcePort} ${destination} ${destinationPort}`;
    const stream = streams.get(key) ?? createTransportStreamReader(counters);
    streams.delete(key);
    streams.set(key, stream);
    const inner = stream.push(packets);
    const worth = worthOf(key) + 1 + WEIGHT_OF_INNER * inner.length;
    senders.delete(key);
    senders.set(key, { worth, heardAt: counts.outer });
    forgetSilent();
    if (streams.size > MAX_STREAMS) streams.delete(displaced(streams.keys(), worthOf));
    return inner;
  }

  const worthOf = (key: string) => senders.get(key)?.worth ?? 0;

  function forgetSilent(): void {
    for (const [key, { heardAt }] of senders) {
      if (counts.outer - heardAt < REMEMBERED) return;
      senders.delete(key);
    }
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
        taken.push(...timed(read(datagram, packets)));
      }
      return taken ?? datagrams;
    },
    end: () => timed([...streams.values()].flatMap((stream) => stream.end())),
  };
}
