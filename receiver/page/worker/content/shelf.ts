import type { IndexPart } from '../../../../codecs/edition/index.js';
import { takesPlaceOf } from '../../../engine/editions/takes-place.js';
import type { Edition, IndexArrival } from '../../../engine/ports/events.js';

/** The newest edition of a bundle, and while it is incomplete the one before it, whose files stand where its own are missing. */
export interface Bundle {
  readonly newest: IndexArrival;
  readonly earlier: IndexArrival | undefined;
}

/** Bundles by their keys. */
export type Shelf = ReadonlyMap<string, Bundle>;

export function bundleKey({ publisher, name }: Pick<Edition, 'publisher' | 'name'>): string {
  return `${publisher} ${name}`;
}

/**
 * The shelf with another edition, if that is newer than what stands there.
 *
 * @param isThere whether a part is kept
 */
export function addEdition(shelf: Shelf, added: IndexArrival, isThere: (sha256: string) => boolean): Shelf {
  const key = bundleKey(added.edition);
  const standing = shelf.get(key);
  if (standing !== undefined && !takesPlaceOf(added.edition, standing.newest.edition)) return shelf;
  const before = standing === undefined ? [] : [standing.newest, standing.earlier];
  const hasContent = (edition: IndexArrival | undefined) =>
    edition?.index.parts.some(({ sha256 }) => isThere(sha256));
  const bundle = { newest: added, earlier: before.find(hasContent) };
  return settle(new Map(shelf).set(key, bundle), isThere);
}

/** The shelf without earlier editions where all of the newest is there; the same one when there are none. */
export function settle(shelf: Shelf, isThere: (sha256: string) => boolean): Shelf {
  let settled = shelf;
  for (const [key, { newest, earlier }] of shelf) {
    const isDone = earlier !== undefined && newest.index.parts.every(({ sha256 }) => isThere(sha256));
    if (isDone) settled = new Map(settled).set(key, { newest, earlier: undefined });
  }
  return settled;
}

function editionsOn(shelf: Shelf): IndexArrival[] {
  return [...shelf.values()].flatMap(({ newest, earlier }) => (earlier ? [newest, earlier] : [newest]));
}

/** All parts that are of use, by SHA-256. */
export function listedParts(shelf: Shelf): ReadonlyMap<string, IndexPart> {
  const parts = editionsOn(shelf).flatMap(({ index }) => index.parts);
  return new Map(parts.map((part) => [part.sha256, part]));
}

/** Whether a part is of use. */
export function isListed(shelf: Shelf, sha256: string): boolean {
  return editionsOn(shelf).some(({ index }) => index.parts.some((part) => part.sha256 === sha256));
}
