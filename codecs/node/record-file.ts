import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { utf8Encode } from '../bytes.js';
import { replaceFile } from './atomic-file.js';
import { CliError } from './command.js';
import { namedError } from './open-file.js';

/**
 * A small file of records that is replaced as a whole: whatever happens, it is there in its old or in its new form. A record is
 * a line, with a checksum before it, so that damage costs the record that it is in and no other.
 */
export interface RecordFile<T> {
  /** The sound ones, as they stood on the disk. */
  readonly earlier: readonly T[];
  /** Fulfilled when the records, or some saved after them, are on the disk. */
  save(records: readonly T[]): Promise<void>;
}

/** Told of damage, a sentence. */
export type OnDamage = (sentence: string) => void;

export interface RecordOptions<T> {
  readonly shape: z.ZodType<T>;
  /** What comes of a record that is lost, a sentence. */
  readonly loss: string;
  readonly onDamage: OnDamage;
}

/** @throws CliError when a later version has written the file, or an error of the operating system */
export async function openRecords<T>(path: string, options: RecordOptions<T>): Promise<RecordFile<T>> {
  const earlier = (await readRecords(path, options)) ?? [];
  let latest: readonly T[];
  let writing = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return {
    earlier,
    save(records) {
      latest = records;
      // what is saved while the file is being written goes together into the next one
      waiting ??= writing.then(() => {
        waiting = undefined;
        const task = writeRecords(path, latest);
        writing = task.catch(() => {});
        return task;
      });
      return waiting;
    },
  };
}

const VERSION = 1;
const header = z.object({ version: z.int() });

export function writeRecords(path: string, records: readonly unknown[]): Promise<void> {
  return replaceFile(path, [utf8Encode(formatRecords(records))]);
}

/** The text of such a file. */
export function formatRecords(records: readonly unknown[]): string {
  return [{ version: VERSION }, ...records].map((record) => recordLine(JSON.stringify(record))).join('');
}

/** A record that is JSON already. */
export function recordLine(text: string): string {
  // two ends of a line: damage to one of them does not join two records
  return `${checksum(text)} ${text}\n\n`;
}

/** The sound records of such a file; undefined when there is none. Errors are those of `openRecords`. */
export async function readRecords<T>(
  path: string,
  { shape, loss, onDamage }: RecordOptions<T>,
): Promise<T[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== 'EIO') return namedError(path)(error as Error);
    text = 'the disk does not give it back';
  }
  const values = text
    .split('\n')
    .filter((line) => line !== '')
    .map(soundValue);
  const version = header.safeParse(values[0]).data?.version ?? VERSION;
  if (version > VERSION) {
    throw new CliError(
      `${path} has version ${version}, which a later version of this program has written: run that one, or remove it. ${loss}`,
    );
  }
  const records = values.flatMap((value) => shape.safeParse(value).data ?? []);
  const headers = values.filter((value) => header.safeParse(value).success).length;
  const damaged = Math.max(values.length - headers - records.length, headers === 0 ? 1 : 0);
  if (damaged > 0) {
    const what = damaged === 1 ? 'A record in' : `${damaged} records in`;
    onDamage(`${what} ${path} ${damaged === 1 ? 'is' : 'are'} damaged and left out. ${loss}`);
  }
  return records;
}

/** Undefined when the line is not what was written. */
function soundValue(line: string): unknown {
  const text = line.slice(CHECKSUM_DIGITS + 1);
  if (line.slice(0, CHECKSUM_DIGITS + 1) !== `${checksum(text)} `) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const CHECKSUM_DIGITS = 8;

/** CRC-32 (ISO 3309), hexadecimal. */
function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
