/**
 * Baseband frames of DVB-S2 (ETSI EN 302 307-1 section 5.1): a frame that cannot be decoded takes all transport stream packets
 * in it, and so all datagrams of which a byte lies in them. Frames are lost independently of each other.
 */

import { binomial } from '../../session/repair.js';
import { known, PlanError } from '../question/error.js';
import type { FrameModel } from '../question/model.js';
import type { Effort } from './effort.js';
import { MPE_OVERHEAD, TS_PAYLOAD } from './sections.js';

/** How datagrams lie in frames. */
export interface Frames {
  readonly loss: number;
  /** Datagrams by frame. */
  readonly perFrame: number;
  /** Datagrams that a lost frame takes on average: those that begin or end in it, too. */
  readonly taken: number;
}

/** @throws PlanError when the carrier has no room for the datagrams */
export function framesOf(
  { loss, packetsPerFrame, packetsPerSecond }: FrameModel,
  { datagramSeconds, datagramLength }: { readonly datagramSeconds: number; readonly datagramLength: number },
): Frames {
  const packets = (datagramLength + MPE_OVERHEAD) / TS_PAYLOAD;
  const share = packetsPerSecond === undefined ? 1 : packets / datagramSeconds / packetsPerSecond;
  if (share > 1) {
    throw new PlanError(
      `The carrier has ${Math.round(packetsPerSecond!)} transport stream packets in a second, and the datagrams need ` +
        `${Math.ceil(share * packetsPerSecond!)}: give a lower rate, or a carrier with a higher symbol rate.`,
    );
  }
  const perFrame = (packetsPerFrame * share) / packets;
  // A datagram lies in one packet more than it fills, and a packet may lie in two frames. Neighbours share one, unless others' lie between.
  const shared = Math.max(0, 1 - (1 / share - 1) / packetsPerFrame);
  const framesOfDatagram = (packets + 1) * (1 + 1 / packetsPerFrame) - packets * shared;
  // What two lost frames share is lost once.
  const lostDatagrams = 1 - (1 - loss) ** framesOfDatagram;
  return { loss, perFrame, taken: (lostDatagrams * perFrame) / loss };
}

/** Symbols in rows of `row`, `distance` datagrams from the beginning of one row to the next. */
export interface Rows {
  readonly row: number;
  readonly distance: number;
}

/**
 * The probability that frames take `allowed` of so many symbols at most. What one frame takes depends on where its edges lie:
 * it has two values here, whose mean is right and which lie as far apart as they can, so that the sum spreads more, not less.
 */
export function framesTakeAtMost(
  { loss, perFrame, taken }: Frames,
  { row, distance }: Rows,
  symbols: number,
  allowed: number,
  effort: Effort,
): number {
  if (allowed < 0) return 0;
  if (allowed >= symbols) return 1;
  const frames = Math.ceil(((symbols / row) * distance) / perFrame);
  const whole = Math.floor(taken / distance);
  const rest = taken - whole * distance;
  const few = whole * row;
  const more = Math.min(row, Math.ceil(rest));
  const share = more === 0 ? 0 : Math.min(1, (rest * row) / distance / more);
  if (few === 0) return binomialAtMost(frames, loss * share, Math.floor(allowed / more), effort);
  const most = Math.min(frames, Math.floor(allowed / few));
  const mean = frames * loss;
  let probability = 0;
  for (let lost = most; lost >= 0; lost--) {
    const chance = binomialMass(frames, loss, lost);
    if (lost < mean && chance < NEGLIGIBLE) break;
    const left = more === 0 ? lost : Math.floor((allowed - lost * few) / more);
    probability += chance * (left >= lost ? 1 : binomialAtMost(lost, share, left, effort));
  }
  effort.spend(most + 1);
  return Math.min(1, known(probability, 'lost frames'));
}

const NEGLIGIBLE = 1e-16;
/** So many deviations from the mean, and nothing is left to sum up. */
const FAR = 9;

function binomialMass(count: number, probability: number, hits: number): number {
  if (probability === 0) return hits === 0 ? 1 : 0;
  if (probability === 1) return hits === count ? 1 : 0;
  return binomial(count, count - hits, probability);
}

/** The probability of `most` hits at most; summed on the side of `most` where less lies. */
function binomialAtMost(count: number, probability: number, most: number, effort: Effort): number {
  if (most >= count || probability === 0) return 1;
  if (probability === 1) return 0;
  const mean = count * probability;
  const deviation = Math.sqrt(mean * (1 - probability));
  if (most > mean + FAR * (deviation + FAR)) return 1;
  if (most < mean - FAR * deviation) return 0;
  const isBelow = most < mean;
  const odds = probability / (1 - probability);
  let hits = isBelow ? most : most + 1;
  let mass = binomialMass(count, probability, hits);
  let sum = 0;
  while (hits >= 0 && hits <= count) {
    sum += mass;
    effort.spend(1);
    if (mass <= sum * Number.EPSILON) break;
    mass *= isBelow ? hits / (count - hits + 1) / odds : ((count - hits) / (hits + 1)) * odds;
    hits += isBelow ? -1 : 1;
  }
  return known(isBelow ? sum : Math.max(0, 1 - sum), 'lost frames');
}
