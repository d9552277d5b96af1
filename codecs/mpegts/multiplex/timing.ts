import { PACKET_LENGTH } from '../format.js';

/** Blocks of 40 ms a second. */
export const BLOCK_RATE = 25;
const BLOCK_MILLISECONDS = 1000 / BLOCK_RATE;
const PACKET_BITS = PACKET_LENGTH * 8;
/** Of the rate of datagrams that is computed for a stream this much is promised. */
export const PROMISED_SHARE = 0.98;
/** So many blocks are a whole number of rounds of PTS and PCR, 33 bits of 90 kHz: 2^33 * 225 ticks, 248 days. */
const BLOCKS_IN_A_ROUND = 2 ** 29;

/** Transport packets before a block, the first one being 0. */
export function packetsBefore(block: number, tsRate: number): number {
  const seconds = Math.floor(block / BLOCK_RATE);
  const rest = ((block - seconds * BLOCK_RATE) * tsRate) / BLOCK_RATE;
  return Math.floor((seconds * tsRate + rest) / PACKET_BITS);
}

/**
 * The block that a live stream begins with, by the time of day: after a restart the clock of its programmes has gone on as if the
 * stream had never been away.
 *
 * @param unix Unix time in milliseconds
 */
export function blockAt(unix: number): number {
  return Math.floor(unix / BLOCK_MILLISECONDS) % BLOCKS_IN_A_ROUND;
}
