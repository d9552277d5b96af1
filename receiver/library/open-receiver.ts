import type { Crypto } from '../../codecs/crypto/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import type {
  Edition,
  ReceiverEvents as EngineEvents,
  ObjectContent,
  ObjectInfo,
} from '../engine/ports/events.js';
import { DEFAULT_LIMITS, type ReceiverLimits } from '../engine/ports/limits.js';
import {
  createReceiver,
  type ReceiverOptions as EngineOptions,
  type Receiver as EngineReceiver,
} from '../engine/receiver.js';
import {
  type Check,
  checkOptions,
  givenOptions,
  hasMethods,
  isBoolean,
  isDuration,
  isFunction,
  isObject,
  isOneOf,
  isPositive,
  parseTrust,
  requireBytes,
  type Trust,
  unknownName,
} from './arguments.js';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_ENTRIES } from './bundle-limits.js';
import { type ContentFile, contentFiles } from './content-file.js';

/** What a receiver may take at most, and what the files of one object may have. */
export interface Limits extends ReceiverLimits {
  /** Bytes that the files of one object may have together, 4 GiB by default. */
  readonly maxContentBytes: number;
  /** Files and directories of one object, 1,000,000 by default. */
  readonly maxFiles: number;
}

type EngineChoices =
  | 'verify'
  | 'allowUnsigned'
  | 'store'
  | 'createSink'
  | 'seen'
  | 'isHeld'
  | 'checkDelay'
  | 'signal';

export interface OpenReceiverOptions extends Pick<EngineOptions, EngineChoices> {
  /**
   * Public keys of the publishers that are trusted: the line of a minisign key that begins with RW, the text of its file, or
   * several. Needed unless `allowUnsigned` is set.
   */
  readonly trust?: Trust;
  readonly limits?: Partial<Limits>;
}

/** Content that a publisher signed. */
export interface EditionContent extends ObjectContent {
  /**
   * The files in the object one after the other; may be called again until `release`.
   *
   * @throws ZstdError or BundleError on iteration: the publisher signed something that is no bundle, is unsafe or larger
   * than the limits
   */
  files(): AsyncIterable<ContentFile>;
}

/** An object that a publisher signed. */
export type SignedObject = ObjectInfo & { readonly edition: Edition };

export interface ReceiverEvents extends Omit<EngineEvents, 'verified'> {
  /** The object is complete and the publisher's signature is good. */
  verified: { readonly object: SignedObject; readonly content: EditionContent };
}

export interface Receiver extends Omit<EngineReceiver, 'on'> {
  /**
   * Listens to events of a type; returns a function that ends it.
   *
   * @throws TypeError when there is no such type
   */
  on<T extends keyof ReceiverEvents>(type: T, listener: (event: ReceiverEvents[T]) => unknown): () => void;
}

const EVENTS: Record<keyof ReceiverEvents, true> = {
  session: true,
  announced: true,
  progress: true,
  block: true,
  verified: true,
  unsigned: true,
  rejected: true,
  seen: true,
  failed: true,
  listenerFailed: true,
};

const DEFAULT_CONTENT_LIMITS = { maxContentBytes: DEFAULT_MAX_BYTES, maxFiles: DEFAULT_MAX_ENTRIES };

const LIMIT_CHECKS = Object.fromEntries(
  Object.keys({ ...DEFAULT_LIMITS, ...DEFAULT_CONTENT_LIMITS }).map((name) => [name, isPositive]),
);

const CHECKS: Record<keyof OpenReceiverOptions, Check> = {
  // what is wrong with a key is said where it is read
  trust: () => undefined,
  limits: (value) => void checkOptions('limits', value, LIMIT_CHECKS),
  verify: isOneOf('lazy', 'eager'),
  allowUnsigned: isBoolean,
  store: hasMethods('a store, such as openIndexedDbStore opens', 'append', 'read', 'drop'),
  createSink: isFunction,
  seen: (value) => (isObject(value) ? undefined : 'needs what the last event "seen" gave.'),
  isHeld: isFunction,
  checkDelay: isDuration,
  signal: hasMethods('an AbortSignal', 'addEventListener'),
};

/**
 * A receiver that loads its codes, and is given its cryptography.
 *
 * @throws TypeError when an option is unknown, has a wrong type or no readable key
 */
export async function openReceiverWith(
  loadCrypto: () => Crypto | Promise<Crypto>,
  options: OpenReceiverOptions,
): Promise<Receiver> {
  checkOptions('openReceiver', options, CHECKS);
  const { trust = [], limits, ...choices } = options;
  const keys = parseTrust(trust);
  if (keys.length === 0 && options.allowUnsigned !== true) {
    throw new TypeError(
      "openReceiver needs a publisher's public key as trust: the line that begins with RW. To receive what nobody signed, set allowUnsigned.",
    );
  }
  const { maxContentBytes, maxFiles, ...engineLimits } = {
    ...DEFAULT_CONTENT_LIMITS,
    ...givenOptions(limits),
  };
  const crypto = await loadCrypto();
  const receiver = createReceiver({
    ...choices,
    crypto,
    fecSchemes: await loadFecSchemes(),
    trust: keys,
    limits: engineLimits,
  });
  const bundleLimits = { crypto, maxBytes: maxContentBytes, maxEntries: maxFiles };

  function on<T extends keyof ReceiverEvents>(type: T, listener: (event: ReceiverEvents[T]) => unknown) {
    if (!Object.hasOwn(EVENTS, type))
      throw new TypeError(unknownName('A receiver', 'event', type, Object.keys(EVENTS)));
    if (typeof listener !== 'function') throw new TypeError(`The listener of "${type}" is no function.`);
    if (type !== 'verified') return receiver.on(type, listener as (event: unknown) => void);
    const onVerified = listener as (event: ReceiverEvents['verified']) => unknown;
    return receiver.on('verified', ({ object, content: { read, release } }) => {
      const files = () => contentFiles(read(), bundleLimits);
      // what an asynchronous listener fails with is for the engine to report
      return onVerified({ object: object as SignedObject, content: { read, release, files } });
    });
  }

  return {
    ...receiver,
    get counters() {
      return receiver.counters;
    },
    on,
    push(datagram, from) {
      requireBytes('push', datagram);
      if (from !== undefined) checkOrigin(from);
      return receiver.push(datagram, from);
    },
  };
}

/** @throws TypeError */
function checkOrigin(from: unknown): void {
  const destination = isObject(from) ? from.destination : from;
  if (isObject(from) && (destination === undefined || typeof destination === 'string')) return;
  throw new TypeError(
    'push takes the destination of a datagram as { destination: "239.255.0.1:4001" }, a text.',
  );
}
