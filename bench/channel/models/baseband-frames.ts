import type { Prng } from '../../../fixtures/prng.js';
import { ChannelError, requirePositive, requireProbability } from '../datagram.js';
import type { LossModel } from './loss.js';
import { MPE_OVERHEAD, TS_PAYLOAD } from './recorder.js';

/** A DVB-S2 carrier of which a receiver cannot decode some baseband frames. */
export interface BasebandFrameParameters {
  /** Loss of baseband frames, each by itself, 0 to less than 1. */
  loss: number;
  /** Transport stream packets that a frame carries; not a whole number. */
  packetsPerFrame: number;
  /** Share of the carrier's packets that carry the datagrams, above 0 to 1; 1 by default. */
  share?: number;
}

export function requireBasebandFrames({ loss, packetsPerFrame, share = 1 }: BasebandFrameParameters): void {
  requireProbability('loss of baseband frames', loss);
  if (loss === 1)
    throw new ChannelError('A receiver that decodes no frame receives nothing; give a loss below 1.');
  requirePositive('number of packets of a baseband frame', packetsPerFrame);
  requirePositive('share of the carrier', share);
  requireProbability('share of the carrier', share);
}

/**
 * Sections follow each other in transport stream packets (see `recorder`), packets at even distances on the carrier, and packets
 * follow each other in frames: one may lie in two. A datagram is lost with any frame that holds a byte of its packets.
 */
export function basebandFrames(prng: Prng, parameters: BasebandFrameParameters): LossModel {
  requireBasebandFrames(parameters);
  const { loss, packetsPerFrame, share = 1 } = parameters;
  const offset = prng.uniform() * packetsPerFrame;
  const frameOf = (place: number) => Math.floor((place + offset) / packetsPerFrame);
  const frames = prng.fork('frames');
  let position = prng.below(TS_PAYLOAD);
  /** The last frame that was decided about, and the last one that was lost. */
  let decided = -1;
  let lastLost = Number.NEGATIVE_INFINITY;
  return ({ length }) => {
    const first = frameOf(Math.floor(position / TS_PAYLOAD) / share);
    position += length + MPE_OVERHEAD;
    // Where a packet ends another frame may begin.
    const last = frameOf(Math.floor((position - 1) / TS_PAYLOAD) / share + 1 - 1e-9);
    while (decided < last) {
      decided++;
      if (frames.chance(loss)) lastLost = decided;
    }
    return lastLost >= first;
  };
}

/** Mean loss of datagrams of one length. */
export function meanBasebandFrameLoss(parameters: BasebandFrameParameters, length: number): number {
  requireBasebandFrames(parameters);
  const { loss, packetsPerFrame, share = 1 } = parameters;
  const section = length + MPE_OVERHEAD;
  let intactOfAll = 0;
  for (let offset = 0; offset < TS_PAYLOAD; offset++) {
    const packets = Math.ceil((offset + section) / TS_PAYLOAD);
    // Frames that a stretch of that many packets lies in: two neighbouring numbers, by where it begins.
    const stretch = ((packets - 1) / share + 1) / packetsPerFrame;
    const whole = Math.floor(stretch);
    const rest = stretch - whole;
    intactOfAll += (1 - rest) * (1 - loss) ** (whole + 1) + rest * (1 - loss) ** (whole + 2);
  }
  return 1 - intactOfAll / TS_PAYLOAD;
}
