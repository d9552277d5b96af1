import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decompressed } from '../../recording/index.js';
import { describeError } from '../command.js';
import { namedError } from '../open-file.js';
import { STANDARD_STREAM } from '../standard-stream.js';
import { gunzip } from './gunzip.js';

/** A file that cannot be read; the message is a sentence that names it. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** A recording to be read. */
export interface RecordingInput {
  /** What it is called. */
  readonly path: string;
  /** Bytes of the file; 0 for a pipe. */
  readonly size: number;
  /** It is a pipe: it can be read once. */
  readonly isPipe: boolean;
  /**
   * Its content, decompressed; the memory of a piece may be used again after the next.
   *
   * @param onRead told of the bytes of the file that were read
   * @throws PcapError or UnreadableError on iteration
   */
  read(onRead?: (bytes: number) => void): AsyncIterable<Uint8Array>;
}

/** Read at a time. */
const CHUNK_BYTES = 1 << 18;

const naturalOrder = new Intl.Collator('en', { numeric: true }).compare;

/**
 * What paths on a command line stand for: files, pipes, `-` for standard input, and directories for the files in them, in
 * natural order and without hidden ones. A path that cannot be read fails when it is read.
 */
export async function recordingInputs(paths: readonly string[]): Promise<RecordingInput[]> {
  const inputs: RecordingInput[] = [];
  for (const path of paths) inputs.push(...(await inputsOf(path)));
  return inputs;
}

async function inputsOf(path: string): Promise<RecordingInput[]> {
  if (path === STANDARD_STREAM) return [pipeInput('standard input', () => process.stdin)];
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) return inputsIn(path);
  const isPipe = entry !== undefined && !entry.isFile();
  return isPipe ? [pipeInput(path, () => createReadStream(path))] : [recordingFile(path, entry?.size)];
}

async function inputsIn(directory: string): Promise<RecordingInput[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  if (names.length === 0) return [emptyInput(directory)];
  const paths = names.sort(naturalOrder).map((name) => join(directory, name));
  return Promise.all(
    paths.map(async (path) => recordingFile(path, (await stat(path).catch(() => undefined))?.size)),
  );
}

/** A file that is no pipe. */
export function recordingFile(path: string, size = 0): RecordingInput {
  const read = (onRead = ignore) => decompressed(readable(readChunks(path, onRead)), gunzip);
  return { path, size, isPipe: false, read };
}

function pipeInput(path: string, openPipe: () => AsyncIterable<Uint8Array>): RecordingInput {
  return { path, size: 0, isPipe: true, read: () => decompressed(readable(openPipe()), gunzip) };
}

function emptyInput(directory: string): RecordingInput {
  const error = new UnreadableError(`${directory} is a directory that holds no recording.`);
  const read = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) });
  return { path: directory, size: 0, isPipe: false, read };
}

const ignore = (_bytes: number): void => {};

/** Tells what the operating system says in a sentence. */
async function* readable(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (error) {
    throw new UnreadableError(describeError(error));
  }
}

/** The bytes of a file. While one piece is used the next is read; its memory is used again after the next. */
async function* readChunks(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  let used = new Uint8Array(CHUNK_BYTES);
  let read = new Uint8Array(CHUNK_BYTES);
  const begin = () => file.read(read, 0, CHUNK_BYTES).catch(namedError(path));
  let reading: ReturnType<FileHandle['read']> | undefined;
  try {
    reading = begin() as ReturnType<FileHandle['read']>;
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      [used, read] = [read, used];
      reading = begin() as ReturnType<FileHandle['read']>;
      onRead(bytesRead);
      yield used.subarray(0, bytesRead);
    }
  } finally {
    await reading?.catch(() => {});
    await file.close();
  }
}
