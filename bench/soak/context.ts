import { join } from 'node:path';
import { type Actor, type ActorOptions, createActor } from './actor.js';
import { createLedger, type Ledger } from './ledger.js';

/** What all parts of a soak share. */
export interface SoakContext {
  /** Directory for everything. */
  readonly work: string;
  readonly ledger: Ledger;
  /** Aborted when a process has ended that should not, or the soak is stopped: nothing will arrive any more. */
  readonly broken: AbortSignal;
  /** Seconds since the beginning. */
  now(): number;
  /** A process reports what is no failure by itself. */
  problem(who: string, message: string): void;
  /** How often each problem was reported. */
  readonly problems: ReadonlyMap<string, number>;
  /** Makes an actor, which is killed at the end of the soak if not before. */
  cast(part: Omit<ActorOptions, 'log' | 'onEnd'>): Actor;
  readonly actors: readonly Actor[];
}

export function createContext(
  work: string,
  stop: AbortSignal,
  onProgress: (sentence: string) => void,
): SoakContext {
  const began = performance.now();
  const now = () => (performance.now() - began) / 1000;
  const ledger = createLedger((sentence) => onProgress(`FAILED: ${sentence}`));
  const broken = new AbortController();
  const problems = new Map<string, number>();
  const actors: Actor[] = [];
  return {
    work,
    ledger,
    now,
    problems,
    actors,
    broken: AbortSignal.any([broken.signal, stop]),
    problem(who, message) {
      const text = `${who}: ${message}`;
      problems.set(text, (problems.get(text) ?? 0) + 1);
    },
    cast(part) {
      const actor = createActor({
        ...part,
        log: join(work, `${part.name.replaceAll(' ', '-')}.log`),
        onEnd(sentence) {
          ledger.fail(sentence);
          broken.abort();
        },
      });
      actors.push(actor);
      return actor;
    },
  };
}
