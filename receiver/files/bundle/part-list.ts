import { join } from 'node:path';
import { z } from 'zod';
import { utf8Encode } from '../../../codecs/bytes.js';
import { replaceFile } from '../../../codecs/node/atomic-file.js';
import { readRecord } from '../../../codecs/node/record-file.js';

const partListFile = z.object({
  version: z.literal(1),
  files: z.array(z.string()),
  directories: z.array(z.string()),
});

/** What a part has: paths in the directory of its bundle. */
export interface PartList {
  readonly version: 1;
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
  return replaceFile(path, [utf8Encode(`${JSON.stringify(list)}\n`)]);
}

/** Undefined when there is none. @throws CliError when it is damaged, or an error of the operating system */
export function readPartList(path: string): Promise<PartList | undefined> {
  return readRecord(path, partListFile, 'remove it and what it lists is received again');
}
