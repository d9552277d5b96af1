import { join } from 'node:path';
import { z } from 'zod';
import { type OnDamage, readRecords, writeRecords } from '../../../codecs/node/record-file.js';

const path = z.string().refine(isPath);

const partList = z.object({
  files: z.array(path),
  directories: z.array(path),
});

/** What a part has: paths in the directory of its bundle. */
export interface PartList {
  /** In the order of the archive: the nth of them is unpacked into a file that is called n. */
  readonly files: readonly string[];
  /** Empty ones. */
  readonly directories: readonly string[];
}

const LIST = 'list.json';

/** Where the list of a part that is unpacked in a directory stands, beside its files. */
export function listIn(directory: string): string {
  return join(directory, LIST);
}

/** Where the file of a part stands that is unpacked in a directory. */
export function unpackedFile(directory: string, number: number): string {
  return join(directory, String(number));
}

export function writePartList(path: string, list: PartList): Promise<void> {
  return writeRecords(path, [list]);
}

/** Undefined when there is none, or it is damaged. @throws CliError when a later version has written it, or an error of the operating system */
export async function readPartList(path: string, onDamage: OnDamage): Promise<PartList | undefined> {
  const loss = 'What it lists is received again.';
  const lists = await readRecords(path, { shape: partList, loss, onDamage });
  return lists?.[0];
}

/** A list of somebody else must not lead out of the directory. Names that no part may have can stand there all the same. */
function isPath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((name) => !['', '.', '..'].includes(name));
}
