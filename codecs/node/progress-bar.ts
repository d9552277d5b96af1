import { SingleBar } from 'cli-progress';
import type { CliIo } from './command.js';

/** How far work of known extent has come. */
export interface ProgressBar {
  /** Begins a stage anew. */
  start(total: number, done: number, fields?: Readonly<Record<string, string>>): void;
  advance(by: number, fields?: Readonly<Record<string, string>>): void;
  update(done: number): void;
  end(): void;
}

/**
 * Shows a bar on stderr when that is a terminal, and nothing otherwise.
 *
 * @param format with `{bar}`, `{percentage}`, `{value}`, `{total}`, `{eta_formatted}`, and names of fields
 */
export function openProgressBar(io: CliIo, format: string): ProgressBar | undefined {
  if (io.stderr !== process.stderr || !process.stderr.isTTY) return undefined;
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true, hideCursor: true, format });
  return {
    start(total, done, fields) {
      bar.stop();
      bar.start(total, done, fields);
    },
    advance: (by, fields) => bar.increment(by, fields),
    update: (done) => bar.update(done),
    end: () => bar.stop(),
  };
}
