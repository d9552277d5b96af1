import { SingleBar } from 'cli-progress';
import type { CliIo } from '../codecs/cli.js';

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
export function openProgress(io: CliIo): Progress {
  if (io.stderr !== process.stderr || !process.stderr.isTTY) {
    return { start: () => {}, read: () => {}, show: () => {}, end: () => {} };
  }
  const format = '{stage} {bar} {percentage} %, {eta_formatted} left  {state}';
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true, hideCursor: true, format });
  let shown = '';
  return {
    start(stage, bytes) {
      bar.stop();
      bar.start(bytes, 0, { stage, state: shown });
    },
    read: (bytes) => bar.increment(bytes, { state: shown }),
    show(state) {
      shown = state;
    },
    end: () => bar.stop(),
  };
}
