import { TransportStreamError } from '../error.js';
import { PACKET_LENGTH } from '../format.js';
import { PROMISED_SHARE } from '../multiplex/timing.js';
import { PES_HEADER_LENGTH } from '../pes/packet.js';
import { TIMESTAMP_RATE } from '../pes/timestamps.js';
import { PAYLOAD_LENGTH } from './pes-queue.js';
import { type AccessUnit, PICTURE_RATE, type Slate } from './slate.js';

/** Ticks of 90 kHz from one picture to the next. */
export const PICTURE_TIME = TIMESTAMP_RATE / PICTURE_RATE;
/** Pictures from one PAT and PMT to the next: 80 ms, of at most 100 (ETSI TS 101 211 section 4.4). */
export const TABLE_INTERVAL = 2;
/** Pictures from one SDT to the next: 1.6 s, of at most 2 (ETSI TR 101 290 section 5.2.3). */
export const SDT_INTERVAL = 40;
/** Pictures from one PES packet of sound to the next: 120 ms, five frames. */
export const AUDIO_INTERVAL = 3;

const PACKET_BITS = PACKET_LENGTH * 8;
/** Packets a picture for tables and sound, at most and in the mean. */
export const MOST_EXTRAS = 6;
const MEAN_EXTRAS = 2 / TABLE_INTERVAL + 1 / SDT_INTERVAL + 3 / AUDIO_INTERVAL;
/** A message may be begun though there is little room; it is no longer than this. */
const LONGEST_MESSAGE = 6500;
/** Data may stay a second in the buffers of a decoder (ISO/IEC 13818-1 section 2.4.2.3). */
const MAX_DELAY = 0.9 * TIMESTAMP_RATE;

/**
 * What a slate needs of a stream.
 *
 * @returns `delay`, ticks of 90 kHz from the beginning of a picture's packets to its decoding; `share`, the part of the packets that slate, sound and
 *   tables take
 * @throws TransportStreamError when the rate is too low
 */
export function planTelevision(
  pictures: readonly AccessUnit[],
  tsRate: number,
): { readonly delay: number; readonly share: number } {
  const perPicture = tsRate / PICTURE_RATE / PACKET_BITS;
  const sizes = pictures.map(({ head, slices }) =>
    Math.ceil((PES_HEADER_LENGTH + head.length + slices.length) / PAYLOAD_LENGTH),
  );
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  let backlog = Math.ceil(LONGEST_MESSAGE / PAYLOAD_LENGTH);
  let most = backlog;
  for (const size of [...sizes, ...sizes]) {
    backlog += size;
    most = Math.max(most, backlog);
    backlog = Math.max(0, backlog - Math.max(0, perPicture - MEAN_EXTRAS));
  }
  const delay = Math.ceil((most + MOST_EXTRAS) / perPicture + 2) * PICTURE_TIME;
  const share = (mean + MEAN_EXTRAS) / perPicture;
  if (!Number.isSafeInteger(tsRate) || !(share < 1) || perPicture < 2 * MOST_EXTRAS || delay > MAX_DELAY) {
    const needed = Math.max(mean + MEAN_EXTRAS, 2 * MOST_EXTRAS) * PICTURE_RATE * PACKET_BITS;
    throw new TransportStreamError(
      `A television service of ${tsRate} bit/s is too slow for its slate: a picture of it has up to ${Math.max(...sizes)} packets of 188 bytes. Give a --ts-rate above ${Math.ceil((1.2 * needed) / 1000)}k, or a simpler --slate.`,
    );
  }
  return { delay, share };
}

/** Bytes of a message besides its datagram: start code, NAL unit or segment, UUID, header, CRC_32, a little emulation prevention. */
const MESSAGE_COST = 44;
/** Packets a picture for PCRs and for the ends of PES packets. */
const ENDS = 1;
/**
 * Bits a second of datagrams that a television service carries.
 *
 * @param datagramBytes bytes of a datagram, for most of them
 * @throws TransportStreamError when the rate is too low for the slate
 */
export function datagramRate({ pictures }: Slate, tsRate: number, datagramBytes: number): number {
  const { share } = planTelevision(pictures, tsRate);
  const packets = (tsRate / PACKET_BITS) * (1 - share) - ENDS * PICTURE_RATE;
  const messages = (packets * PAYLOAD_LENGTH) / (datagramBytes + MESSAGE_COST);
  return Math.floor(messages * datagramBytes * 8 * PROMISED_SHARE);
}
