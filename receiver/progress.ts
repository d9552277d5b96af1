import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/terminal/progress-bar.js';

/** Shows how far the work has come. */
export interface Progress {
  /** Begins to read `bytes` of recordings. */
  start(stage: string, bytes: number): void;
  read(bytes: number): void;
  /** What the object on its way has of what it needs, as text. */
  show(state: string): void;
  end(): void;
}

/** A bar on stderr when that is a terminal, and nothing otherwise. */
export function openProgress(io: CliIo): Progress & {
  /** Writes a line that stays, above the bar. */
  print(line: string): void;
} {
  const bar = openProgressBar(io);
  return {
    start: (stage, bytes) => bar.start(stage, bytes),
    read: bar.advance,
    show: bar.note,
    print: bar.print,
    end: bar.end,
  };
}
