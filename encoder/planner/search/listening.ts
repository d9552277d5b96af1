import { cutSeconds, type Reception } from '../completion/reception.js';
import { known } from '../question/error.js';
import type { Channel } from '../question/model.js';
import type { AirCost } from './air.js';

/** What receivers of one transmission get, as time goes on; times in seconds. */
export interface Listening {
  readonly airtime: number;
  /** Of the longest block. */
  readonly symbols: number;
  /** A receiver present from the start has completed by then; the transmission has its end. */
  completeBy(time: number): number;
  /** A receiver that joins at any moment has completed after so long, while the sender goes on with fresh symbols. */
  completeAfter(time: number): number;
  /** Time that is missing at the end of the transmission, beyond what `completeAfter` leaves out. */
  readonly missingAtEnd: number;
  /** The same as `completeBy` when the sender goes on with fresh symbols until then. */
  carriedOn(time: number): number;
}

/** @param symbols of the longest block */
export function listenTo(
  channel: Channel,
  reception: Reception,
  symbols: number,
  { seconds, tables }: AirCost,
): Listening {
  const window = (from: number, to: number) => {
    const share = Math.max(0, to - from) / seconds;
    // The first datagram of the table opens the transmission, the last one closes it.
    const tablesHeard =
      from > 0 ? Math.floor(share * (tables - 1)) : 1 + Math.floor(share * (tables - 1) + ROUNDING);
    return reception(Math.floor(share * symbols + ROUNDING), tablesHeard);
  };
  const cut = cutSeconds(channel, seconds);
  const always = cutSeconds(channel, 0);
  return {
    airtime: seconds,
    symbols,
    completeBy: (time) => window(cut.start, Math.min(time, seconds - cut.end)),
    completeAfter: (time) => {
      // A recorder misses what it misses whenever it is switched on.
      const share = Math.max(0, time - always.start - always.end) / seconds;
      return reception(Math.floor(share * symbols + ROUNDING), Math.floor(share * (tables - 1) + ROUNDING));
    },
    missingAtEnd: cut.end - always.end,
    carriedOn: (time) => window(cut.start, time - cutSeconds(channel, time).end),
  };
}

/** A share of a whole number may come out a little below it. */
const ROUNDING = 1e-9;
/** Points at which a distribution is summed up. */
const POINTS = 500;

/** Of fewer receivers there is nothing to say. */
const LEAST_COMPLETE = 1e-6;

/** Mean time to completion of the receivers present from the start that complete by the end. */
export function timeFromStart(listening: Listening, sourceSymbols: number): number | undefined {
  const { airtime, completeBy } = listening;
  const all = completeBy(airtime);
  if (all < LEAST_COMPLETE) return undefined;
  const earliest = (airtime * sourceSymbols) / listening.symbols;
  return earliest + integrate((time) => 1 - completeBy(time) / all, Math.min(earliest, airtime), airtime);
}

/** The share of receivers that join at a random moment of the transmission and complete by its end. */
export function joinedInTime(
  { airtime, missingAtEnd, symbols, completeAfter }: Listening,
  sourceSymbols: number,
) {
  const earliest = (airtime * sourceSymbols) / symbols;
  const longest = airtime - missingAtEnd;
  return longest <= earliest ? 0 : integrate(completeAfter, earliest, longest) / airtime;
}

/** The time is summed up until so few are incomplete. */
const NEGLIGIBLE = 1e-5;
/** Longer than so many transmissions is not looked at, nor than so many symbols of a block if these are more. */
const MOST_TRANSMISSIONS = 64;
const MANY_SYMBOLS = 2 ** 20;
/** More symbols than a block can have are not looked at either. */
const MOST_SYMBOLS = 2 ** 24;

/** Mean time from joining to completion while the sender goes on, or undefined beyond reckoning. */
export function timeFromJoining({ airtime, symbols, completeAfter }: Listening, sourceSymbols: number) {
  const incomplete = (time: number) => 1 - completeAfter(time);
  const transmissions = Math.max(MOST_TRANSMISSIONS, MANY_SYMBOLS / symbols);
  const longest = airtime * Math.min(transmissions, MOST_SYMBOLS / symbols);
  let from = (airtime * sourceSymbols) / symbols;
  let mean = from;
  for (let to = Math.max(airtime, 1.05 * from); ; to *= 1.5) {
    mean += integrate(incomplete, from, to);
    from = to;
    if (incomplete(to) < NEGLIGIBLE) return mean;
    if (!(to <= longest)) return undefined;
  }
}

/** Trapezoidal rule. */
function integrate(value: (x: number) => number, from: number, to: number): number {
  const step = (to - from) / POINTS;
  let sum = (value(from) + value(to)) / 2;
  for (let point = 1; point < POINTS; point++) sum += value(from + point * step);
  return known(sum * step, 'a mean');
}
