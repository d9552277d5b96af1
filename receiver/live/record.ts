import { readFile } from 'node:fs/promises';
import { z } from 'zod';
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
 * @throws ReceiveError when the file is damaged or of a later version, or an error of the operating system
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
  const value = parse(text);
  const { data } = shape.safeParse(value);
  if (data !== undefined) return data;
  if (laterVersion.safeParse(value).success) {
    throw new ReceiveError(
      `${path} is of a later version of this program: use that one, or remove it and ${purpose}.`,
    );
  }
  throw new ReceiveError(`${path} is damaged: restore it, or remove it and ${purpose}.`);
}

/** The files of this one say 1. */
const laterVersion = z.object({ version: z.int().min(2) });

/** Undefined when the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
