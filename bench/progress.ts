import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/progress-bar.js';

/** How far work of known extent has come. */
export interface CountBar {
  advance(by: number): void;
  end(): void;
}

/** Shows a bar on stderr when that is a terminal, and nothing otherwise. */
export function openCountBar(total: number, unit: string, io: CliIo): CountBar {
  const bar = openProgressBar(io, `{bar} {percentage} % {value}/{total} ${unit}, {eta_formatted} left`);
  bar?.start(total, 0);
  return { advance: (by) => bar?.advance(by), end: () => bar?.end() };
}
