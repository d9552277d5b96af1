import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/progress-bar.js';

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
  const bar = openProgressBar(io, '{stage} {bar} {percentage} %, {eta_formatted} left  {state}');
  let shown = '';
  return {
    start: (stage, bytes) => bar?.start(bytes, 0, { stage, state: shown }),
    read: (bytes) => bar?.advance(bytes, { state: shown }),
    show(state) {
      shown = state;
    },
    end: () => bar?.end(),
  };
}
