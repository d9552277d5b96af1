import type { MaybePromise } from '../../codecs/crypto/index.js';
import type { Edition } from './events.js';
import type { ReceiverLimits } from './limits.js';
import type { Reception } from './reception.js';

/** The objects of a receiver, within its limits. */
export interface Receptions {
  get(id: string): Reception | undefined;
  /** Adds an object; false when there is no room and none that matters less. */
  add(reception: Reception): Promise<boolean>;
  all(): Iterable<Reception>;
  /** Asks for room in the store for an object; objects that matter less make room. */
  claim(bytes: number, by: Reception): MaybePromise<boolean>;
  unclaim(bytes: number): void;
  /** Drops unfinished objects that are older editions of this one. */
  dropOlder(edition: Edition): Promise<void>;
}

/** @param onDrop called with each object that was dropped */
export function createReceptions(
  limits: Pick<ReceiverLimits, 'maxObjects' | 'maxStoredBytes'>,
  onDrop: (reception: Reception) => void,
): Receptions {
  const receptions = new Map<string, Reception>();
  let storedBytes = 0;

  async function drop(reception: Reception): Promise<void> {
    await reception.drop();
    receptions.delete(reception.info.id);
    onDrop(reception);
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
      const dropped = victim(by, (each) => each !== by && each.state === 'receiving');
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
      receptions.set(reception.info.id, reception);
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
    async dropOlder(edition) {
      for (const each of [...receptions.values()]) {
        if (each.state === 'receiving' && isOlder(each.info.edition, edition)) await drop(each);
      }
    },
  };
}

/** Finished objects matter least, then those that nobody signed. */
function rank({ state, info }: Reception): number {
  if (state !== 'receiving') return 0;
  return info.edition === undefined ? 1 : 2;
}

function compare(a: Reception, b: Reception): number {
  return rank(a) - rank(b) || a.lastHeard - b.lastHeard;
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
