import { repairSymbols } from '../../session/repair.js';
import { leastWhole } from '../completion/bisect.js';
import { firstReaching } from '../completion/completion.js';
import type { Effort } from '../completion/effort.js';
import { createReception, type Reception } from '../completion/reception.js';
import type { Channel } from '../question/model.js';
import { type Air, type AirCost, airCost, costOf, layoutOf } from './air.js';
import { listenTo } from './listening.js';

/** A transmission to be chosen. */
export interface Search {
  readonly air: Air;
  readonly channel: Channel;
  /** What is computed for it. */
  readonly effort: Effort;
}

/** A number of symbols, and what it gives. */
export interface Choice {
  /** Of the longest block; the others have as much repair at least. */
  readonly symbols: number;
  readonly repairPercent: number;
  readonly cost: AirCost;
  readonly reception: Reception;
  /** That a receiver present from the start completes. */
  readonly probability: number;
}

/** The layout hardly depends on the number of symbols, so few rounds find what fits it. */
const ROUNDS = 5;

/**
 * The fewest symbols with which a receiver completes, or undefined when none are enough within the duration, to within a
 * datagram or two of each block.
 */
export function fewestSymbols(search: Search, confidence: number, duration: number): Choice | undefined {
  const { air, channel, effort } = search;
  const most = mostSymbols(air, duration);
  if (most === 0) return undefined;
  let symbols = air.longest;
  let reception = createReception(channel, layoutOf(air, symbols), effort);
  let choice: Choice | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const completion = (sent: number) =>
      listenTo(channel, reception, sent, airCost(air, sent)).completeBy(Number.POSITIVE_INFINITY);
    const found = firstReaching(completion, confidence, air.longest - 1, most);
    if (found === undefined) return choice;
    const short = outline(search, found);
    const next = short.cost.seconds <= duration ? short : outline(search, found, Math.ceil, 0);
    const isEnough = next.probability >= confidence;
    if (isEnough && (choice === undefined || next.symbols < choice.symbols)) choice = next;
    if (found === symbols) break;
    symbols = found;
    reception = next.reception;
  }
  // Layouts that lie between two numbers: a little more until the promise holds.
  for (let more = 1; choice === undefined && symbols + more <= most; more *= 2) {
    const next = outline(search, symbols + more);
    if (next.probability >= confidence) choice = next;
  }
  return choice;
}

/**
 * The transmission with so many symbols of the longest block or a few more, by a percentage that can be written down.
 *
 * @param slack share of the repair that may be added or left out for a short percentage
 */
export function outline(
  search: Search,
  symbols: number,
  round: (value: number) => number = Math.ceil,
  slack = SLACK,
): Choice {
  const { air, channel, effort } = search;
  const { blocks, sourceSymbols, scheme, parameters } = air.source;
  const percent = repairPercent(air, symbols - air.longest, round, slack);
  const fraction = percent / 100;
  const repair = repairSymbols(blocks, { kind: 'fraction', fraction }, 1, (block) =>
    scheme.maxEsi(parameters, block),
  );
  const total = repair.reduce((sum, count) => sum + count, sourceSymbols);
  const sent = air.longest + Math.min(...repair);
  const cost = costOf(air, total, fraction);
  const reception = createReception(channel, layoutOf(air, sent, cost), effort);
  const probability = listenTo(channel, reception, sent, cost).completeBy(Number.POSITIVE_INFINITY);
  return { symbols: sent, repairPercent: percent, cost, reception, probability };
}

/** The shortest percentage that gives every block `repair` symbols and few of them more. */
function repairPercent(
  { longest, shortest }: Air,
  repair: number,
  round: (value: number) => number,
  slack: number,
): number {
  const exact = (100 * repair) / shortest;
  for (let unit = 1; ; unit *= 10) {
    const percent = round(exact * unit * (1 - 1e-12)) / unit;
    const difference = Math.abs((percent / 100) * longest - repair);
    if (difference <= 1 + repair * slack || unit === MOST_DIGITS) return percent;
  }
}

const SLACK = 0.002;
const MOST_DIGITS = 1e6;

/** Symbols of the longest block that fit into a duration, 0 when the source symbols do not. */
export function mostSymbols(air: Air, duration: number): number {
  const fits = (symbols: number) => airCost(air, symbols).seconds <= duration;
  if (fits(air.maxSymbols)) return air.maxSymbols;
  const most = leastWhole((symbols) => !fits(symbols), air.longest - 1, air.maxSymbols) - 1;
  return most < air.longest ? 0 : most;
}
