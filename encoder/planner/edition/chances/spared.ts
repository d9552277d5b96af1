/** Channels that spare symbols or take them: fades of rain and lost frames; independent loss meets what they spare. */

import type { Step } from '../../completion/blocks.js';
import { completionSteps } from '../../completion/completion.js';
import type { Effort } from '../../completion/effort.js';
import { framesOf, framesTakeAtMost } from '../../completion/frames.js';
import { completeIfSpared, neededTables } from '../../completion/spared.js';
import type { StructuredModel } from '../../question/model.js';
import { createClearTime } from '../../rain/clear-time.js';
import { type Stream, symbolSpacing } from '../stream.js';
import type { Datagrams, Losses } from './losses.js';

/** The probability that `allowed` of so many symbols of a stream are taken at most. */
export type Spared = (stream: Stream, symbols: number, allowed: number) => number;

/** @returns undefined for other channels */
export function sparedBy(
  structure: StructuredModel,
  datagrams: Datagrams,
  effort: Effort,
): Spared | undefined {
  switch (structure.model) {
    case 'rain-fade': {
      const clearTime = createClearTime(structure, effort);
      return (stream, symbols, allowed) => {
        const { least, mean, row } = symbolSpacing(stream);
        const spare = allowed * least;
        return clearTime(Math.max(0, symbols * mean - spare), { faded: spare, lost: row * least });
      };
    }
    case 'dvb-s2': {
      const frames = framesOf(structure, {
        datagramSeconds: datagrams.seconds,
        datagramLength: datagrams.length,
      });
      return (stream, symbols, allowed) => {
        const { least, row } = symbolSpacing(stream);
        const own = stream.length / datagrams.length;
        const distance = Math.max(row * own, (least * row) / datagrams.seconds);
        return framesTakeAtMost(frames, { row, distance }, symbols, allowed, effort);
      };
    }
    default:
      return undefined;
  }
}

export function sparedLosses(spared: Spared, independentLoss: number): Losses {
  const known = new Map<number, readonly Step[]>();
  const stepsOf = (needed: number) => {
    let steps = known.get(needed);
    if (steps === undefined) {
      steps =
        needed === 0
          ? neededTables(1, independentLoss)
          : completionSteps({ count: 1, sourceSymbols: needed }, independentLoss);
      known.set(needed, steps);
    }
    return steps;
  };
  return {
    isIndependent: false,
    failure(stream, needed, symbols) {
      if (symbols < Math.max(1, needed)) return 1;
      const complete = completeIfSpared(stepsOf(needed), (sent, allowed) => spared(stream, sent, allowed));
      return Math.max(0, 1 - complete(symbols));
    },
  };
}
