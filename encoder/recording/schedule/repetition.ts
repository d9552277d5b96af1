import { symbolPacketBytes } from '../../session/object-coding.js';
import { symbolsToSend } from '../../session/repair.js';
import type { Session } from '../../session/session.js';
import type { RecordedObject } from '../recorded-object.js';
import type { Repetition } from './order.js';

/** Seconds after which index and front come again, unless that would take more than their share of the airtime. */
const INTERVAL = 30;
/** Share of the airtime that repetitions take at most. */
const MAX_SHARE = 0.03;
/** The chance that one repetition does not suffice at the loss that the repair is made for. */
const MISS_PROBABILITY = 0.01;
/** Loss that a repetition is made for at least. */
const LEAST_LOSS = 0.05;

/**
 * How often the index and the front are sent again during a recording. A front that is too large for its share leaves
 * it to the index alone.
 *
 * @param objects the index first, then the front, then the others
 * @param rate bits per second of IP packets
 */
export function chooseRepetition(
  objects: readonly RecordedObject[],
  session: Session,
  rate: number,
): Repetition {
  const isCoded = objects[0]!.coding.goal !== undefined;
  if (!isCoded) return { objects: [], symbols: [], times: 0 };
  const bytesOf = ({ coding }: RecordedObject, symbols: number) =>
    symbols * symbolPacketBytes(coding, session);
  const all = objects.reduce(
    (sum, object) => sum + bytesOf(object, object.coding.sourceSymbols + object.coding.repairSymbols),
    0,
  );
  const most = (8 * all) / rate / INTERVAL;
  const chosen = (indices: readonly number[]): Repetition => {
    const symbols = indices.map((index) => symbolsOfEachBlock(objects[index]!));
    const once = indices.reduce(
      (sum, index, i) => sum + bytesOf(objects[index]!, symbols[i]! * objects[index]!.coding.blocks.length),
      0,
    );
    return { objects: indices, symbols, times: Math.floor(Math.min(most, (all * MAX_SHARE) / once)) };
  };
  const withFront = chosen(
    objects.flatMap(({ kind }, index) => (kind === 'index' || kind === 'front' ? [index] : [])),
  );
  return withFront.times >= 1 || most < 1 ? withFront : chosen([0]);
}

/** Symbols that one repetition has of each block. */
function symbolsOfEachBlock({ coding: { blocks, designLoss } }: RecordedObject): number {
  const longest = Math.max(...blocks.map(({ sourceSymbols }) => sourceSymbols));
  return symbolsToSend(longest, Math.max(designLoss, LEAST_LOSS), MISS_PROBABILITY / blocks.length);
}

/** Repair symbols that each block of an object has in all repetitions. */
export function repeatedSymbols({ objects, symbols, times }: Repetition, object: number): number {
  return times * (symbols[objects.indexOf(object)] ?? 0);
}
