import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Edition } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { isUnfinished, type Reception } from './reception.js';

/** The objects of a receiver, within its limits. */
export interface Receptions {
  get(id: string): Reception | undefined;
  /** Adds an object; false when there is no room and none that matters less. */
  add(reception: Reception): Promise<boolean>;
  all(): Iterable<Reception>;
  /** Asks for room in the store for an object; objects that matter less make room. */
  claim(bytes: number, by: Reception): MaybePromise<boolean>;
  unclaim(bytes: number): void;
  /** Bytes that are free in the store. */
  spare(): number;
  /** Counts bytes in the store that are no object's; `unclaim` gives them back. */
  occupy(bytes: number): void;
  /** Counts what an earlier run stored of an object: with its reception as soon as there is one. */
  hold(object: string, bytes: number): void;
  /** Drops what an earlier run stored of an object that has no reception. */
  dropHeld(object: string): Promise<void>;
  /** Drops unfinished objects that are older editions of this one. */
  dropOlder(edition: Edition): Promise<void>;
}

export interface ReceptionsParts {
  readonly limits: Pick<ReceiverLimits, 'maxObjects' | 'maxStoredBytes'>;
  /** Ends a reception and takes what belongs to it out of the store. */
  drop(reception: Reception): Promise<void>;
  /** Called with each object that was dropped. */
  onDrop(reception: Reception): void;
  /** Takes an object without a reception out of the store. */
  dropStored(object: string): MaybePromise<void>;
  /** Gives back what `occupy` counted; false when there is nothing. */
  giveUpOther(): Promise<boolean>;
}

export function createReceptions({ limits, ...parts }: ReceptionsParts): Receptions {
  const receptions = new Map<string, Reception>();
  /** Bytes of stored objects that have no reception, those unused for longest first. */
  const held = new Map<string, number>();
  let storedBytes = 0;

  async function drop(reception: Reception): Promise<void> {
    await parts.drop(reception);
    receptions.delete(reception.info.id);
    parts.onDrop(reception);
  }

  async function dropHeld(object: string): Promise<void> {
    storedBytes -= held.get(object) ?? 0;
    held.delete(object);
    await parts.dropStored(object);
  }

  /** The object that matters least, and less than `than`. */
  function victim(than: Reception, among: (reception: Reception) => boolean): Reception | undefined {
    let least: Reception | undefined;
    for (const each of receptions.values()) {
      if (!among(each) || (rank(each) >= rank(than) && !isOlder(each.info.edition, than.info.edition)))
        continue;
      if (least === undefined || compare(each, least) < 0) least = each;
    }
    return least;
  }

  async function makeRoom(bytes: number, by: Reception): Promise<boolean> {
    while (storedBytes + bytes > limits.maxStoredBytes) {
      if (await parts.giveUpOther()) continue;
      const [unused] = held.keys();
      if (unused !== undefined) {
        await dropHeld(unused);
        continue;
      }
      const dropped = victim(by, (each) => each !== by && isUnfinished(each));
      if (dropped === undefined) return false;
      await drop(dropped);
    }
    storedBytes += bytes;
    return true;
  }

  return {
    get: (id) => receptions.get(id),
    async add(reception) {
      if (receptions.size >= limits.maxObjects) {
        const dropped = victim(reception, () => true);
        if (dropped === undefined) return false;
        await drop(dropped);
      }
      const { id } = reception.info;
      receptions.set(id, reception);
      reception.storedBytes += held.get(id) ?? 0;
      held.delete(id);
      return true;
    },
    all: () => receptions.values(),
    claim(bytes, by) {
      if (storedBytes + bytes > limits.maxStoredBytes) return makeRoom(bytes, by);
      storedBytes += bytes;
      return true;
    },
    unclaim(bytes) {
      storedBytes -= bytes;
    },
    spare: () => limits.maxStoredBytes - storedBytes,
    occupy(bytes) {
      storedBytes += bytes;
    },
    hold(object, bytes) {
      storedBytes += bytes;
      const reception = receptions.get(object);
      if (reception !== undefined) reception.storedBytes += bytes;
      else held.set(object, (held.get(object) ?? 0) + bytes);
    },
    dropHeld,
    async dropOlder(edition) {
      for (const each of [...receptions.values()]) {
        if (isUnfinished(each) && isOlder(each.info.edition, edition)) await drop(each);
      }
    },
  };
}

/**
 * What nobody signed matters less than what somebody did, finished objects less than others, and expired ones less
 * (RFC 6726 section 3.3). A finished object is remembered so that it is not received again.
 */
function rank(reception: Reception): number {
  const isSigned = reception.info.edition !== undefined;
  if (!isUnfinished(reception)) return isSigned ? 3 : 0;
  return (isSigned ? 4 : 1) + (isExpired(reception) ? 0 : 1);
}

function isExpired({ expires }: Reception): boolean {
  return expires < Date.now() / 1000;
}

function compare(a: Reception, b: Reception): number {
  const byExpiry = isExpired(a) && isExpired(b) ? a.expires - b.expires : 0;
  return rank(a) - rank(b) || byExpiry || a.lastHeard - b.lastHeard;
}

/** True when `edition` is an earlier one of the same bundle than `other`. */
export function isOlder(edition: Edition | undefined, other: Edition | undefined): boolean {
  return (
    edition !== undefined &&
    edition.publisher === other?.publisher &&
    edition.name === other.name &&
    edition.sequence < other.sequence
  );
}
