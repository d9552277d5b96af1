import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/progress-bar.js';

/** Called by the stages of a long task, `done` of `total` units; what it throws ends the task. */
export type OnProgress = (stage: string, done: number, total: number) => void;

/**
 * Shows the running stage as a bar on stderr when that is a terminal, and nothing otherwise.
 *
 * @param interrupted ends the task by its reason
 */
export function openProgress(io: CliIo, interrupted: AbortSignal): { onProgress: OnProgress; end(): void } {
  const bar = openProgressBar(io, '{stage} {bar} {percentage} %, {eta_formatted} left');
  let running: string | undefined;
  return {
    onProgress(stage, done, total) {
      interrupted.throwIfAborted();
      if (stage !== running) bar?.start(total, done, { stage: stage.padEnd(12) });
      else bar?.update(done);
      running = stage;
    },
    end: () => bar?.end(),
  };
}
