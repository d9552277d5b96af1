import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { utf8Encode } from '../../codecs/bytes.js';
import { ReceiveError } from '../error.js';
import { namedError, replaceFile } from '../files.js';

/** A small JSON file that is replaced as a whole: whatever happens, it is there in its old or in its new form. */
export interface RecordFile<T> {
  /** As it stood on the disk; undefined when there was none. */
  readonly earlier: T | undefined;
  /** Fulfilled when the value, or one saved after it, is on the disk. */
  save(value: T): Promise<void>;
}

/**
 * @param purpose what is lost without it, as the end of a sentence
 * @throws ReceiveError when the file is damaged, or an error of the operating system
 */
export async function openRecord<T>(
  path: string,
  shape: z.ZodType<T>,
  purpose: string,
): Promise<RecordFile<T>> {
  const earlier = await read(path, shape, purpose);
  let latest: T;
  let writing = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return {
    earlier,
    save(value) {
      latest = value;
      // what is saved while the file is being written goes together into the next one
      waiting ??= writing.then(() => {
        waiting = undefined;
        const task = replaceFile(path, textOf(latest));
        writing = task.catch(() => {});
        return task;
      });
      return waiting;
    },
  };
}

async function* textOf(value: unknown): AsyncGenerator<Uint8Array> {
  yield utf8Encode(`${JSON.stringify(value, null, 2)}\n`);
}

async function read<T>(path: string, shape: z.ZodType<T>, purpose: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return namedError(path)(error as Error);
  }
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw new ReceiveError(`${path} is damaged: restore it, or remove it and ${purpose}.`);
  }
}
