import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/terminal/progress-bar.js';

/** Called by the stages of a long task, `done` of `total` units; what it throws ends the task. */
export type OnProgress = (stage: string, done: number, total: number) => void;

/** How far a long task has come. */
export interface TaskProgress {
  readonly onProgress: OnProgress;
  /** Writes a line that stays, above the bar. */
  print(line: string): void;
  end(): void;
}

/**
 * Shows the running stage as a bar on stderr when that is a terminal, and nothing otherwise.
 *
 * @param interrupted ends the task by its reason
 */
export function openProgress(io: CliIo, interrupted: AbortSignal): TaskProgress {
  const bar = openProgressBar(io);
  let running: string | undefined;
  return {
    onProgress(stage, done, total) {
      interrupted.throwIfAborted();
      if (stage !== running) bar.start(stage, total);
      bar.update(done);
      running = stage;
    },
    print: bar.print,
    end: bar.end,
  };
}
