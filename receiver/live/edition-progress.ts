import { printable } from '../../codecs/text.js';
import { isUnfinished } from '../engine/objects/reception.js';
import type { ObjectStatus } from '../engine/receiver.js';
import type { EditionName, EditionProgress } from './events.js';

/** Measures how fast editions come in. */
export interface ProgressMeter {
  /** Editions on their way. To be called regularly. */
  sample(objects: readonly ObjectStatus[], now: number): EditionProgress[];
}

/** The rate is a mean in which what is older than this many milliseconds counts little. */
const MEMORY = 10_000;

export function createProgressMeter(): ProgressMeter {
  let known = new Map<string, { received: number; at: number; rate: number }>();
  return {
    sample(objects, now) {
      const next: typeof known = new Map();
      const progress: EditionProgress[] = [];
      for (const { object, state, blocks } of objects) {
        if (!isUnfinished({ state }) || object.edition === undefined) continue;
        const needed = object.sourceSymbols;
        const received = blocks.reduce(
          (sum, block) => sum + Math.min(block.received, block.sourceSymbols),
          0,
        );
        const before = known.get(object.id) ?? { received, at: now, rate: 0 };
        const elapsed = now - before.at;
        const bits = Math.max(0, received - before.received) * object.symbolSize * 8;
        const weight = Math.exp(-elapsed / MEMORY);
        const rate = elapsed <= 0 ? before.rate : mean(before.rate, (1000 * bits) / elapsed, weight);
        next.set(object.id, { received, at: now, rate });
        const bitsLeft = (needed - received) * object.symbolSize * 8;
        const secondsLeft = rate < 1 ? undefined : bitsLeft / rate;
        progress.push({ ...editionName(object), received, needed, rate, secondsLeft });
      }
      known = next;
      return progress;
    },
  };
}

/** The first measurement counts in full. */
function mean(before: number, now: number, weight: number): number {
  return before === 0 ? now : weight * before + (1 - weight) * now;
}

export function editionName({ edition }: ObjectStatus['object']): EditionName {
  const { publisher, name, sequence } = edition!;
  return { publisher, bundle: printable(name), sequence };
}
