import { datagramRate, ipPacketRate, PROMISED_SHARE } from '../../codecs/mpegts/index.js';
import { UsageError } from '../../codecs/node/command.js';
import type { ConstantStream } from './service.js';

/** How datagrams are sent besides the transport stream. */
export interface Packets {
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** Bytes of IP and UDP headers as the rate counts them. */
  readonly packetOverhead: number;
}

/**
 * Bits per second of IP packets that fill a transport stream.
 *
 * @param hasPcr a live stream has a PCR in its data service, too
 * @throws TransportStreamError when the stream is too slow for a television service
 */
export function fillingRate(
  stream: ConstantStream,
  { mtu, packetOverhead }: Packets,
  hasPcr: boolean,
): number {
  if (stream.service === 'data') return ipPacketRate(stream.tsRate, { packetBytes: mtu, hasPcr });
  const bytes = mtu - packetOverhead;
  const slates = stream.programmes.map(({ slate }) => slate);
  return Math.floor((datagramRate(slates, stream.tsRate, bytes) * mtu) / bytes);
}

/**
 * The rate of IP packets that was asked for, or the one that fills the stream.
 *
 * @throws UsageError when the stream cannot carry it; TransportStreamError when the stream is too slow for a television service
 */
export function contentRate(
  asked: number | undefined,
  stream: ConstantStream,
  packets: Packets,
  hasPcr: boolean,
): number {
  const filling = fillingRate(stream, packets, hasPcr);
  const rate = asked ?? filling;
  if (rate >= LEAST_RATE && rate * PROMISED_SHARE <= filling) return rate;
  const { tsRate } = stream;
  if (filling < LEAST_RATE) {
    throw new UsageError(
      `A transport stream of ${tsRate} bit/s has no room for content: give a higher --ts-rate.`,
    );
  }
  throw new UsageError(
    `A transport stream of ${tsRate} bit/s carries ${filling} bit/s of ${stream.service === 'data' ? 'IP packets' : 'datagrams'}, not ${rate}: ` +
      'give a lower --rate, a higher --ts-rate, or no --rate, and the stream is filled.',
  );
}

/** What --rate takes. */
const LEAST_RATE = 100;
