import type { IndexPart } from '../../../../codecs/edition/index.js';
import type { Kept } from '../../keep/index.js';
import type { FileEntry } from '../protocol.js';
import type { Parts } from './parts.js';
import type { Bundle } from './shelf.js';

/** The files of a bundle that are there: those of the newest edition, and where they are missing those of the one before. */
export function listFiles({ newest, earlier }: Bundle, kept: Pick<Kept, 'files'>): FileEntry[] {
  const entries = new Map<string, FileEntry>();
  const add = (parts: readonly IndexPart[], isEarlier: boolean) => {
    for (const { sha256, class: partClass } of parts) {
      for (const { path, size } of kept.files(sha256) ?? []) {
        if (!entries.has(path)) entries.set(path, { path, bytes: size, class: partClass, isEarlier });
      }
    }
  };
  add(newest.index.parts, false);
  add(earlier?.index.parts ?? [], true);
  return [...entries.values()];
}

export async function findFile(
  { newest, earlier }: Bundle,
  parts: Parts,
  path: string,
  maxBytes?: number,
): Promise<Blob | undefined> {
  for (const part of [...newest.index.parts, ...(earlier?.index.parts ?? [])]) {
    const file = await parts.file(part, path, maxBytes);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** The page that a reader opens first: `index.html` of the front, or else its first page or file. */
export function frontOf({ newest, earlier }: Bundle, kept: Pick<Kept, 'files'>): string | undefined {
  for (const edition of [newest, earlier]) {
    const front = edition?.index.parts.find((part) => part.class === 'front');
    const paths = (front && kept.files(front.sha256))?.map(({ path }) => path) ?? [];
    const found =
      paths.find((path) => path === 'index.html') ??
      paths.find((path) => /\.x?html?$/i.test(path)) ??
      paths[0];
    if (found !== undefined) return found;
  }
  return undefined;
}
