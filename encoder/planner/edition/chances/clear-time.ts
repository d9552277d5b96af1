/**
 * Parts that take turns see the same fades: what one of them is missing, all are. So the time that no fade touches decides for
 * all of them at once, where the product over the parts would count each fade many times.
 */

import { counted } from '../../completion/chernoff.js';
import type { Effort } from '../../completion/effort.js';
import { logTotal, power } from '../../completion/matrix.js';
import { isHarmless, sampling } from '../../completion/reception.js';
import { symbolChain } from '../../completion/two-state.js';
import { type ChainModel, type Channel, isChain } from '../../question/model.js';
import type { Airing, Reception } from '../airing.js';
import type { EditionAir } from '../recording.js';
import { symbolsHeard } from '../stream.js';
import { createLosses, leastBound } from './failure.js';
import type { Datagrams, Losses } from './losses.js';

/** Rounds in which a pass is looked at. */
const ROUNDS = 64;
/** Probabilities that so many rounds suffice, between which they are looked at. */
const LEAST = 0.1;
const ENOUGH = 1 - 1e-6;
/** More passes are not looked at. */
const MOST_PASSES = 64;
const BOUND_STEPS = 3000;

/**
 * The probability, at least, that all objects are rebuilt, by the rounds of a pass that no fade touches; undefined where
 * there is no channel with memory. Index, front and tables, which come by themselves, by their product as ever.
 *
 * @param airings that are sent all through a pass, but for those with a repetition
 * @param known losses of the channel, and what is known of objects
 */
export function byClearTime(
  airings: readonly Airing[],
  air: EditionAir,
  channel: Channel,
  known: { readonly losses: Losses; receptionOf(airings: readonly Airing[]): Reception },
  effort: Effort,
): Reception | undefined {
  const { losses, receptionOf } = known;
  const { structure, independentLoss } = channel;
  // The index and a front without repetition are over before all others begin.
  const isMass = ({ repetition, stream }: Airing) =>
    repetition === undefined && stream!.to > air.period * (1 - ROUNDING);
  const mass = airings.filter(isMass);
  if (structure === undefined || isHarmless(structure) || mass.length === 0 || !isChain(structure)) {
    return undefined;
  }
  const rows = mass.map(({ stream }) => (air.period * stream!.row) / stream!.count);
  const round = Math.max(air.period / ROUNDS, ...rows);
  const clear = createLosses({ independentLoss, structure: undefined }, air.datagrams, effort);
  const shares = mass.map(({ blocks, stream }) => {
    return {
      blocks,
      stream: stream!,
      symbols: symbolsHeard({ ...stream!, from: 0, to: air.period }, 0, round),
    };
  });
  const steps: { readonly needed: number; readonly probability: number }[] = [];
  const least = Math.max(...shares.map(({ blocks, symbols }) => blocks.sourceSymbols / symbols));
  for (let needed = Math.ceil(least / (1 - independentLoss)); needed < MOST_PASSES * ROUNDS; needed++) {
    let probability = 1;
    for (const { blocks, stream, symbols } of shares) {
      probability *= (1 - clear.failure(stream, blocks.sourceSymbols, needed * symbols)) ** blocks.count;
      if (probability === 0) break;
    }
    if (probability > LEAST) steps.push({ needed, probability });
    if (probability > ENOUGH) break;
  }
  const failure = clearRounds(structure, round, air.datagrams, effort);
  const repeated = receptionOf(airings.filter((airing) => !isMass(airing)));
  const tablesOf = new Map(mass.map(({ table, tableSymbols }) => [table, tableSymbols]));
  const tables = [...tablesOf].map(([table, tableSymbols]) => {
    const announces = mass.filter((airing) => airing.table === table).length;
    const heardBefore = new Map<number, number>();
    return (begin: number, end: number) => {
      const heard = symbolsHeard(table, begin, end);
      const all =
        heardBefore.get(heard) ??
        (1 - losses.failure(table, tableSymbols === 1 ? 0 : tableSymbols, heard)) ** announces;
      heardBefore.set(heard, all);
      return all;
    };
  });
  const inRoundsBefore = new Map<number, number>();
  const inRounds = (rounds: number) => {
    const best =
      inRoundsBefore.get(rounds) ??
      Math.max(0, ...steps.map(({ probability, needed }) => probability * (1 - failure(needed, rounds))));
    inRoundsBefore.set(rounds, best);
    return best;
  };
  return (begin, end) => {
    // What turns before all others is over at its own time; streams begin behind it.
    const from = Math.max(0, Math.min(...mass.map(({ stream }) => stream!.from)));
    const sent = air.dueAt(end) - Math.max((air.dueFrom ?? air.dueAt)(begin), begin < 0 ? from : 0);
    const best = inRounds(Math.max(0, Math.floor(sent / round + ROUNDING)));
    return best === 0
      ? 0
      : tables.reduce((all, heard) => all * heard(begin, end), best * repeated(begin, end));
  };
}

const ROUNDING = 1e-9;

/** At most the probability that fewer than `needed` of so many rounds are clear. */
function clearRounds(structure: ChainModel, round: number, datagrams: Datagrams, effort: Effort) {
  const { channel: states, perDatagram } = sampling(structure, {
    datagramSeconds: datagrams.seconds,
    datagramLength: datagrams.length,
  });
  const units = (round / datagrams.seconds) * perDatagram;
  const chain = symbolChain(states, perDatagram, Math.max(0, units - perDatagram), 0);
  return (needed: number, rounds: number) => {
    if (rounds < needed) return 1;
    effort.spend(BOUND_STEPS);
    return leastBound((w) => logTotal(chain.start, power(counted(chain, w), rounds)), needed);
  };
}
