import type { Prng } from '../../../fixtures/prng.js';
import {
  ChannelError,
  requireNotNegative,
  requirePositive,
  requireProbability,
  requireTime,
} from '../datagram.js';
import { type GilbertElliottParameters, gilbertParameters } from './gilbert-elliott.js';
import type { LossModel } from './loss.js';

/** A recording of a transport stream by a set-top box. */
export interface RecorderParameters {
  /** Mean loss of transport stream packets, 0 to less than 1. */
  loss: number;
  /** Mean number of transport stream packets lost in a row; by default they are lost independently. */
  burst?: number;
  /** What is missing at the beginning, seconds; 0 by default. */
  startSeconds?: number;
  /** What is missing at the end, seconds; 0 by default. */
  endSeconds?: number;
  /** Time for which the recorder was set, from 0 on, seconds; nothing is recorded afterwards. Endless by default. */
  durationSeconds?: number;
}

/** Payload bytes of a transport stream packet, ISO/IEC 13818-1 section 2.4.3. */
export const TS_PAYLOAD = 184;
/**
 * Bytes that multiprotocol encapsulation puts around a UDP payload: UDP (8) and IPv4 (20) headers, datagram_section
 * header (12) and CRC-32 (4), EN 301 192 section 7, and one pointer_field for each section.
 */
export const MPE_OVERHEAD = 8 + 20 + 12 + 4 + 1;

export function requireRecorder(parameters: RecorderParameters): void {
  const { startSeconds = 0, endSeconds = 0, durationSeconds } = parameters;
  packetLoss(parameters);
  requireNotNegative('time missing at the beginning in seconds', startSeconds);
  requireNotNegative('time missing at the end in seconds', endSeconds);
  if (durationSeconds !== undefined) requirePositive('length of the recording in seconds', durationSeconds);
  if (endSeconds > 0 && durationSeconds === undefined) {
    throw new ChannelError(
      'A recording without a length has no end; give durationSeconds beside endSeconds.',
    );
  }
  if (durationSeconds !== undefined && startSeconds + endSeconds > durationSeconds) {
    throw new ChannelError(
      `Beginning and end, ${startSeconds + endSeconds} seconds, are longer than the recording of ${durationSeconds} seconds.`,
    );
  }
}

function packetLoss({ loss, burst }: RecorderParameters): GilbertElliottParameters {
  requireProbability('loss of transport stream packets', loss);
  if (loss === 1)
    throw new ChannelError('A recorder that loses every packet records nothing; give a loss below 1.');
  return gilbertParameters(loss, burst ?? 1 / (1 - loss));
}

/**
 * Sections follow each other without stuffing: neighbouring datagrams share transport stream packets, and both are
 * lost with a packet that they share.
 */
export function recorder(prng: Prng, parameters: RecorderParameters): LossModel {
  requireRecorder(parameters);
  const { startSeconds = 0, endSeconds = 0, durationSeconds = Number.POSITIVE_INFINITY } = parameters;
  const endsAt = durationSeconds - endSeconds;
  const isTimed = startSeconds > 0 || endsAt < Number.POSITIVE_INFINITY;
  const isPacketLost = lostPackets(prng, packetLoss(parameters));
  let position = prng.below(TS_PAYLOAD);
  return (datagram) => {
    const first = Math.floor(position / TS_PAYLOAD);
    position += datagram.length + MPE_OVERHEAD;
    const isDamaged = isPacketLost(first, Math.floor((position - 1) / TS_PAYLOAD));
    if (!isTimed) return isDamaged;
    const seconds = requireTime(datagram);
    return isDamaged || seconds < startSeconds || seconds >= endsAt;
  };
}

/**
 * Gilbert loss of numbered packets, drawn run by run: asks whether any packet from `first` to `last` is lost, both
 * included; `first` never decreases.
 */
function lostPackets(
  prng: Prng,
  { goodToBad, badToGood }: GilbertElliottParameters,
): (first: number, last: number) => boolean {
  if (goodToBad === 0) return () => false;
  const received = () => prng.geometric(1 / goodToBad);
  const startsLost = prng.uniform() * (goodToBad + badToGood) < goodToBad;
  let from = startsLost ? 0 : received();
  let to = from + prng.geometric(1 / badToGood);
  return (first, last) => {
    while (to <= first) {
      from = to + received();
      to = from + prng.geometric(1 / badToGood);
    }
    return from <= last;
  };
}

/** Mean loss of datagrams of one length, sent evenly over the whole recording. */
export function meanRecorderLoss(parameters: RecorderParameters, length: number): number {
  requireRecorder(parameters);
  const { startSeconds = 0, endSeconds = 0, durationSeconds = Number.POSITIVE_INFINITY } = parameters;
  const { goodToBad } = packetLoss(parameters);
  const recorded =
    durationSeconds === Number.POSITIVE_INFINITY
      ? 1
      : (durationSeconds - startSeconds - endSeconds) / durationSeconds;
  // The offset in its first packet runs through every value that `section` reaches; over random starts all are alike.
  const section = length + MPE_OVERHEAD;
  let intactOfAll = 0;
  for (let offset = 0; offset < TS_PAYLOAD; offset++) {
    const packets = Math.ceil((offset + section) / TS_PAYLOAD);
    intactOfAll += (1 - parameters.loss) * (1 - goodToBad) ** (packets - 1);
  }
  // divided last: a sum of rounded shares may be more than 1
  return 1 - recorded * (intactOfAll / TS_PAYLOAD);
}
