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
  const frames = prng.fork('frames');
  let position = prng.below(TS_PAYLOAD);
  /** The last packet that was decided about, and whether it is lost. */
  let packet = -1;
  let isPacketLost = false;
  /** The last frame that was decided about, which two packets may lie in. */
  let frame = -1;
  let isFrameLost = false;

  function decide(next: number): boolean {
    const [first, last] = framesOf(offset + next / share, packetsPerFrame);
    let isLost = first <= frame && isFrameLost;
    // Frames that hold none of these packets do not matter.
    for (let each = Math.max(first, frame + 1); each <= last; each++) {
      isFrameLost = frames.chance(loss);
      isLost ||= isFrameLost;
    }
    frame = last;
    return isLost;
  }

  return ({ length }) => {
    const first = Math.floor(position / TS_PAYLOAD);
    position += length + MPE_OVERHEAD;
    const last = Math.floor((position - 1) / TS_PAYLOAD);
    let isLost = packet === first && isPacketLost;
    while (packet < last) {
      packet = Math.max(packet + 1, first);
      isPacketLost = decide(packet);
      isLost ||= isPacketLost;
    }
    return isLost;
  };
}

/** First and last frame of a packet that begins at a place, which is not a whole number. Where it ends another may begin. */
function framesOf(place: number, packetsPerFrame: number): [number, number] {
  return [Math.floor(place / packetsPerFrame), Math.floor((place + 1 - 1e-9) / packetsPerFrame)];
}

/** Mean loss of datagrams of one length. */
export function meanBasebandFrameLoss(parameters: BasebandFrameParameters, length: number): number {
  requireBasebandFrames(parameters);
  const section = length + MPE_OVERHEAD;
  const fewest = Math.ceil(section / TS_PAYLOAD);
  /** Of the places in a packet where a section may begin, those from which it reaches into one packet more. */
  const longer = (section + TS_PAYLOAD - 1 - fewest * TS_PAYLOAD) / TS_PAYLOAD;
  const intact =
    (1 - longer) * intactPackets(parameters, fewest) + longer * intactPackets(parameters, fewest + 1);
  return 1 - intact;
}

/** The probability that so many packets, one after the other, are received, over all places in a frame where they may begin. */
function intactPackets(
  { loss, packetsPerFrame, share = 1 }: BasebandFrameParameters,
  packets: number,
): number {
  const begins = Array.from({ length: packets }, (_, i) => i / share);
  // Where a packet begins or ends with a frame, the number of frames changes.
  const edges = begins
    .flatMap((begin) => [begin, begin + 1])
    .map((edge) => packetsPerFrame * Math.ceil(edge / packetsPerFrame) - edge);
  const places = [...new Set([0, ...edges, packetsPerFrame])].sort((a, b) => a - b);
  let intact = 0;
  for (let i = 1; i < places.length; i++) {
    const [from, to] = [places[i - 1]!, places[i]!];
    let count = 0;
    let known = -1;
    for (const begin of begins) {
      const [first, last] = framesOf((from + to) / 2 + begin, packetsPerFrame);
      count += last - Math.max(first, known + 1) + 1;
      known = last;
    }
    intact += ((to - from) / packetsPerFrame) * (1 - loss) ** count;
  }
  return intact;
}
