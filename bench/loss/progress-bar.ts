import { SingleBar } from 'cli-progress';
import type { CliIo } from '../../codecs/cli.js';

/** How far work of known extent has come. */
export interface ProgressBar {
  advance(by: number): void;
  end(): void;
}

/** Shows a bar on stderr when that is a terminal, and nothing otherwise. */
export function openProgressBar(total: number, unit: string, io: CliIo): ProgressBar {
  const terminal = io.stderr === process.stderr && process.stderr.isTTY ? process.stderr : undefined;
  const format = `{bar} {percentage} % {value}/{total} ${unit}, {eta_formatted} left`;
  const bar = terminal && new SingleBar({ stream: terminal, clearOnComplete: true, format });
  bar?.start(total, 0);
  return { advance: (by) => bar?.increment(by), end: () => bar?.stop() };
}
