import { formatSequence, type IndexPart } from '../../../codecs/edition/index.js';
import type { Edition, KnownEdition, PartId } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { createPerPublisher } from '../ports/per-publisher.js';

/** The newest edition of a bundle. */
export interface NewestEdition extends KnownEdition {
  /** Places of the parts in the index, by SHA-256. */
  readonly places: ReadonlyMap<string, number>;
  /** SHA-256 of the parts that the limits do not allow. */
  readonly refused: ReadonlySet<string>;
  /** SHA-256 of the parts that were not there when it was looked last. */
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

/** What publishers have signed, as far as it is known: of each bundle the newest edition. */
export interface Editions {
  /** The newest edition of the bundle. */
  newest(bundle: Pick<Edition, 'publisher' | 'name'>): NewestEdition | undefined;
  all(): readonly NewestEdition[];
  /** Where newest editions of the publisher list the part. */
  find(part: PartId): readonly Listing[];
  /**
   * Makes an edition the newest of its bundle.
   *
   * @param lastFed of the edition
   */
  add(known: KnownEdition, lastFed: number): NewestEdition;
  /**
   * When there are too many, or they list too many parts, some of the publisher who has most go: complete ones first; then, but for
   * the half that he signed last, those of which nothing new came for longest.
   *
   * @param isThere true for a part that need not be received
   * @returns those that went
   */
  makeRoom(isThere: (part: PartId) => boolean): NewestEdition[];
  /** Notes that a part was handed out. */
  complete(part: PartId): void;
  /** True when the edition was complete, and went to make room: its index is not needed any more. */
  isDone(edition: Edition): boolean;
  /** Notes that the publisher signed such an edition, whose index is not there yet. */
  announce(edition: Edition): void;
  /** Nothing of a publisher is known any more: his key has a successor. */
  forget(publisher: string): void;
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
    add({ edition, index }, lastFed) {
      const places = new Map(index.parts.map(({ sha256 }, place) => [sha256, place]));
      const refused = findRefused(index.parts, limits);
      const missing = new Set([...places.keys()].filter((sha256) => !refused.has(sha256)));
      const added = { edition, index, places, refused, missing, lastFed };
      const key = keyOf(edition);
      newest.delete(key);
      newest.set(key, added);
      announce(edition);
      return added;
    },
    makeRoom(isThere) {
      const gone: NewestEdition[] = [];
      for (let sizeOf = findShortage(); sizeOf !== undefined; sizeOf = findShortage()) {
        const among = ofLargest([...newest.values()], sizeOf);
        const complete = among.filter((each) => isComplete(each, isThere));
        const least = complete.length > 0 ? oldestOf(complete) : leastOf(among);
        newest.delete(keyOf(least.edition));
        const { publisher, name, sha256 } = least.edition;
        if (complete.length > 0) done.set(publisher, name, sha256);
        gone.push(least);
      }
      return gone;
    },
    complete({ publisher, sha256 }) {
      for (const { edition, missing } of newest.values())
        if (edition.publisher === publisher) missing.delete(sha256);
    },
    isDone: ({ publisher, name, sha256 }) => done.get(publisher, name) === sha256,
    announce,
    forget(publisher) {
      for (const [key, { edition }] of newest) if (edition.publisher === publisher) newest.delete(key);
      done.forget(publisher);
      announced.forget(publisher);
    },
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

/** The application may have got parts in other ways too, and lose them: so it is asked. */
function isComplete({ edition, missing }: NewestEdition, isThere: (part: PartId) => boolean): boolean {
  const { publisher } = edition;
  for (const sha256 of missing) {
    if (!isThere({ publisher, sha256 })) return false;
    missing.delete(sha256);
  }
  return true;
}

/** Those that were signed last come first. */
function bySequence(a: NewestEdition, b: NewestEdition): number {
  return b.edition.sequence - a.edition.sequence || b.lastFed - a.lastFed;
}

function oldestOf(editions: readonly NewestEdition[]): NewestEdition {
  return [...editions].sort(bySequence).at(-1)!;
}

/**
 * The edition that makes room, of one publisher. A stranger can replay bundles that are not sent any more, but he can neither date
 * them anew nor send more of them than there ever was. So what was signed last stays, and what is sent all the time.
 */
function leastOf(editions: readonly NewestEdition[]): NewestEdition {
  const older = [...editions].sort(bySequence).slice(Math.ceil(editions.length / 2));
  return older.reduce((least, each) => (each.lastFed <= least.lastFed ? each : least), oldestOf(editions));
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
    `${refused.size} of ${index.parts.length} parts of edition ${formatSequence(edition.sequence)} of ${edition.name} are not received: with them ` +
    `it would be more than the ${limits.maxUnpackedBytes} bytes that it may unpack to (--max-size).`
  );
}
