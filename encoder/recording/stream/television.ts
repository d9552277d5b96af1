import {
  createTelevisionMultiplexer,
  PICTURE_RATE,
  type StreamDatagram,
  TransportStreamError,
} from '../../../codecs/mpegts/index.js';
import { type OpenFile, writeLater } from '../../../codecs/node/open-file.js';
import type { TelevisionServiceOptions } from '../../transport-stream/service.js';
import { type OnPacketized, type OwnRecording, packetsOf } from './recorded-packets.js';

const SECOND_NS = 1_000_000_000;
/** How far the stream may lag behind the times of its datagrams: a burst is spread over this time. */
const MAX_LAG_NS = SECOND_NS;
/** Bytes of IP and UDP headers in a recording of ours. */
const IPV4_HEADERS = 28;
const IPV6_HEADERS = 48;

/**
 * Writes the datagrams of a recording of ours, in the order of their times, into a transport stream with a television
 * service.
 *
 * @param into empty
 * @returns bytes of the stream
 * @throws TransportStreamError when the rate is too low
 */
export async function writeTelevision(
  recording: OpenFile,
  own: OwnRecording,
  into: OpenFile,
  options: TelevisionServiceOptions,
  onPacketized: OnPacketized,
): Promise<number> {
  const multiplexer = createTelevisionMultiplexer(options);
  const source = openSource(recording, own);
  let length = 0;
  while (!source.isEmpty() || !multiplexer.isDrained) {
    const end = ((multiplexer.state.blocks + 1) * SECOND_NS) / PICTURE_RATE;
    const packets = multiplexer.next(() => source.takeUntil(end));
    await writeLater(into, packets, length);
    length += packets.length;
    requireKeepingUp(end - source.nextTime(), options.tsRate);
    onPacketized(source.taken());
  }
  return length;
}

/** The datagrams by their times, in nanoseconds after the first. */
function openSource(recording: OpenFile, own: OwnRecording) {
  const packets = packetsOf(recording, own);
  let start: bigint | undefined;
  let taken = 0;
  let next: { readonly datagram: Uint8Array; readonly time: number } | undefined;

  /** Reads the next one, and so gives up the one before. */
  function peek() {
    if (next !== undefined) return next;
    const { value } = packets.next();
    if (!value) return undefined;
    const { packet, timeNs } = value;
    start ??= timeNs;
    const headers = packet[0]! >> 4 === 4 ? IPV4_HEADERS : IPV6_HEADERS;
    next = { datagram: packet.subarray(headers), time: Number(timeNs - start) };
    return next;
  }

  return {
    isEmpty: () => peek() === undefined,
    /** Infinity at the end. */
    nextTime: () => peek()?.time ?? Number.POSITIVE_INFINITY,
    taken: () => taken,
    takeUntil(time: number): StreamDatagram | undefined {
      const due = peek();
      if (due === undefined || due.time > time) return undefined;
      next = undefined;
      taken++;
      return { bytes: due.datagram };
    },
  };
}

function requireKeepingUp(lagNs: number, tsRate: number): void {
  if (lagNs <= MAX_LAG_NS) return;
  throw new TransportStreamError(
    `A television service of ${tsRate} bit/s is too slow for its content: give a higher --ts-rate, a lower --rate, or no --rate, and the stream is filled.`,
  );
}
