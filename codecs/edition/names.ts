import { foldPath, printable, whyUnsafe } from './path.js';

/**
 * Units of UTF-16 that the names of an edition may have in all, directories above files included: receivers have them in memory
 * while they unpack and place a part.
 */
export const MAX_NAMES_LENGTH = 32 * 2 ** 20;

/** Checks the names of a tree one after the other. */
export interface NameCheck {
  /** Names so far, directories above them included. */
  readonly count: number;
  /** Of all of them, in units of UTF-16. */
  readonly length: number;
  /**
   * Takes a name. Names come sorted bytewise, each with a slash behind it that is a directory's: so those that are in one
   * directory come in a row.
   *
   * @returns a sentence when the name is unsafe, or is on some receiver that of another one
   */
  add(path: string): string | undefined;
}

export function createNameCheck(): NameCheck {
  /** Names by what file systems that ignore case make of them. */
  const taken = new Map<string, string>();
  let previous = '';
  let length = 0;

  function take(path: string): string | undefined {
    const fold = foldPath(path);
    const other = taken.get(fold);
    if (other === undefined) {
      taken.set(fold, path);
      length += path.length;
    } else if (other === path) return `The bundle has the name ${printable(path)} twice.`;
    else {
      return `The names ${printable(other)} and ${printable(path)} are the same where case is ignored; rename one.`;
    }
    return undefined;
  }

  return {
    get count() {
      return taken.size;
    },
    get length() {
      return length;
    },
    add(path) {
      const unsafe = whyUnsafe(path);
      if (unsafe !== undefined) return `The name ${printable(path)} cannot stand in a bundle: ${unsafe}.`;
      const known = commonDirectoryLength(previous, path);
      previous = path;
      for (let at = path.indexOf('/', known); at !== -1; at = path.indexOf('/', at + 1)) {
        const problem = take(path.slice(0, at));
        if (problem !== undefined) return problem;
      }
      return take(path);
    },
  };
}

/** How long the directory is that two paths are both in, its last slash included. */
export function commonDirectoryLength(a: string, b: string): number {
  let length = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '/') length = i + 1;
  return length;
}
