import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FdtFile } from '../../../codecs/fdt/index.js';
import { isSignedKey } from '../datagrams/session-key.js';
import type { Evidence } from '../objects/announcement.js';
import type { Reception } from '../objects/reception.js';
import type { SessionInfo } from '../ports/events.js';

/** A file of a table that gives no FEC parameters: those come with a datagram. */
export interface IncompleteFile {
  readonly file: FdtFile;
  readonly info: SessionInfo;
  readonly evidence: Evidence;
}

/** What a receiver knows of a session. */
export interface Session {
  /** See `createSessionKeys`. */
  readonly key: string;
  /**
   * The objects that each TOI means. A TOI of a signed session may mean several: a datagram belongs to the one that its signature
   * is good for.
   */
  readonly objects: Map<number, readonly Reception[]>;
  /** By TOI. */
  readonly incomplete: Map<number, IncompleteFile>;
  /** True when the table of this source, which is session and uplink key, was looked at before; remembers it otherwise. */
  isKnown(source: string, table: Uint8Array): boolean;
  /** True when the table of this source was looked at before. */
  wasKnown(source: string, table: Uint8Array): boolean;
  /** The table counts as new again. */
  forgetTable(source: string, table: Uint8Array): void;
  /** All tables count as new again. */
  forgetTables(): void;
  /** Who certified it; the empty name for a session that nobody signed. */
  readonly publishers: Set<string>;
  /** By publisher; the empty name for a session that nobody signed. */
  readonly infos: Map<string, SessionInfo>;
}

export interface Sessions {
  get(key: string): Session | undefined;
  /**
   * Makes the session when there is none. When there are too many, one of the publisher who has most goes: the one without a new
   * table for longest.
   *
   * @param publisher who certified it; undefined: nobody
   */
  open(key: string, publisher: string | undefined): Session;
  all(): Iterable<Session>;
}

/** Tables that a session remembers to have looked at: a signed one has one for every few parts. */
const MAX_TABLES = { signed: 4096, unsigned: 256 };

/** @param maxSessions signed and unsigned ones are counted apart, so that unsigned ones cannot push others out */
export function createSessions(crypto: Crypto, maxSessions: number): Sessions {
  const byKind = { signed: new Map<string, Session>(), unsigned: new Map<string, Session>() };
  const mapOf = (key: string) => (isSignedKey(key) ? byKind.signed : byKind.unsigned);
  return {
    get: (key) => mapOf(key).get(key),
    open(key, publisher = '') {
      const sessions = mapOf(key);
      const session = sessions.get(key) ?? createSession(crypto, key);
      session.publishers.add(publisher);
      sessions.delete(key);
      sessions.set(key, session);
      if (sessions.size > maxSessions) sessions.delete(findLeast(sessions.values()).key);
      return session;
    },
    *all() {
      yield* byKind.signed.values();
      yield* byKind.unsigned.values();
    },
  };
}

/** Of the publisher who has most sessions to himself the one without a new table for longest. */
function findLeast(sessions: Iterable<Session>): Session {
  const all = [...sessions];
  const own = new Map<string, Session[]>();
  for (const session of all) {
    const [publisher, another] = session.publishers;
    if (another === undefined) own.set(publisher!, [...(own.get(publisher!) ?? []), session]);
  }
  const most = [...own.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
  return most[0] ?? all[0]!;
}

function createSession(crypto: Crypto, name: string): Session {
  const tables = new Set<string>();
  const maxTables = isSignedKey(name) ? MAX_TABLES.signed : MAX_TABLES.unsigned;
  const keyOf = (source: string, table: Uint8Array) => `${toHex(crypto.sha256(table))} ${source}`;
  return {
    key: name,
    objects: new Map(),
    incomplete: new Map(),
    infos: new Map(),
    publishers: new Set(),
    wasKnown: (source, table) => tables.has(keyOf(source, table)),
    isKnown(source, table) {
      const key = keyOf(source, table);
      if (tables.has(key)) return true;
      tables.add(key);
      if (tables.size > maxTables) tables.delete(tables.keys().next().value!);
      return false;
    },
    forgetTable: (source, table) => void tables.delete(keyOf(source, table)),
    forgetTables: () => tables.clear(),
  };
}
