import { formatSequence } from '../../../codecs/edition/index.js';
import { type EditionLimits, type Editions, type NewestEdition, sayRefused } from '../editions/editions.js';
import { advance } from '../objects/advance.js';
import { markIfReady } from '../objects/keep-symbols.js';
import { isReceiving, type Reception } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import type { Edition, IndexArrival, KnownEdition, PartId } from '../ports/events.js';
import type { SeenMemory } from '../ports/seen.js';
import { findListing, sayOtherLength } from './listing.js';
import type { Receptions } from './receptions.js';
import type { There } from './there.js';

export interface NewerEditionParts {
  readonly context: ReceptionContext;
  readonly editions: Editions;
  readonly receptions: Receptions;
  readonly seen: SeenMemory;
  readonly limits: EditionLimits;
  /** True for a part that the application has already. */
  isHeld(part: PartId): boolean;
  readonly there: There;
  /** Whatever was announced counts as new: it may be wanted now. */
  forgetTables(): void;
}

/**
 * Takes in an edition whose index is verified: parts that it lists are wanted from now on, and what only the edition before
 * it needed goes.
 */
export function createNewerEdition(parts: NewerEditionParts): (arrival: IndexArrival) => Promise<void> {
  const { context, editions, receptions, seen, limits, isHeld, there, forgetTables } = parts;

  async function dropOlder({ edition }: KnownEdition): Promise<void> {
    for (const each of [...receptions.all()]) {
      const other = each.info.edition;
      if (other === undefined || other.publisher !== edition.publisher || other.name !== edition.name)
        continue;
      // the one that is being verified is this edition
      if (other.sequence > edition.sequence || each.state === 'verifying') continue;
      // nobody needs it any more: what it lists stands in the newer one
      each.isHandedOut = false;
      await receptions.drop(each);
    }
  }

  /** The index of an edition that had to make room is received again when it is sent, if it lists anything that is missing. */
  async function dropIndex({ edition }: KnownEdition): Promise<void> {
    for (const each of [...receptions.all()]) {
      const { publisher, name, sha256 } = each.info.edition ?? {};
      const isSame = publisher === edition.publisher && name === edition.name && sha256 === edition.sha256;
      if (isSame) await receptions.drop(each);
    }
  }

  /** Parts that the application has for other bundles only are received once more. */
  async function dropOthers({ edition, places }: NewestEdition, before: NewestEdition | undefined) {
    const { publisher } = edition;
    for (const each of [...receptions.all()]) {
      const { state, info } = each;
      const { kind, sha256, session } = info;
      if (kind !== 'part' || sha256 === undefined || session.publisher !== publisher) continue;
      if (!places.has(sha256) || isHeld({ publisher, sha256 })) continue;
      // what was handed out and not released is there for this bundle as well
      const isOfOthers = state === 'verified' && !each.isHandedOut && !before?.places.has(sha256);
      if (isOfOthers || state === 'held') await receptions.drop(each);
    }
  }

  /** Parts that are listed now and were not. */
  async function listAnew(bundle: Edition): Promise<Reception[]> {
    const wanted: Reception[] = [];
    for (const each of [...receptions.all()]) {
      if (each.info.kind !== 'part') continue;
      const earlier = each.listing;
      const listing = findListing(editions, each);
      each.listing = typeof listing === 'object' ? listing : undefined;
      if (typeof listing === 'object') {
        if (earlier === undefined) wanted.push(each);
        continue;
      }
      // one that nobody lists yet may be of an edition that is still to come; one whose edition had to make room comes again
      if (listing === undefined && (earlier === undefined || !isOf(bundle, earlier.edition))) continue;
      await receptions.drop(each);
      if (listing !== 'other-length') continue;
      const { info } = each;
      context.reject({
        reason: 'bad-part',
        detail: sayOtherLength(info),
        session: info.session,
        object: info,
      });
    }
    return wanted;
  }

  return async ({ edition, index, object }) => {
    const { publisher, name, sequence } = edition;
    seen.raiseSequence(publisher, name, sequence);
    const before = editions.newest(edition);
    const added = editions.add({ edition, index }, there.lastFed({ edition, index }));
    // before a part that it lists is handed out
    context.emit('edition', { edition, index, object });
    // the application has been told what it is to keep by now
    const gone = editions.makeRoom(there.isPart);
    await dropOlder(added);
    if (!gone.includes(added)) await dropOthers(added, before);
    for (const each of gone) {
      await dropIndex(each);
      if (each.missing.size > 0) context.reject({ reason: 'left-out-edition', detail: sayLeftOut(each) });
    }
    const wanted = await listAnew(edition);
    forgetTables();
    const detail = sayRefused(added, limits);
    if (detail !== undefined) context.reject({ reason: 'too-large', detail });
    for (const each of wanted) {
      for (const block of each.blocks.values()) markIfReady(each, block);
      if (isReceiving(each)) await advance(context, each, 'due');
    }
  };
}

function sayLeftOut({ edition: { name, sequence } }: KnownEdition): string {
  return `Edition ${formatSequence(sequence)} of ${name} is left out: there are too many bundles, or they list too many parts.`;
}

function isOf(bundle: Edition, { edition }: KnownEdition): boolean {
  return edition.publisher === bundle.publisher && edition.name === bundle.name;
}
