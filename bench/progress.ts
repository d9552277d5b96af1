import { SingleBar } from 'cli-progress';
import type { CliIo } from '../codecs/cli.js';

/** Progress of work on a stream of known size. */
export interface Progress {
  /** Passes the chunks on and shows how much has gone by. */
  follow(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  end(): void;
}

/** Shows a bar on stderr when that is a terminal, and nothing otherwise. */
export function openProgress(totalBytes: number, io: CliIo): Progress {
  const terminal = io.stderr === process.stderr && process.stderr.isTTY ? process.stderr : undefined;
  const bar =
    terminal &&
    new SingleBar({ stream: terminal, clearOnComplete: true, format: '{bar} {percentage} % {eta} s left' });
  bar?.start(totalBytes, 0);
  return {
    async *follow(chunks) {
      for await (const chunk of chunks) {
        bar?.increment(chunk.length);
        yield chunk;
      }
    },
    end: () => bar?.stop(),
  };
}
