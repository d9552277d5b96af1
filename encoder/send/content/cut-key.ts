import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { PartCut } from '../../../codecs/edition/index.js';
import type { SourceFile } from '../../content/walk.js';

/** To be counted up when the same files give other bytes than before. */
const PACKING_VERSION = 2;
/** Hexadecimal digits: 128 bits. */
const DIGITS = 32;

/**
 * Names the state of the files of a part: while it is the same, the part need not be packed again.
 *
 * @param path of the content: files elsewhere may have the same names, sizes and times
 * @param level of zstd
 */
export function cutKey(path: string, { files, directories }: PartCut<SourceFile>, level: number): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([PACKING_VERSION, resolve(path), level, directories]));
  for (const { path, size, mtimeMs } of files) hash.update(JSON.stringify([path, size, mtimeMs]));
  return hash.digest('hex').slice(0, DIGITS);
}
