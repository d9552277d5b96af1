import { printable } from '../../codecs/text.js';
import type { EditionStatus } from '../engine/room/status.js';
import { describeBundleState } from '../files/bundle-state.js';
import type { OutputDirectory, StandingBundle } from '../files/output-directory.js';
import type { EditionName, EditionProgress } from './events.js';

/** Measures how fast editions come in. */
export interface ProgressMeter {
  /** Editions that are not complete. To be called regularly. */
  sample(editions: readonly EditionStatus[], now: number): EditionProgress[];
}

/** The rate is a mean in which what is older than this many milliseconds counts little. */
const MEMORY = 30_000;
/** Milliseconds of which the rate is known before it says when an edition will be complete. */
const SHORTEST = 4_000;

interface Measured {
  readonly sequence: number;
  /** Bytes of parts as they are sent. */
  readonly received: number;
  readonly at: number;
  /** Bytes that came in lately, and the milliseconds they took. */
  readonly bytes: number;
  readonly elapsed: number;
}

export function createProgressMeter(output: Pick<OutputDirectory, 'state'>): ProgressMeter {
  let known = new Map<string, Measured>();
  return {
    sample(editions, now) {
      const next: typeof known = new Map();
      const progress: EditionProgress[] = [];
      for (const status of editions) {
        const { edition } = status;
        const state = output.state(edition);
        // one that was refused, or is not written yet, is told of elsewhere
        if (state?.sequence !== edition.sequence || state.isComplete) continue;
        const key = `${edition.publisher} ${edition.name}`;
        const { received, needed } = countBytes(status);
        const measured = measure(known.get(key), { sequence: edition.sequence, received, at: now });
        next.set(key, measured);
        progress.push(progressOf(state, measured, needed));
      }
      known = next;
      return progress;
    },
  };
}

/** Of parts that the limits allow, as they are sent. */
function countBytes({ parts }: EditionStatus): { received: number; needed: number } {
  let [received, needed] = [0, 0];
  for (const each of parts) {
    if (each.state === 'refused') continue;
    needed += each.part.bytes;
    if (each.state === 'complete' || each.state === 'held') received += each.part.bytes;
    else if (each.sourceSymbols) received += (each.part.bytes * each.received) / each.sourceSymbols;
  }
  return { received: Math.round(received), needed };
}

function measure(
  before: Measured | undefined,
  now: Pick<Measured, 'sequence' | 'received' | 'at'>,
): Measured {
  if (before === undefined) return { ...now, bytes: 0, elapsed: 0 };
  const elapsed = Math.max(0, now.at - before.at);
  const weight = Math.exp(-elapsed / MEMORY);
  // another edition begins with other bytes
  const bytes = now.sequence === before.sequence ? Math.max(0, now.received - before.received) : 0;
  return { ...now, bytes: weight * before.bytes + bytes, elapsed: weight * before.elapsed + elapsed };
}

function progressOf(
  state: StandingBundle,
  { received, bytes, elapsed }: Measured,
  needed: number,
): EditionProgress {
  const rate = elapsed > 0 ? (8000 * bytes) / elapsed : 0;
  const isKnown = rate >= 1 && elapsed >= SHORTEST && received < needed;
  return {
    ...editionName(state),
    state: describeBundleState(state),
    parts: { there: state.parts.filter((part) => part.state === 'there').length, of: state.parts.length },
    files: state.files,
    bytes: state.bytes,
    receivedBytes: received,
    neededBytes: needed,
    rate,
    secondsLeft: isKnown ? (8 * (needed - received)) / rate : undefined,
  };
}

export function editionName(edition: {
  readonly publisher: string;
  readonly name: string;
  readonly sequence: number;
}): EditionName {
  const { publisher, name, sequence } = edition;
  return { publisher, bundle: printable(name), sequence };
}
