import type { IndexPart } from '../../../codecs/edition/index.js';
import type { Editions } from '../editions/editions.js';
import { isUnfinished, type Reception } from '../objects/reception.js';
import type { KnownEdition, PartId } from '../ports/events.js';

/**
 * How far a part of an edition has come:
 * - missing: nothing was received of it;
 * - receiving: some symbols are there;
 * - complete: it was handed out;
 * - held: the application has it;
 * - refused: the limits do not allow it, or it cannot be decoded.
 */
export type PartState = 'missing' | 'receiving' | 'complete' | 'held' | 'refused';

export interface PartStatus {
  readonly part: IndexPart;
  readonly state: PartState;
  /** Symbols of use: no source block counts more than its K. */
  readonly received: number;
  /** K of all source blocks; undefined until a table announces the part. */
  readonly sourceSymbols: number | undefined;
}

/** The newest edition of a bundle, part by part in the order in which they matter. */
export interface EditionStatus extends KnownEdition {
  readonly parts: readonly PartStatus[];
}

/** How far the newest editions have come. */
export function editionStatuses(
  editions: Editions,
  receptions: Iterable<Reception>,
  isHeld: (part: PartId) => boolean,
): EditionStatus[] {
  const bySha256 = new Map<string, Reception>();
  for (const reception of receptions) {
    const { kind, sha256, session } = reception.info;
    if (kind !== 'part') continue;
    const key = `${session.publisher} ${sha256}`;
    const known = bySha256.get(key);
    // several layouts of one part: the one that is ahead
    if (known === undefined || isAhead(reception, known)) bySha256.set(key, reception);
  }
  return editions.all().map(({ edition, index, refused }) => {
    const { publisher } = edition;
    const parts = index.parts.map((part) => {
      const { sha256 } = part;
      if (refused.has(sha256))
        return { part, state: 'refused' as const, received: 0, sourceSymbols: undefined };
      const status = partStatus(part, bySha256.get(`${publisher} ${sha256}`));
      return status.state !== 'complete' && isHeld({ publisher, sha256 })
        ? { ...status, state: 'held' as const }
        : status;
    });
    return { edition, index, parts };
  });
}

function isAhead(a: Reception, b: Reception): boolean {
  if (a.state === 'rejected' || b.state === 'rejected') return b.state === 'rejected';
  return isUnfinished(a) === isUnfinished(b) ? a.received > b.received : !isUnfinished(a);
}

function partStatus(part: IndexPart, reception: Reception | undefined): PartStatus {
  if (reception === undefined) return { part, state: 'missing', received: 0, sourceSymbols: undefined };
  const { state, info, received } = reception;
  const { sourceSymbols } = info;
  if (state === 'verified' || state === 'held') {
    return {
      part,
      state: state === 'verified' ? 'complete' : 'held',
      received: sourceSymbols,
      sourceSymbols,
    };
  }
  if (state === 'rejected') return { part, state: 'refused', received: 0, sourceSymbols };
  return { part, state: received > 0 ? 'receiving' : 'missing', received, sourceSymbols };
}
