import { TransportStreamError } from '../error.js';
import { PACKET_LENGTH } from '../format.js';
import { PROMISED_SHARE } from '../multiplex/timing.js';
import { PES_HEADER_LENGTH } from '../pes/packet.js';
import { TIMESTAMP_RATE } from '../pes/timestamps.js';
import { PAYLOAD_LENGTH } from './pes-queue.js';
import { PICTURE_RATE, type Slate } from './slate.js';

/** Ticks of 90 kHz from one picture to the next. */
export const PICTURE_TIME = TIMESTAMP_RATE / PICTURE_RATE;
/** Pictures from one PAT and PMT to the next: 80 ms, of at most 100 (ETSI TS 101 211 section 4.4). */
export const TABLE_INTERVAL = 2;
/** Pictures from one SDT to the next: 1.6 s, of at most 2 (ETSI TR 101 290 section 5.2.3). */
export const SDT_INTERVAL = 40;
/** Pictures from one PES packet of sound to the next: 120 ms, five frames. */
export const AUDIO_INTERVAL = 3;

const PACKET_BITS = PACKET_LENGTH * 8;
/** Packets of sound in a PES packet. */
const AUDIO_PACKETS = 3;

/** Packets a picture for tables and sound of some programmes at most. */
export function mostExtras(programmes: number): number {
  return 1 + programmes * (2 + AUDIO_PACKETS);
}

function meanExtras(programmes: number): number {
  const own = 1 / TABLE_INTERVAL + 1 / SDT_INTERVAL + AUDIO_PACKETS / AUDIO_INTERVAL;
  return 1 / TABLE_INTERVAL + programmes * own;
}

/** A message may be begun though there is little room; it is no longer than this. */
const LONGEST_MESSAGE = 6500;
/** Data may stay a second in the buffers of a decoder (ISO/IEC 13818-1 section 2.4.2.3). */
const MAX_DELAY = 0.9 * TIMESTAMP_RATE;

/** Packets of each picture of a slate. */
function packetsOf({ pictures }: Slate): number[] {
  return pictures.map(({ head, slices }) =>
    Math.ceil((PES_HEADER_LENGTH + head.length + slices.length) / PAYLOAD_LENGTH),
  );
}

/** Packets of pictures that wait at most, when `drain` packets leave each picture and `first` wait in the beginning. */
function mostBacklog(sizes: readonly number[], drain: number, first: number): number {
  let backlog = first;
  let most = backlog;
  for (const size of [...sizes, ...sizes]) {
    backlog += size;
    most = Math.max(most, backlog);
    backlog = Math.max(0, backlog - drain);
  }
  return most;
}

/**
 * What slates need of a stream, one of each programme.
 *
 * @returns `delay`, ticks of 90 kHz from the beginning of a picture's packets to its decoding; `share`, the part of the packets that slates, sound and
 *   tables take
 * @throws TransportStreamError when the rate is too low
 */
export function planTelevision(
  slates: readonly Slate[],
  tsRate: number,
): { readonly delay: number; readonly share: number } {
  const count = slates.length;
  const perPicture = tsRate / PICTURE_RATE / PACKET_BITS;
  const sizes = slates.map(packetsOf);
  const mean = sizes.reduce((sum, each) => sum + each.reduce((all, size) => all + size, 0) / each.length, 0);
  const extras = meanExtras(count);
  const mostAtOnce = mostExtras(count);
  // together they wait no longer than if each had its part of the rate for itself
  const drain = Math.max(0, perPicture - extras) / count;
  const first = Math.ceil(LONGEST_MESSAGE / PAYLOAD_LENGTH / count);
  const backlog = sizes.reduce((sum, each) => sum + mostBacklog(each, drain, first), 0);
  const delay = Math.ceil((backlog + mostAtOnce) / perPicture + 2) * PICTURE_TIME;
  const share = (mean + extras) / perPicture;
  if (!Number.isSafeInteger(tsRate) || !(share < 1) || perPicture < 2 * mostAtOnce || delay > MAX_DELAY) {
    const needed = Math.ceil(
      (1.2 * Math.max(mean + extras, 2 * mostAtOnce) * PICTURE_RATE * PACKET_BITS) / 1000,
    );
    const largest = Math.max(...sizes.flat());
    throw new TransportStreamError(
      count === 1
        ? `A television service of ${tsRate} bit/s is too slow for its slate: a picture of it has up to ${largest} packets of 188 bytes. Give a --ts-rate above ${needed}k, or a simpler --slate.`
        : `A transport stream of ${tsRate} bit/s is too slow for the slates of ${count} programmes: a picture of them has up to ${largest} packets of 188 bytes. Give a rate above ${needed}k, fewer programmes, or simpler slates.`,
    );
  }
  return { delay, share };
}

/** Bytes of a message besides its datagram: start code, NAL unit or segment, UUID, header, CRC_32, a little emulation prevention. */
const MESSAGE_COST = 44;
/** Packets a picture of each programme for PCRs and for the ends of PES packets. */
const ENDS = 1;
/**
 * Bits a second of datagrams that the television services of a stream carry.
 *
 * @param slates one of each programme
 * @param datagramBytes bytes of a datagram, for most of them
 * @throws TransportStreamError when the rate is too low for the slate
 */
export function datagramRate(slates: readonly Slate[], tsRate: number, datagramBytes: number): number {
  const { share } = planTelevision(slates, tsRate);
  const packets = (tsRate / PACKET_BITS) * (1 - share) - ENDS * slates.length * PICTURE_RATE;
  const messages = (packets * PAYLOAD_LENGTH) / (datagramBytes + MESSAGE_COST);
  return Math.floor(messages * datagramBytes * 8 * PROMISED_SHARE);
}
