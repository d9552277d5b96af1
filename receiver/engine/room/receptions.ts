import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import { isUnfinished, type Reception } from '../objects/reception.js';
import type { ObjectInfo, PartId, Rejection } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { partKey, partKeyOf } from './part-key.js';
import { INDEX_SHARE, type Usefulness } from './usefulness.js';

/** The objects of a receiver, within its limits. */
export interface Receptions {
  get(id: string): Reception | undefined;
  /** Adds an object; false when there is no room and none that matters less. */
  add(reception: Reception): Promise<boolean>;
  all(): Iterable<Reception>;
  /** The one of these that matters least, and less than one that is new. */
  leastOf(among: Iterable<Reception>, added: Reception): Reception | undefined;
  /** Receptions of the part: several when it is announced with several layouts. */
  ofPart(part: PartId): readonly Reception[];
  /** Ends the reception of an object; nothing of it stays in the store but what was handed out. */
  drop(reception: Reception): Promise<void>;
  /** Asks for room in the store for an object; objects that matter less make room. */
  claim(bytes: number, by: Reception): MaybePromise<boolean>;
  unclaim(bytes: number): void;
  /** Asks for room for one more block of an object; objects that matter less make room. */
  claimBlock(by: Reception): MaybePromise<boolean>;
  /** Bytes that are free in the store. */
  spare(): number;
  /** Counts bytes in the store that are no object's; `unclaim` gives them back. */
  occupy(bytes: number): void;
  /** Counts what an earlier run stored of an object: with its reception as soon as there is one. */
  hold(object: string, bytes: number): void;
  /** Drops what an earlier run stored of an object that has no reception. */
  dropHeld(object: string): Promise<void>;
}

/** Datagrams. */
const REFUSED_FOR = 100;

export interface ReceptionsParts {
  readonly usefulness: Usefulness;
  readonly limits: Pick<ReceiverLimits, 'maxObjects' | 'maxBlocks' | 'maxStoredBytes'>;
  /** Ends a reception and takes what belongs to it out of the store. */
  drop(reception: Reception): Promise<void>;
  /** Called with each object that was dropped. */
  onDrop(reception: Reception): void;
  /** Called with a useful one that has made room, and of which there is no other layout. */
  onDisplaced(reception: Reception): void;
  /** Takes an object without a reception out of the store. */
  dropStored(object: string): MaybePromise<void>;
  /** Gives back what `occupy` counted; false when there is nothing. */
  giveUpOther(): Promise<boolean>;
}

export function createReceptions({ limits, usefulness, ...parts }: ReceptionsParts): Receptions {
  const { isUseful } = usefulness;
  const places = { limit: limits.maxObjects, of: () => 1 };
  const storeRoom = { limit: limits.maxStoredBytes, of: ({ storedBytes }: Reception) => storedBytes };
  const blockRoom = { limit: limits.maxBlocks, of: ({ blocks }: Reception) => blocks.size };
  const receptions = new Map<string, Reception>();
  const ofParts = new Map<string, readonly Reception[]>();
  /** Bytes of stored objects that have no reception, those unused for longest first. */
  const held = new Map<string, number>();
  let storedBytes = 0;
  /** The last one that found no room. */
  let refused: Reception | undefined;

  async function drop(reception: Reception): Promise<void> {
    await parts.drop(reception);
    receptions.delete(reception.info.id);
    notePart(reception, (known) => known.filter((each) => each !== reception));
    parts.onDrop(reception);
  }

  /** Drops an object for the sake of another one. */
  async function displace(reception: Reception): Promise<void> {
    const isMissing = isUseful(reception) && isUnfinished(reception);
    await drop(reception);
    const { info } = reception;
    if (isMissing && !(info.kind === 'part' && ofParts.has(partKeyOf(reception))))
      parts.onDisplaced(reception);
  }

  function notePart(
    reception: Reception,
    change: (known: readonly Reception[]) => readonly Reception[],
  ): void {
    if (reception.info.kind !== 'part') return;
    const key = partKeyOf(reception);
    const changed = change(ofParts.get(key) ?? []);
    if (changed.length > 0) ofParts.set(key, changed);
    else ofParts.delete(key);
  }

  /** No better than one that found no room a moment ago: a flood of tables must not cost a search each. */
  function isHopeless(added: Reception): boolean {
    const isRecent = refused !== undefined && added.lastHeard - refused.lastHeard <= REFUSED_FOR;
    return isRecent && !isUseful(added) && !isUseful(refused!);
  }

  async function dropHeld(object: string): Promise<void> {
    storedBytes -= held.get(object) ?? 0;
    held.delete(object);
    await parts.dropStored(object);
  }

  function* unfinished(): Generator<Reception> {
    for (const each of receptions.values()) if (isUnfinished(each)) yield each;
  }

  async function makeRoom(bytes: number, by: Reception): Promise<boolean> {
    while (storedBytes + bytes > limits.maxStoredBytes) {
      if (await parts.giveUpOther()) continue;
      const [unused] = held.keys();
      if (unused !== undefined) {
        await dropHeld(unused);
        continue;
      }
      const dropped = usefulness.findVictimOfChecked(unfinished(), by, storeRoom);
      if (dropped === undefined) return false;
      await displace(dropped);
    }
    storedBytes += bytes;
    return true;
  }

  function countBlocks(): number {
    let blocks = 0;
    for (const each of receptions.values()) blocks += each.blocks.size;
    return blocks;
  }

  /** What is no index leaves a share to indices: the next edition must be heard of while parts have all the blocks they may. */
  function maxBlocksFor({ info }: Reception): number {
    return info.kind === 'index'
      ? limits.maxBlocks
      : Math.max(1, Math.floor(limits.maxBlocks * (1 - INDEX_SHARE)));
  }

  async function makeBlockRoom(by: Reception): Promise<boolean> {
    while (countBlocks() >= maxBlocksFor(by)) {
      const withBlocks = [...unfinished()].filter(({ blocks }) => blocks.size > 0);
      const dropped = usefulness.findVictim(withBlocks, by, blockRoom);
      if (dropped === undefined) return false;
      await displace(dropped);
    }
    return true;
  }

  return {
    get: (id) => receptions.get(id),
    async add(reception) {
      if (receptions.size >= limits.maxObjects) {
        const dropped = isHopeless(reception)
          ? undefined
          : usefulness.findVictimOfNew(receptions.values(), reception, places);
        if (dropped === undefined) {
          if (!isHopeless(reception)) refused = reception;
          return false;
        }
        await displace(dropped);
      }
      const { id } = reception.info;
      receptions.set(id, reception);
      notePart(reception, (known) => [...known, reception]);
      reception.storedBytes += held.get(id) ?? 0;
      held.delete(id);
      return true;
    },
    all: () => receptions.values(),
    ofPart: (part) => ofParts.get(partKey(part)) ?? [],
    drop,
    leastOf: (among, added) => usefulness.findVictimOfNew(among, added, { ...places, limit: 0 }),
    claim(bytes, by) {
      if (storedBytes + bytes > limits.maxStoredBytes) return makeRoom(bytes, by);
      storedBytes += bytes;
      return true;
    },
    unclaim(bytes) {
      storedBytes -= bytes;
    },
    claimBlock: (by) => countBlocks() < maxBlocksFor(by) || makeBlockRoom(by),
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
  };
}

/** Said of an object for which there is no room, or no more. */
export function leftOut(info: ObjectInfo): Rejection {
  const detail = `The ${info.kind} with TOI ${info.toi} is left out: there are too many objects.`;
  return { reason: 'left-out', detail, session: info.session };
}
