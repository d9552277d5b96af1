import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FdtFile } from '../../../codecs/fdt/index.js';
import type { Evidence } from '../objects/announcement.js';
import type { Reception } from '../objects/reception.js';
import type { SessionInfo } from '../ports/events.js';

export interface WaitingFile {
  readonly file: FdtFile;
  readonly info: SessionInfo;
  readonly evidence: Evidence;
}

/** What a receiver knows of a session: which object each TOI means. */
export interface Session {
  readonly objects: Map<number, Reception>;
  /** Files of the tables that give no FEC parameters: those come with a datagram. */
  readonly waiting: Map<number, WaitingFile>;
  /** True when the table of this source, session and uplink key, was looked at before; remembers it otherwise. */
  isKnown(source: string, table: Uint8Array): boolean;
  /** True when the table of this source was looked at before. */
  wasKnown(source: string, table: Uint8Array): boolean;
  /** All tables count as new again. */
  forgetTables(): void;
  /** By publisher; the empty name for a session that nobody signed. */
  readonly infos: Map<string, SessionInfo>;
}

export interface Sessions {
  get(key: string): Session | undefined;
  /** Makes the session when there is none; the one unheard of for longest goes when there are too many. */
  open(key: string): Session;
  all(): Iterable<Session>;
}

/** Tables that a session remembers to have looked at: a channel of many bundles has one for each. */
const MAX_TABLES = 256;

/** @param maxSessions signed and unsigned ones are counted apart, so that unsigned ones cannot push others out */
export function createSessions(crypto: Crypto, maxSessions: number): Sessions {
  const byKind = { signed: new Map<string, Session>(), unsigned: new Map<string, Session>() };
  const mapOf = (key: string) => (isSignedKey(key) ? byKind.signed : byKind.unsigned);
  return {
    get: (key) => mapOf(key).get(key),
    open(key) {
      const sessions = mapOf(key);
      const session = sessions.get(key) ?? createSession(crypto);
      sessions.delete(key);
      sessions.set(key, session);
      if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value!);
      return session;
    },
    *all() {
      yield* byKind.signed.values();
      yield* byKind.unsigned.values();
    },
  };
}

/**
 * Names sessions: datagrams with and without authentication of ours never meet in one. Remembers the last name, since
 * one datagram after the other belongs to the same session.
 */
export function createSessionKeys(): (
  signed: boolean,
  destination: string | undefined,
  tsi: number | undefined,
) => string {
  let last: { signed: boolean; destination: string | undefined; tsi: number | undefined } | undefined;
  let key = '';
  return (signed, destination, tsi) => {
    if (last?.signed !== signed || last.destination !== destination || last.tsi !== tsi) {
      last = { signed, destination, tsi };
      key = `${signed ? 'signed' : 'unsigned'} ${tsi ?? '-'} ${destination ?? ''}`;
    }
    return key;
  };
}

function isSignedKey(key: string): boolean {
  return key.startsWith('signed');
}

function createSession(crypto: Crypto): Session {
  const tables = new Set<string>();
  const keyOf = (source: string, table: Uint8Array) => `${toHex(crypto.sha256(table))} ${source}`;
  return {
    objects: new Map(),
    waiting: new Map(),
    infos: new Map(),
    wasKnown: (source, table) => tables.has(keyOf(source, table)),
    isKnown(source, table) {
      const key = keyOf(source, table);
      if (tables.has(key)) return true;
      tables.add(key);
      if (tables.size > MAX_TABLES) tables.delete(tables.keys().next().value!);
      return false;
    },
    forgetTables: () => tables.clear(),
  };
}
