import { buildLct } from '../../../codecs/alc/index.js';
import {
  buildSuccessionExtension,
  formatSuccessions,
  MAX_SUCCESSIONS,
  parseSuccessions,
} from '../../../codecs/auth/index.js';
import { fromBase64 } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { EditionError, type IndexPart } from '../../../codecs/edition/index.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { fingerprint, type PublicKey } from '../../../codecs/minisign/index.js';
import { createFrameMemory } from '../../../codecs/zstd/index.js';
import { takesPlaceOf } from '../../engine/editions/takes-place.js';
import type { Receiver } from '../../engine/interface.js';
import type { IndexArrival, ReceiverEvents } from '../../engine/ports/events.js';
import type { Seen } from '../../engine/ports/seen.js';
import { createReceiver } from '../../engine/receiver.js';
import type { EditionStatus } from '../../engine/room/status.js';
import { type PublisherKeys, publisherKeys } from '../../engine/tables/publishers.js';
import type { Kept } from '../keep/index.js';
import { createMemory } from './content/memory.js';
import { keepPart, type ReadPart } from './content/parts.js';
import { addEdition, bundleKey, isListed, listedParts, type Shelf, settle } from './content/shelf.js';
import { failureOf } from './failure.js';
import { isFull, type Notices, tellRejections } from './notices.js';
import { createProcessor } from './processor.js';
import type { Failure } from './protocol.js';

/** Parts that may wait to be kept while more is read. */
const MAX_BEHIND = 2;

/** A receiver whose editions and parts are kept, and what has come of it. */
export interface Reception {
  readonly shelf: Shelf;
  /** Parts that may never be read, and why. */
  readonly refused: ReadonlyMap<string, string>;
  readonly failure: Failure | undefined;
  /** Kept with `settled`, see `Remembered`. */
  rate: number | undefined;
  readonly receiver: Receiver;
  /** The keys of each publisher; only what the last one signs is taken. */
  publishers(): readonly PublisherKeys[];
  statuses(): readonly EditionStatus[];
  /** Takes an edition whose signature was checked elsewhere. */
  addEdition(arrival: IndexArrival): Promise<'added' | 'known' | 'older' | 'other-successor'>;
  /** Takes the text of publisher.successions; false when it is none. */
  addStatements(text: string): Promise<boolean>;
  /** All statements of succession that count, as such a text; empty when there are none. */
  statements(): string;
  /** Takes a part whose digest was checked elsewhere. */
  addPart(part: IndexPart, read: ReadPart): Promise<void>;
  /** Fulfilled when at most a few parts wait to be kept: until then their datagrams and blocks take room. */
  caughtUp(): Promise<void>;
  /** Fulfilled when what has come is kept. @throws what receiving has failed with */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface ReceptionOptions {
  readonly crypto: Crypto;
  readonly trust: readonly PublicKey[];
  readonly kept: Kept;
  readonly notices: Notices;
  /** Called after each change. */
  changed(): void;
}

export async function openReception({
  crypto,
  trust,
  kept,
  notices,
  changed,
}: ReceptionOptions): Promise<Reception> {
  const remembered = await createMemory(kept, crypto, trust);
  let shelf = remembered.shelf;
  let seen: Seen | undefined = remembered.seen;
  const refused = new Map(remembered.refused);
  let proofs = remembered.proofs;
  let rate = remembered.rate;
  const memory = createFrameMemory();
  let failure: Failure | undefined;
  let working: Promise<void> = Promise.resolve();
  /** The last works that were begun. */
  const recent: Promise<void>[] = [];

  const isThere = (sha256: string) => kept.has(sha256) || refused.has(sha256);
  const noRoom = (error: unknown) => {
    if (!isDiskFull(error)) throw error;
    notices.add({ kind: 'no-room' });
  };
  /** Without room what was saved before stays. */
  const save = () => remembered.save({ shelf, seen, refused, proofs, rate }).catch(noRoom);
  /** Parts that there was no room for, by SHA-256. */
  const unkept = new Map<string, ReceiverEvents['part']>();
  let receiver = await open();

  const publishers = () => publisherKeys(trust, seen?.successions ?? []);

  /** One after the other: a part takes memory while it is unpacked. */
  function later(work: () => Promise<void>): Promise<void> {
    working = working.then(work).catch((error) => {
      failure ??= failureOf(error);
      changed();
    });
    recent.push(working);
    if (recent.length > MAX_BEHIND + 1) recent.shift();
    return working;
  }

  async function open(): Promise<Receiver> {
    const schemes = await loadFecSchemes();
    const opened = createReceiver({
      crypto,
      fecSchemes: schemes,
      processor: createProcessor({ crypto, schemes, store: kept.store }),
      trust,
      store: kept.store,
      createSink: kept.createSink,
      // a recording can be read again
      checkDelay: Number.POSITIVE_INFINITY,
      editions: [...shelf.values()].map(({ newest }) => newest),
      isHeld: ({ sha256 }) => isThere(sha256),
      ...(seen && { seen }),
    });
    tellRejections(opened, kept.store, notices);
    opened.on('seen', (latest) => {
      seen = latest;
      save();
    });
    opened.on('succession', ({ key }) => {
      notices.add({ kind: 'succession', fingerprint: fingerprint(key) });
      save();
    });
    opened.on('edition', (arrival) => later(() => standing(arrival)));
    opened.on('part', (arrival) => later(() => received(arrival)));
    opened.on('progress', changed);
    opened.on('failed', ({ error }) => {
      failure = failureOf(error);
      changed();
    });
    // what the editions name counts from the start
    seen = opened.seen();
    await opened.restore();
    return opened;
  }

  async function standing(arrival: IndexArrival): Promise<void> {
    shelf = addEdition(shelf, arrival, isThere);
    prove(arrival);
    await save();
    await tidy();
    changed();
  }

  /** An edition that names the key that follows proves it when it is gone. */
  function prove(arrival: IndexArrival): void {
    const { edition, index } = arrival;
    const isKnown = proofs.some(
      (each) => each.edition.publisher === edition.publisher && each.index.nextKey === index.nextKey,
    );
    if (index.nextKey === undefined || isKnown) return;
    proofs = [...proofs, arrival].slice(-MAX_SUCCESSIONS * trust.length);
  }

  async function received(arrival: ReceiverEvents['part']): Promise<void> {
    const { object, part, content } = arrival;
    unkept.delete(part.sha256);
    const isKept = await put(part, content.read, object.id);
    // its datagrams stay, and it is tried again
    if (isKept) await content.release();
    else unkept.set(part.sha256, arrival);
  }

  async function put(part: IndexPart, read: ReadPart, id?: string): Promise<boolean> {
    try {
      await keepPart(kept, part, read, memory, id);
    } catch (error) {
      if (error instanceof EditionError) {
        refused.set(part.sha256, error.message);
        await save();
        notices.add({ kind: 'refused', why: error.message });
      } else {
        noRoom(error);
        return false;
      }
    }
    // one of 10,000 parts changes nothing else
    if (settle(shelf, isThere) !== shelf || !isListed(shelf, part.sha256)) await tidy();
    changed();
    return true;
  }

  /** What no bundle lists any more makes room. */
  async function tidy(): Promise<void> {
    const settled = settle(shelf, isThere);
    if (settled !== shelf) {
      shelf = settled;
      await save();
    }
    const listed = listedParts(shelf);
    for (const part of kept.parts()) if (!listed.has(part)) await kept.removePart(part);
    for (const sha256 of refused.keys()) if (!listed.has(sha256)) refused.delete(sha256);
  }

  return {
    get shelf() {
      return shelf;
    },
    refused,
    get failure() {
      return failure;
    },
    get rate() {
      return rate;
    },
    set rate(measured) {
      rate = measured;
    },
    get receiver() {
      return receiver;
    },
    publishers,
    statuses: () => receiver.editions(),
    async addEdition(arrival) {
      const { publisher, name, sequence, sha256 } = arrival.edition;
      const known = shelf.get(bundleKey(arrival.edition))?.newest.edition;
      if (known?.sha256 === sha256) return 'known';
      const highest = seen?.sequences.find(
        (each) => each.publisher === publisher && each.name === name,
      )?.sequence;
      if (sequence < (highest ?? 0) || (known && !takesPlaceOf(arrival.edition, known))) return 'older';
      const named = seen?.successions?.find((each) => each.publisher === publisher)?.nextKey;
      const { nextKey = named } = arrival.index;
      if (named !== undefined && nextKey !== named) return 'other-successor';
      await later(() => standing(arrival));
      // the receiver learns of it: what it was sent of the edition is of use now
      await receiver.close();
      seen = raise(seen, arrival);
      receiver = await open();
      await save();
      return 'added';
    },
    async addStatements(text) {
      const statements = readStatements(text);
      for (const each of statements ?? []) {
        receiver.push(buildLct({ tsi: 0, toi: 0, codepoint: 0 }, [buildSuccessionExtension(each)]));
      }
      await receiver.idle();
      return statements !== undefined;
    },
    statements: () =>
      formatSuccessions(
        (seen?.successions ?? [])
          .flatMap(({ statements }) => statements.map(fromBase64))
          .slice(-MAX_SUCCESSIONS),
      ),
    addPart: (part, read) => later(async () => void (await put(part, read))),
    async caughtUp() {
      if (recent.length > MAX_BEHIND) await recent[0];
    },
    async settled() {
      await receiver.idle();
      for (let last: Promise<void> | undefined; last !== working; ) {
        last = working;
        await last;
      }
      for (const arrival of [...unkept.values()]) await later(() => received(arrival));
      await kept.store.sync();
      if (isFull(kept.store)) notices.add({ kind: 'no-room' });
      await save();
    },
    async close() {
      await receiver.close();
      await working;
    },
  };
}

function readStatements(text: string): Uint8Array[] | undefined {
  try {
    return parseSuccessions(text);
  } catch {
    return undefined;
  }
}

/** Roll-back memory that knows of an edition, too. */
function raise(seen: Seen | undefined, { edition: { publisher, name, sequence } }: IndexArrival): Seen {
  const others = (seen?.sequences ?? []).filter((each) => each.publisher !== publisher || each.name !== name);
  return {
    ...seen,
    generations: seen?.generations ?? [],
    sequences: [...others, { publisher, name, sequence }],
  };
}
