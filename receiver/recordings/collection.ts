import type { Receiver } from '../engine/interface.js';
import type { IndexArrival, ObjectContent, ObjectInfo, SessionInfo } from '../engine/ports/events.js';
import type { UnsignedObject } from '../files/write-content.js';
import { REPORTED_REASONS } from '../reported-reasons.js';

/** A file that nobody signed. */
export interface UnsignedFile extends UnsignedObject {
  readonly object: ObjectInfo;
  readonly content: ObjectContent;
}

/** What a receiver has told, as far as it is of use at the end. */
export interface Collection {
  readonly sessions: readonly SessionInfo[];
  /** The newest edition of each bundle. */
  readonly editions: ReadonlyMap<string, IndexArrival>;
  /** Sequence numbers of the editions before it that were received. */
  readonly earlier: ReadonlyMap<string, number>;
  readonly unsigned: readonly UnsignedFile[];
  /** Public keys, hexadecimal, of publishers that got another one, and the new ones. */
  readonly successions: readonly { readonly publisher: string; readonly key: string }[];
  /** Public keys, hexadecimal, that untrusted certificates named. */
  readonly untrusted: ReadonlySet<string>;
  /** TSIs of sessions that have no authentication and were not received. */
  readonly refusedSessions: ReadonlySet<number | undefined>;
  /** Sentences on objects that were refused, each once. */
  readonly refusals: ReadonlySet<string>;
}

/** Hostile input makes as many of these as it likes. */
const MAX_KEPT = 32;

export function collect(receiver: Pick<Receiver, 'on'>): Collection {
  const sessions: SessionInfo[] = [];
  const editions = new Map<string, IndexArrival>();
  const earlier = new Map<string, number>();
  const unsigned: UnsignedFile[] = [];
  const successions: Collection['successions'][number][] = [];
  const untrusted = new Set<string>();
  const refusedSessions = new Set<number | undefined>();
  const refusals = new Set<string>();
  const keep = <T>(kept: Set<T>, value: T) => kept.size < MAX_KEPT && kept.add(value);

  receiver.on('session', (session) => sessions.length < MAX_KEPT && sessions.push(session));
  receiver.on('succession', (succession) => {
    successions.push(succession);
    // what came before its statement is not of a stranger
    untrusted.delete(succession.key);
  });
  receiver.on('unsigned', ({ object, content }) => {
    const { toi, contentLocation, contentEncoding } = object;
    unsigned.push({ object, toi, contentLocation, contentEncoding, content });
  });
  receiver.on('edition', (arrival) => {
    const key = bundleKey(arrival.edition);
    const before = editions.get(key);
    if (before !== undefined) earlier.set(key, before.edition.sequence);
    editions.set(key, arrival);
  });
  receiver.on('rejected', ({ reason, detail, publisher, session }) => {
    if (reason === 'untrusted-publisher') keep(untrusted, publisher!);
    else if (reason === 'unsigned') keep(refusedSessions, session?.tsi);
    else if (REPORTED_REASONS.has(reason)) keep(refusals, detail);
  });
  return { sessions, editions, earlier, unsigned, successions, untrusted, refusedSessions, refusals };
}

export function bundleKey({
  publisher,
  name,
}: {
  readonly publisher: string;
  readonly name: string;
}): string {
  return `${publisher} ${name}`;
}
