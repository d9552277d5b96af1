import { interleave } from './interleave.js';
import { type Span, takeTurns } from './turns.js';

/** A symbol in its turn. */
export interface SymbolInTurn {
  /** Index of the object. */
  readonly object: number;
  readonly kind: 'source' | 'repair';
  /** Index of the block. */
  readonly block: number;
  /** Of the symbol among those of its lane. */
  readonly index: number;
}

/** Symbols of each block of an object but for those of repetitions. */
export interface SymbolCounts {
  readonly source: readonly number[];
  readonly repair: readonly number[];
}

/**
 * `sequence`: part after part as they matter, so that whoever hears a share of it can read about that share.
 * `mixed`: all parts but the front take turns, so that everything is complete at the same time.
 */
export type Order = 'sequence' | 'mixed';

/** What is sent again and again in a recording, so that whoever begins later need not wait for it. */
export interface Repetition {
  /** Indices of objects: the index and the front. */
  readonly objects: readonly number[];
  /** How often they are sent after the first time. */
  readonly times: number;
  /** Repair symbols of each block that one repetition has, by object in the order of `objects`. */
  readonly symbols: readonly number[];
}

export interface OrderOptions {
  readonly order: Order;
  /** How many objects from the first on, the index and the front, are sent before all others. */
  readonly first: number;
  readonly repetition: Repetition;
}

/** Parts that are sent at a time in sequence: more of them share a fade, fewer of them are cut off where a recording ends. */
const PARTS_AT_A_TIME = 3;

/**
 * The symbols of all objects in the order to send them: those of the index and the front, then those of the other
 * parts; of each object source symbols before repair symbols, blocks in turn. Index and front come again, evenly
 * spread over the others, with repair symbols that were not sent before.
 *
 * @param objects the index first, then the parts in the order in which they matter
 */
export function* symbolsInOrder(
  objects: readonly SymbolCounts[],
  { order, first, repetition }: OrderOptions,
): Generator<SymbolInTurn> {
  const counts = objects.map(({ source, repair }) => sum(source) + sum(repair));
  const firstCount = sum(counts.slice(0, first));
  const otherCount = sum(counts) - firstCount;
  const symbols = objects.map(symbolsOf);
  let sent = 0;
  let repeated = 0;
  for (const object of takeTurns(spansOf(counts, first, order))) {
    yield symbols[object]!.next().value!;
    sent++;
    while (
      repeated < repetition.times &&
      (sent - firstCount) * (repetition.times + 1) >= otherCount * (repeated + 1)
    ) {
      yield* repeat(objects, repetition, repeated++);
    }
  }
}

/**
 * When objects are sent, in symbols from the beginning. In sequence each ends where it would if all were sent one after
 * the other, and begins where the second one before it would: so three are sent at a time, and end in their order.
 */
export function spansOf(counts: readonly number[], first: number, order: Order): Span[] {
  const starts = [0];
  for (const count of counts) starts.push(starts.at(-1)! + count);
  const total = starts.at(-1)!;
  return counts.map((count, i) => {
    if (i >= first && order === 'mixed') return { from: starts[first]!, to: total, count };
    const from = starts[Math.max(0, i + 1 - PARTS_AT_A_TIME)]!;
    return { from: i < first ? from : Math.max(from, starts[first]!), to: starts[i + 1]!, count };
  });
}

function* symbolsOf({ source, repair }: SymbolCounts, object: number): Generator<SymbolInTurn, undefined> {
  for (const { lane: block, index } of interleave(source)) yield { object, kind: 'source', block, index };
  for (const { lane: block, index } of interleave(repair)) yield { object, kind: 'repair', block, index };
}

/** @param time how often they were repeated before */
function* repeat(
  objects: readonly SymbolCounts[],
  { objects: repeated, symbols }: Repetition,
  time: number,
): Generator<SymbolInTurn> {
  const blocks = repeated.flatMap((object, i) =>
    objects[object]!.repair.map((before, block) => ({ object, block, before, count: symbols[i]! })),
  );
  for (const { lane, index } of interleave(blocks.map(({ count }) => count))) {
    const { object, block, before, count } = blocks[lane]!;
    yield { object, kind: 'repair', block, index: before + time * count + index };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
