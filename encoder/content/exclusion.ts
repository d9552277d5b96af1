import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { EncodeError } from '../error.js';
import { isSystemFile } from './system-files.js';

/** What of a directory is content. */
export interface Selection {
  /** Patterns as in a .gitignore file, for what is left out; they count more than those of the file `IGNORE_FILE`. */
  readonly exclude?: readonly string[] | undefined;
  /** What a symbolic link leads to is sent in its place; otherwise links are refused. */
  readonly followLinks?: boolean | undefined;
}

/** Why something is left out: it is a file of a system or an editor, or a pattern says so. */
export type LeftOutBy = 'system' | 'pattern';

/** Tells what is left out. */
export interface Exclusion {
  /** Another one when the patterns are. */
  readonly text: string;
  /** @param path in the bundle, below nothing that is left out itself */
  leftOutBy(path: string, isDirectory: boolean): LeftOutBy | undefined;
}

/** In the root of a directory: patterns, one a line. */
export const IGNORE_FILE = '.datacastignore';

/** After so many paths the library forgets what it remembers of them: a hundred thousand may come. */
const REMEMBERED_PATHS = 1000;

/** What is left out of the tree at a path. @throws EncodeError when the file with patterns cannot be used */
export async function readExclusion(root: string, { exclude = [] }: Selection): Promise<Exclusion> {
  const text = [await ignoreFile(root), ...exclude].join('\n').normalize('NFC');
  const rules = ignore().add(text);
  let rulesNow = rules;
  let tested = 0;
  return {
    text,
    leftOutBy(path, isDirectory) {
      if (path === IGNORE_FILE) return 'system';
      if (tested++ % REMEMBERED_PATHS === 0) rulesNow = ignore().add(rules);
      const { ignored, unignored } = rulesNow.test(isDirectory ? `${path}/` : path);
      if (ignored) return 'pattern';
      return !unignored && isSystemFile(path) ? 'system' : undefined;
    },
  };
}

async function ignoreFile(root: string): Promise<string> {
  const path = join(root, IGNORE_FILE);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // a single file has none
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    if (code === 'EISDIR') throw new EncodeError(`${path} is a directory; a file with patterns is needed.`);
    throw error;
  }
}
