import type { AirBlock, AirPart } from '../carousel/air-part.js';
import type { Flow } from './flow.js';
import { FRONT_SHARE, type Intervals, soonest } from './intervals.js';

/** Symbols of an index or a front that are sent in one go. */
export interface Repetition {
  readonly flow: Flow;
  readonly part: AirPart;
  readonly block: AirBlock;
  left: number;
}

/** True when the index of the edition was never sent. */
export function isIndexNew({ edition, due }: Flow): boolean {
  return edition !== undefined && due.index === Number.NEGATIVE_INFINITY;
}

/** What is due of a bundle: its index, then its front unless the passes bring it as often. */
export function dueRepetitions(flow: Flow, now: number, intervals: Intervals): Repetition[] {
  const { due, edition, settings } = flow;
  const found: Repetition[] = [];
  if (edition !== undefined && due.index <= now) {
    // At first it is sent so that hardly anybody misses it.
    const isFirst = isIndexNew(flow);
    due.index = now + Math.max(soonest(settings.frontInterval), intervals.indexes);
    const { indexPart } = edition;
    for (const block of indexPart.blocks) {
      found.push({ flow, part: indexPart, block, left: isFirst ? block.symbols : block.repetition });
    }
  }
  // A front that takes so long would keep all else waiting: the passes bring it.
  if (due.front > now || intervals.fronts * FRONT_SHARE > settings.frontInterval) return found;
  const front = flow.parts.filter(({ kind }) => kind === 'front');
  due.front = now + Math.max(soonest(settings.frontInterval), intervals.fronts);
  for (const part of front) {
    for (const block of part.blocks) {
      const isSent = block.sinceRepetition >= block.repetition;
      block.sinceRepetition = 0;
      if (!isSent && !part.isNew) found.push({ flow, part, block, left: block.repetition });
    }
  }
  return found;
}
