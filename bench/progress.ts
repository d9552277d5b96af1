import type { CliIo } from '../codecs/node/command.js';
import { openProgressBar } from '../codecs/node/terminal/progress-bar.js';

/** How far work of known extent has come. */
export interface CountBar {
  advance(by: number): void;
  end(): void;
}

/** Shows a bar on stderr when that is a terminal, and nothing otherwise. */
export function openCountBar(total: number, unit: string, io: CliIo): CountBar {
  const bar = openProgressBar(io);
  bar.start('', total, unit);
  return { advance: bar.advance, end: bar.end };
}
