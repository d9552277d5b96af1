import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { writeAtomically } from './atomic-file.js';
import { UsageError } from './command.js';
import { type OpenFile, readAt } from './open-file.js';
import { withTemporaryFile } from './temporary-file.js';

/** Stands for standard input or standard output on a command line. */
export const STANDARD_STREAM = '-';

const CHUNK_BYTES = 1 << 18;

/** @throws UsageError where a person would see the bytes of a file */
export function requireNoTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw new UsageError(
    '- stands for standard output, and that is a terminal: lead it to a file or a program.',
  );
}

/** Writes bytes to standard output. @throws an error of the operating system, EPIPE when nobody reads them any more */
export async function writeStandardOutput(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { stdout } = process;
  for await (const chunk of content) {
    // whatever is wrong with it, the next piece meets it
    if (stdout.errored) throw stdout.errored;
    if (!stdout.write(chunk)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]);
  }
  await new Promise<void>((resolve, reject) => {
    stdout.write('', (error) => (error ? reject(stdout.errored ?? error) : resolve()));
  });
}

/** Writes to standard output what is made as a file. */
function fileToStandardOutput<T>(write: (file: OpenFile) => Promise<T>): Promise<T> {
  return withTemporaryFile(tmpdir(), async (file) => {
    const result = await write(file);
    await writeStandardOutput(piecesOf(file));
    return result;
  });
}

/** Makes a file that appears when it is complete, or writes it to standard output for `-`. */
export function writeTo<T>(path: string, write: (file: OpenFile) => Promise<T>): Promise<T> {
  return path === STANDARD_STREAM ? fileToStandardOutput(write) : writeAtomically(path, write);
}

function* piecesOf(file: OpenFile): Generator<Uint8Array> {
  for (let at = 0; ; ) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const count = readAt(file, chunk, at);
    if (count === 0) return;
    yield chunk.subarray(0, count);
    at += count;
  }
}
