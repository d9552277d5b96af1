import type { Seen } from './seen.js';

/** A session: what is sent to one destination under one TSI. */
export interface SessionInfo {
  /** Transport session identifier; undefined when the datagrams have none. */
  readonly tsi: number | undefined;
  /** As it was given to `push`. */
  readonly destination: string | undefined;
  /** Key id, as minisign shows it, of the trusted publisher whose certificate the session carries; undefined: unsigned. */
  readonly publisher: string | undefined;
}

/** What the publisher signed. */
export interface Edition {
  /** Key id as minisign shows it. */
  readonly publisher: string;
  readonly name: string;
  readonly sequence: number;
  /** SHA-256 of the transfer object. */
  readonly sha256: Uint8Array;
  /** Text of the minisign signature file over the transfer object. */
  readonly signature: string;
}

/** An object that a file delivery table announced. */
export interface ObjectInfo {
  /** Names the object in this receiver. */
  readonly id: string;
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
  /** Undefined for an object that nobody signed. */
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
}

/** Why a datagram, a table or an object was not used. */
export const REJECTIONS = {
  malformed: 'no ALC datagram, or one that cannot be read',
  unsigned: 'without authentication, which is not allowed here',
  'no-certificate': 'a table without an uplink certificate',
  'untrusted-publisher': 'certified by a publisher who is not trusted',
  'bad-certificate': 'an uplink certificate that is damaged, forged or of another session',
  'old-generation': 'an uplink certificate that was replaced by a newer one',
  forged: 'the signature does not fit the datagram',
  conflict: 'unsigned, and contradicts an earlier datagram',
  'impossible-symbol': 'a symbol that the object does not have',
  'bad-table': 'a file delivery table that cannot be read',
  'not-an-edition': 'an object without the signature of the publisher',
  'old-edition': 'an older edition than one already received',
  'bad-object': 'an object that cannot be decoded',
  'too-large': 'larger than the limit',
  'too-many': 'more sessions, objects or datagrams than the limits allow',
  'bad-digest': 'an object whose SHA-256 is not the announced one although no datagram is forged',
  'bad-publisher-signature': 'an object that the publisher did not sign',
} as const;
export type RejectionReason = keyof typeof REJECTIONS;

export interface Rejection {
  readonly reason: RejectionReason;
  /** A sentence. */
  readonly detail: string;
  /** Key id that an untrusted certificate names. */
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
  /** The object is complete and the publisher's signature is good. */
  verified: { readonly object: ObjectInfo; readonly content: ObjectContent };
  /** An unsigned object is complete: nobody vouches for it. */
  unsigned: { readonly object: ObjectInfo; readonly content: ObjectContent };
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
  const rejections = Object.fromEntries(Object.keys(REJECTIONS).map((reason) => [reason, 0]));
  const others = { datagrams: 0, kept: 0, duplicates: 0, surplus: 0, empty: 0, failed: 0 };
  return { ...rejections, ...others } as ReceiverCounters;
}
