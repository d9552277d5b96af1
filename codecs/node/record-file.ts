import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { utf8Encode } from '../bytes.js';
import { replaceFile } from './atomic-file.js';
import { CliError } from './command.js';
import { namedError } from './open-file.js';

/** A small JSON file that is replaced as a whole: whatever happens, it is there in its old or in its new form. */
export interface RecordFile<T> {
  /** As it stood on the disk; undefined when there was none. */
  readonly earlier: T | undefined;
  /** Fulfilled when the value, or one saved after it, is on the disk. */
  save(value: T): Promise<void>;
}

/**
 * @param shape of the content, which has a `version`
 * @param remedy what a person can do about a file that cannot be read, as the end of a sentence
 * @throws CliError when the file is damaged or of another version, or an error of the operating system
 */
export async function openRecord<T extends { readonly version: number }>(
  path: string,
  shape: z.ZodType<T>,
  remedy: string,
): Promise<RecordFile<T>> {
  const earlier = await readRecord(path, shape, remedy);
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
        const task = replaceFile(path, [utf8Encode(`${JSON.stringify(latest, null, 2)}\n`)]);
        writing = task.catch(() => {});
        return task;
      });
      return waiting;
    },
  };
}

/** The content of such a file; undefined when there is none. Parameters and errors are those of `openRecord`. */
export async function readRecord<T extends { readonly version: number }>(
  path: string,
  shape: z.ZodType<T>,
  remedy: string,
): Promise<T | undefined> {
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
  const versioned = laterVersion.safeParse(value).data;
  throw new CliError(
    versioned === undefined
      ? `${path} is damaged: restore it, or ${remedy}.`
      : `${path} has version ${versioned.version}, which a later version of this program has written: run that one, or ${remedy}.`,
  );
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
