import { SingleBar } from 'cli-progress';
import type { CliIo } from '../codecs/cli.js';

/** Called by the stages of a long task, `done` of `total` units; what it throws ends the task. */
export type OnProgress = (stage: string, done: number, total: number) => void;

/**
 * Shows the running stage as a bar on stderr when that is a terminal, and nothing otherwise.
 *
 * @param interrupted ends the task by its reason
 */
export function openProgress(io: CliIo, interrupted: AbortSignal): { onProgress: OnProgress; end(): void } {
  if (io.stderr !== process.stderr || !process.stderr.isTTY) {
    return { onProgress: () => interrupted.throwIfAborted(), end: () => {} };
  }
  const format = '{stage} {bar} {percentage} %, {eta_formatted} left';
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true, hideCursor: true, format });
  let running: string | undefined;
  return {
    onProgress(stage, done, total) {
      interrupted.throwIfAborted();
      if (stage !== running) {
        bar.stop();
        bar.start(total, done, { stage: stage.padEnd(12) });
        running = stage;
      } else bar.update(done);
    },
    end: () => bar.stop(),
  };
}
