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
  /** When something new was kept of it, as the number of datagrams received by then. */
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
   * Makes an edition the newest of its bundle. When there are too many, one of the publisher who has most goes: the one of which
   * nothing new came for longest.
   *
   * @param now datagrams received so far
   * @returns it, and the one that went
   */
  add(known: KnownEdition, now: number): { readonly added: NewestEdition; readonly gone?: NewestEdition };
  /** Notes that the publisher signed such an edition, whose index is not there yet. */
  announce(edition: Edition): void;
  /** True when the publisher signed a newer edition of the bundle. */
  isSuperseded(edition: Edition): boolean;
}

export type EditionLimits = Pick<ReceiverLimits, 'maxEditions' | 'maxObjectBytes' | 'maxUnpackedBytes'>;

export function createEditions(limits: EditionLimits): Editions {
  const newest = new Map<string, NewestEdition>();
  const announced = createPerPublisher<string, number>();
  const keyOf = ({ publisher, name }: Pick<Edition, 'publisher' | 'name'>) => `${publisher} ${name}`;

  function announce(edition: Edition): void {
    const { publisher, name, sequence } = edition;
    announced.set(publisher, name, Math.max(sequence, announced.get(publisher, name) ?? 0));
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
    add({ edition, index }, now) {
      const places = new Map(index.parts.map(({ sha256 }, place) => [sha256, place]));
      const added = { edition, index, places, refused: findRefused(index.parts, limits), lastFed: now };
      const key = keyOf(edition);
      newest.delete(key);
      newest.set(key, added);
      announce(edition);
      if (newest.size <= limits.maxEditions) return { added };
      const gone = findLeast(newest.values(), added);
      newest.delete(keyOf(gone.edition));
      return { added, gone };
    },
    announce,
    isSuperseded: ({ publisher, name, sequence }) => sequence < (announced.get(publisher, name) ?? 0),
  };
}

/** The edition that makes room for one that was added. */
function findLeast(editions: Iterable<NewestEdition>, added: NewestEdition): NewestEdition {
  const all = [...editions];
  const counts = new Map<string, number>();
  for (const { edition } of all) counts.set(edition.publisher, (counts.get(edition.publisher) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return all
    .filter((each) => each !== added && counts.get(each.edition.publisher) === most)
    .reduce((least, each) => (compareLeaving(each, least) < 0 ? each : least), added);
}

function compareLeaving(a: NewestEdition, b: NewestEdition): number {
  return a.lastFed - b.lastFed || a.edition.sequence - b.edition.sequence;
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
