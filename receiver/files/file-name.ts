import { utf8Encode } from '../../codecs/bytes.js';
import { checkPath, EditionError, foldPath, parentsOf } from '../../codecs/edition/index.js';
import { replaceUnprintable } from '../../codecs/text.js';

/** Characters of a name that are kept. */
const MAX_NAME = 80;
/** File systems allow 255; a number, an extension and what marks a temporary file have room too. */
const MAX_NAME_BYTES = 200;
const MAX_DEPTH = 16;

/**
 * A safe relative path for a name that somebody else chose: the path of a URI, or any text. Every part is a plain name on
 * every system.
 *
 * @param fallback taken when nothing of the name is left
 */
export function safePath(location: string, fallback: string): string {
  const path = location.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:(\/\/[^/?#]*)?/, '').replace(/[?#].*$/s, '');
  const names = path
    .split('/')
    .map((part) => safeName(decodePercent(part)))
    .filter((name) => name !== '');
  return names.slice(-MAX_DEPTH).join('/') || fallback;
}

/** A safe name of a file or directory; empty when nothing is left. */
export function safeName(text: string): string {
  const plain = replaceUnprintable(text.normalize('NFC'), '_').replace(/[\\/:*?"<>|]/g, '_');
  const name = shortened(plain)
    // Dots in front hide a file or lead upwards; at the end Windows drops them.
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  return name === '' || isUsable(name) ? name : `_${name}`;
}

/** As many whole characters from its start as a name may have. */
function shortened(text: string): string {
  let bytes = 0;
  const fits = (character: string) => {
    bytes += utf8Encode(character).length;
    return bytes <= MAX_NAME_BYTES;
  };
  const characters = [...text].slice(0, MAX_NAME);
  const end = characters.findIndex((character) => !fits(character));
  return characters.slice(0, end < 0 ? MAX_NAME : end).join('');
}

function isUsable(name: string): boolean {
  try {
    checkPath(name);
    return true;
  } catch (error) {
    if (error instanceof EditionError) return false;
    throw error;
  }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The path, or one with a number before its extension when it was given out before, whatever the case of its letters. */
export function createUniquePaths(): (path: string) => string {
  const taken = new Set<string>();
  /** A file may not stand where a directory is needed, nor the other way round. */
  const collides = (path: string) => {
    if (taken.has(`${foldPath(path)}/`) || taken.has(foldPath(path))) return true;
    return parentsOf(path).some((parent) => taken.has(foldPath(parent)));
  };
  return (path) => {
    let unique = path;
    for (let number = 2; collides(unique); number++) {
      const { stem, extension } = /^(?<stem>.*?)(?<extension>\.[^./]*)?$/s.exec(path)!.groups as Record<
        string,
        string
      >;
      unique = `${stem}-${number}${extension ?? ''}`;
      // A directory of this name is a file already: the number goes to the front of the path.
      if (parentsOf(path).some((parent) => taken.has(foldPath(parent)))) unique = `${number}-${path}`;
    }
    taken.add(foldPath(unique));
    for (const parent of parentsOf(unique)) taken.add(`${foldPath(parent)}/`);
    return unique;
  };
}
