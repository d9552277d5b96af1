import { join } from 'node:path';
import { type ChildProgram, type ChildProgramOptions, createChildProgram } from './child-program.js';
import { createEditionRecords, type EditionRecords } from './edition-records.js';
import { createStandingFiles, type StandingFiles } from './standing/standing-files.js';

/** What all parts of a soak share. */
export interface SoakContext {
  /** Directory for everything. */
  readonly work: string;
  readonly records: EditionRecords;
  readonly standing: StandingFiles;
  /** Aborted when a process has ended that should not, or the soak is stopped: nothing will arrive any more. */
  readonly broken: AbortSignal;
  /** Seconds since the beginning. */
  now(): number;
  /** A process reports what is no failure by itself. */
  problem(who: string, message: string): void;
  /** How often each problem was reported. */
  readonly problems: ReadonlyMap<string, number>;
  /** Adds a program, which is killed at the end of the soak if not before. */
  addChild(part: Omit<ChildProgramOptions, 'log' | 'onEnd'>): ChildProgram;
  readonly children: readonly ChildProgram[];
}

export function createContext(
  work: string,
  stop: AbortSignal,
  onProgress: (sentence: string) => void,
): SoakContext {
  const began = performance.now();
  const now = () => (performance.now() - began) / 1000;
  const records = createEditionRecords((sentence) => onProgress(`FAILED: ${sentence}`));
  const broken = new AbortController();
  const problems = new Map<string, number>();
  const children: ChildProgram[] = [];
  return {
    work,
    records,
    standing: createStandingFiles(),
    now,
    problems,
    children,
    broken: AbortSignal.any([broken.signal, stop]),
    problem(who, message) {
      const text = `${who}: ${message}`;
      problems.set(text, (problems.get(text) ?? 0) + 1);
    },
    addChild(part) {
      const child = createChildProgram({
        ...part,
        log: join(work, `${part.name.replaceAll(' ', '-')}.log`),
        onEnd(sentence) {
          records.fail(sentence);
          broken.abort();
        },
      });
      children.push(child);
      return child;
    },
  };
}
