import type { EditionIndex, IndexPart } from '../../../codecs/edition/index.js';
import type { Flow } from './flow.js';
import type { Seen } from './seen.js';

/** A session: what one sender sends under one TSI. Source and destination are those of its first datagram, and not authenticated. */
export interface SessionInfo extends Flow {
  /** Transport session identifier; undefined when the datagrams have none. */
  readonly tsi: number | undefined;
  /** Public key, hexadecimal, of the trusted publisher whose certificate the session carries; undefined: unsigned. */
  readonly publisher: string | undefined;
}

/** An edition of a bundle, as the publisher signed it: the index is what is signed. */
export interface Edition {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly name: string;
  readonly sequence: number;
  /** SHA-256 of the index as it is sent, lower-case hexadecimal. */
  readonly sha256: string;
  /** Text of the minisign signature file over the index as it is sent. */
  readonly signature: string;
}

/** An edition whose index is known. */
export interface KnownEdition {
  readonly edition: Edition;
  readonly index: EditionIndex;
}

/** An edition whose index has arrived. */
export interface IndexArrival extends KnownEdition {
  /** The index as it is sent, which the signature is over. */
  readonly object: Uint8Array;
}

/** What names a part, in whatever edition it is listed. */
export interface PartId {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  /** Of the part as it is sent, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * What a table announces: the index of an edition, which has a signature of the publisher; a part, which has a SHA-256 in a
 * session that is signed; or a file of a session that nobody signed.
 */
export type ObjectKind = 'index' | 'part' | 'file';

/** An object that a file delivery table announced. */
export interface ObjectInfo {
  /** Names the object in this receiver. */
  readonly id: string;
  readonly kind: ObjectKind;
  readonly session: SessionInfo;
  readonly toi: number;
  /** As it stands in the table: nobody has checked that it is a safe name. */
  readonly contentLocation: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Bytes of the transfer object. */
  readonly transferLength: number;
  readonly fecEncodingId: number;
  /** Bytes of an encoding symbol. */
  readonly symbolSize: number;
  readonly blocks: number;
  /** Source symbols of all blocks together. */
  readonly sourceSymbols: number;
  /** SHA-256 of the transfer object, lower-case hexadecimal; undefined for a file. */
  readonly sha256: string | undefined;
  /** Of an index. */
  readonly edition: Edition | undefined;
}

/** The bytes of a complete object. */
export interface ObjectContent {
  /** All bytes in order; may be called again until `release`. */
  read(): AsyncIterable<Uint8Array>;
  /**
   * Gives memory or file back. Where the store outlives the receiver, the object's datagrams leave it only now: to be
   * called when what was made of the content is safe, and before the receiver is closed. The store stays as it is
   * afterwards.
   */
  release(): Promise<void>;
  /**
   * Something else needs room on a disk that is full: the object's datagrams leave the store before `release`. What is
   * not made of the content by the time the process ends has to be received once more.
   */
  giveWay(): Promise<void>;
}

/** Why a datagram, a table or an object was not used. */
const REJECTION_REASONS = [
  'malformed',
  'unsigned',
  'no-certificate',
  'untrusted-publisher',
  'replaced-publisher',
  'bad-succession',
  'bad-certificate',
  'old-generation',
  'forged',
  'conflict',
  'impossible-symbol',
  'bad-table',
  'not-an-edition',
  'old-edition',
  'bad-index',
  'other-successor',
  'bad-part',
  'bad-object',
  'too-large',
  'too-many',
  'left-out',
  'left-out-edition',
  'waiting-full',
  'bad-digest',
  'bad-publisher-signature',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** The same in words; apart, so that who shows none need not load them. */
export const REJECTIONS: Readonly<Record<RejectionReason, string>> = {
  malformed: 'no ALC datagram, or one that cannot be read',
  unsigned: 'without authentication, which is not allowed here',
  'no-certificate': 'a table without an uplink certificate',
  'untrusted-publisher': 'certified by a publisher who is not trusted',
  'replaced-publisher': "certified by a publisher's key that another one has succeeded",
  'bad-succession':
    'a statement of succession that is damaged, or names another successor than was heard first',
  'bad-certificate': 'an uplink certificate that is damaged, forged or of another session',
  'old-generation': 'an uplink certificate that was replaced by a newer one',
  forged: 'the signature does not fit the datagram',
  conflict: 'unsigned, and contradicts an earlier datagram',
  'impossible-symbol': 'a symbol that the object does not have',
  'bad-table': 'a file delivery table that cannot be read',
  'not-an-edition': 'an object with neither a SHA-256 nor a good signature of the publisher',
  'old-edition': 'an older edition than one already received, or another one of the same number',
  'bad-index': 'an index that is damaged, or says what no index may say',
  'other-successor': 'an index that commits to another successor of the key than the first that was heard',
  'bad-part': 'a part whose size is not what the index says',
  'bad-object': 'an object that cannot be decoded',
  'too-large': 'larger than the limit',
  'too-many': 'more datagrams than the limits allow',
  'left-out': 'an object for which there is no room: those on their way matter more',
  'left-out-edition': 'an edition that is not complete and has made room for others',
  'waiting-full': 'a datagram before its table, where there was no room for all that wait',
  'bad-digest': 'an object whose SHA-256 is not the announced one although no datagram is forged',
  'bad-publisher-signature': 'an object that the publisher did not sign',
};

export interface Rejection {
  readonly reason: RejectionReason;
  /** A sentence. */
  readonly detail: string;
  /** Public key, hexadecimal, that an untrusted certificate names. */
  readonly publisher?: string;
  readonly session?: SessionInfo;
  /** Set when a whole object is rejected. */
  readonly object?: ObjectInfo;
}

export interface ReceiverEvents {
  /** The first table of a session was accepted. */
  session: SessionInfo;
  announced: ObjectInfo;
  /** Each time about half a percent more is there. */
  progress: { readonly object: ObjectInfo; readonly received: number; readonly rebuiltBlocks: number };
  block: { readonly object: ObjectInfo; readonly sbn: number };
  /**
   * A newer edition of a bundle is known: its index is complete, and the publisher signed it. Its parts come as `part`, those
   * that are complete already at once.
   */
  edition: IndexArrival;
  /** A part is complete, and is what the index of an edition lists. */
  part: {
    readonly object: ObjectInfo;
    readonly part: IndexPart;
    /** Those that list it, of each bundle the newest. */
    readonly editions: readonly Edition[];
    /** A tar archive compressed with zstd. */
    readonly content: ObjectContent;
  };
  /** A file of a session that nobody signed is complete: nobody vouches for it. */
  unsigned: { readonly object: ObjectInfo; readonly content: ObjectContent };
  /** A publisher has another key from now on; what the one before signs is not taken any more. */
  succession: {
    /** Public key, hexadecimal, that names the publisher: the first one. */
    readonly publisher: string;
    /** Public key, hexadecimal, of the successor. */
    readonly key: string;
  };
  rejected: Rejection;
  /** Changed roll-back memory, to be kept by the application. */
  seen: Seen;
  /** The store, a sink or the processor has thrown: nothing is received any more. Comes once. */
  failed: { readonly error: unknown };
  /** A listener of the application has thrown, or its promise was rejected; receiving goes on. */
  listenerFailed: { readonly type: keyof ReceiverEvents; readonly error: unknown };
}

/** What happened to datagrams, and how often. */
export type ReceiverCounters = Record<
  | RejectionReason
  /** Pushed. */
  | 'datagrams'
  /** Symbols taken into the store. */
  | 'kept'
  /** Received before, byte for byte or symbol for symbol. */
  | 'duplicates'
  /** Of objects or blocks that need no more. */
  | 'surplus'
  /** A header alone: nothing to read. */
  | 'empty'
  /** Pushed when the receiver had failed, or waiting to be looked at when it did: dropped. */
  | 'failed',
  number
>;

export type Emit = <T extends keyof ReceiverEvents>(type: T, event: ReceiverEvents[T]) => void;

/** May be asynchronous. */
export type Listener<T extends keyof ReceiverEvents> = (event: ReceiverEvents[T]) => unknown;

/** Listeners by type of event. */
export interface EventHub {
  /** @returns a function that takes the listener away */
  on<T extends keyof ReceiverEvents>(type: T, listener: Listener<T>): () => void;
  /** Calls all listeners; what they throw goes to those of `listenerFailed`, or to the console when there are none. */
  emit: Emit;
}

export function createEventHub(): EventHub {
  const listeners = new Map<string, Set<(event: never) => unknown>>();

  function report(type: keyof ReceiverEvents, error: unknown): void {
    const isTold = type !== 'listenerFailed' && (listeners.get('listenerFailed')?.size ?? 0) > 0;
    if (isTold) emit('listenerFailed', { type, error });
    else console.error(`A listener of the receiver's event "${type}" has failed:`, error);
  }

  const emit: Emit = (type, event) => {
    for (const listener of listeners.get(type) ?? []) {
      try {
        const result = (listener as (event: unknown) => unknown)(event);
        if (result instanceof Promise) result.catch((error) => report(type, error));
      } catch (error) {
        report(type, error);
      }
    }
  };

  return {
    on(type, listener) {
      const ofType = listeners.get(type) ?? new Set();
      listeners.set(type, ofType.add(listener));
      return () => ofType.delete(listener);
    },
    emit,
  };
}

export function createCounters(): ReceiverCounters {
  const rejections = Object.fromEntries(REJECTION_REASONS.map((reason) => [reason, 0]));
  const others = { datagrams: 0, kept: 0, duplicates: 0, surplus: 0, empty: 0, failed: 0 };
  return { ...rejections, ...others } as ReceiverCounters;
}
