import type { IndexPart } from '../../../codecs/edition/index.js';
import type { Edition, KnownEdition, PartId } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { createPerPublisher } from '../ports/per-publisher.js';

/** The newest edition of a bundle. */
export interface NewestEdition extends KnownEdition {
  /** Places of the parts in the index, by SHA-256. */
  readonly places: ReadonlyMap<string, number>;
  /** SHA-256 of the parts that the limits do not allow. */
  readonly refused: ReadonlySet<string>;
  /** SHA-256 of the parts that are to be received still. */
  readonly missing: Set<string>;
  /** When something new was kept of its parts, as the number of datagrams received by then; -1: nothing was. */
  lastFed: number;
}

/** A part in the index of an edition. */
export interface Listing {
  readonly edition: NewestEdition;
  readonly part: IndexPart;
  /** In the index: what comes first matters most. */
  readonly place: number;
}

/** How far editions have come that were not known before. */
export interface Progress {
  /** True for a part that need not be received. */
  isPart(part: PartId): boolean;
  /** See `NewestEdition`. */
  lastFed(known: KnownEdition): number;
}

/** What publishers have signed, as far as it is known: of each bundle the newest edition. */
export interface Editions {
  /** The newest edition of the bundle. */
  newest(bundle: Pick<Edition, 'publisher' | 'name'>): NewestEdition | undefined;
  all(): readonly NewestEdition[];
  /** Where newest editions of the publisher list the part. */
  find(part: PartId): readonly Listing[];
  /**
   * Makes an edition the newest of its bundle. When there are too many, or they list too many parts, some of the publisher who has
   * most go: complete ones first; then, but for the half that he signed last, those of which nothing new came for longest.
   *
   * @param progress of the edition, and which parts need not be received
   * @returns it, and those that went: it may be one of them
   */
  add(
    known: KnownEdition,
    progress: Progress,
  ): { readonly added: NewestEdition; readonly gone: readonly NewestEdition[] };
  /** Notes that a part was handed out. */
  complete(part: PartId): void;
  /** True when the edition was complete, and went to make room: its index is not needed any more. */
  isDone(edition: Edition): boolean;
  /** Notes that the publisher signed such an edition, whose index is not there yet. */
  announce(edition: Edition): void;
  /** True when the publisher signed a newer edition of the bundle. */
  isSuperseded(edition: Edition): boolean;
}

export type EditionLimits = Pick<
  ReceiverLimits,
  'maxEditions' | 'maxParts' | 'maxObjectBytes' | 'maxUnpackedBytes'
>;

/** Parts in the indices of all bundles, as a multiple of what one edition may have. */
const LISTED = 8;

export function createEditions(limits: EditionLimits): Editions {
  const newest = new Map<string, NewestEdition>();
  /** SHA-256 of indices of editions that were complete and went, by bundle. */
  const done = createPerPublisher<string, string>();
  const announced = createPerPublisher<string, number>();
  const keyOf = ({ publisher, name }: Pick<Edition, 'publisher' | 'name'>) => `${publisher} ${name}`;

  function announce(edition: Edition): void {
    const { publisher, name, sequence } = edition;
    announced.set(publisher, name, Math.max(sequence, announced.get(publisher, name) ?? 0));
  }

  /** What an edition takes of the room that is short; undefined when none is. */
  function findShortage(): SizeOf | undefined {
    if (newest.size > limits.maxEditions) return () => 1;
    let listed = 0;
    for (const each of newest.values()) listed += countParts(each);
    return listed > LISTED * limits.maxParts ? countParts : undefined;
  }

  function leave(gone: NewestEdition): void {
    const { edition, missing } = gone;
    newest.delete(keyOf(edition));
    if (missing.size === 0) done.set(edition.publisher, edition.name, edition.sha256);
  }

  return {
    newest: (bundle) => newest.get(keyOf(bundle)),
    all: () => [...newest.values()],
    find({ publisher, sha256 }) {
      const listings: Listing[] = [];
      for (const edition of newest.values()) {
        const place = edition.edition.publisher === publisher ? edition.places.get(sha256) : undefined;
        if (place !== undefined) listings.push({ edition, part: edition.index.parts[place]!, place });
      }
      return listings;
    },
    add(known, { isPart, lastFed }) {
      const { edition, index } = known;
      const { publisher } = edition;
      const places = new Map(index.parts.map(({ sha256 }, place) => [sha256, place]));
      const refused = findRefused(index.parts, limits);
      const isMissing = (sha256: string) => !refused.has(sha256) && !isPart({ publisher, sha256 });
      const missing = new Set([...places.keys()].filter(isMissing));
      const added = { edition, index, places, refused, missing, lastFed: lastFed(known) };
      const key = keyOf(edition);
      newest.delete(key);
      newest.set(key, added);
      announce(edition);
      const gone: NewestEdition[] = [];
      for (let sizeOf = findShortage(); sizeOf !== undefined; sizeOf = findShortage()) {
        const least = findLeast(ofLargest([...newest.values()], sizeOf));
        leave(least);
        gone.push(least);
      }
      return { added, gone };
    },
    complete({ publisher, sha256 }) {
      for (const { edition, missing } of newest.values())
        if (edition.publisher === publisher) missing.delete(sha256);
    },
    isDone: ({ publisher, name, sha256 }) => done.get(publisher, name) === sha256,
    announce,
    isSuperseded: ({ publisher, name, sequence }) => sequence < (announced.get(publisher, name) ?? 0),
  };
}

type SizeOf = (edition: NewestEdition) => number;

const countParts: SizeOf = ({ index }) => index.parts.length;

/** Those of the publisher who takes most. */
function ofLargest(editions: readonly NewestEdition[], sizeOf: SizeOf): NewestEdition[] {
  const sizes = new Map<string, number>();
  for (const each of editions) {
    const { publisher } = each.edition;
    sizes.set(publisher, (sizes.get(publisher) ?? 0) + sizeOf(each));
  }
  const largest = Math.max(...sizes.values());
  return editions.filter(({ edition }) => sizes.get(edition.publisher) === largest);
}

/**
 * The edition that makes room, of one publisher. A stranger can replay bundles that are not sent any more, but he can neither date
 * them anew nor send more of them than there ever was. So what was signed last stays, and what is sent all the time.
 */
function findLeast(editions: readonly NewestEdition[]): NewestEdition {
  const complete = editions.filter(({ missing }) => missing.size === 0);
  const bySequence = (complete.length > 0 ? complete : [...editions]).sort(
    (a, b) => b.edition.sequence - a.edition.sequence || b.lastFed - a.lastFed,
  );
  if (complete.length > 0) return bySequence.at(-1)!;
  const older = bySequence.slice(Math.ceil(bySequence.length / 2));
  return older.reduce((least, each) => (each.lastFed <= least.lastFed ? each : least), bySequence.at(-1)!);
}

/** Parts that are more than what an edition may unpack to, and those that are too long as they are sent. */
function findRefused(parts: readonly IndexPart[], limits: EditionLimits): Set<string> {
  const refused = new Set<string>();
  let unpacked = 0;
  for (const part of parts) {
    const fits = unpacked + part.unpacked <= limits.maxUnpackedBytes && part.bytes <= limits.maxObjectBytes;
    if (fits) unpacked += part.unpacked;
    else refused.add(part.sha256);
  }
  return refused;
}

/** A sentence about the parts of an edition that are not received; undefined when all of them may be. */
export function sayRefused(
  { edition, index, refused }: NewestEdition,
  limits: EditionLimits,
): string | undefined {
  if (refused.size === 0) return undefined;
  return (
    `${refused.size} of ${index.parts.length} parts of edition ${edition.sequence} of ${edition.name} are not received: with them ` +
    `it would be more than the ${limits.maxUnpackedBytes} bytes that it may unpack to (--max-size).`
  );
}
