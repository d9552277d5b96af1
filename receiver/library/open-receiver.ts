import type { Crypto } from '../../codecs/crypto/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import type { ReceiverOptions as EngineOptions, Receiver as EngineReceiver } from '../engine/interface.js';
import type { ReceiverEvents as EngineEvents, ObjectContent } from '../engine/ports/events.js';
import { DEFAULT_LIMITS, type ReceiverLimits } from '../engine/ports/limits.js';
import { createReceiver } from '../engine/receiver.js';
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
import { type ContentFile, contentFiles } from './content-file.js';
import { ownPieces } from './own-pieces.js';
import { MAX_ENTRIES } from './part-items.js';

/** What a receiver may take at most, and what the files of a part may have. */
export interface Limits extends ReceiverLimits {
  /** Files and directories of one part that is read as files, 1,000,000 by default. */
  readonly maxFiles: number;
}

type EngineChoices =
  | 'verify'
  | 'allowUnsigned'
  | 'store'
  | 'createSink'
  | 'seen'
  | 'editions'
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

/** Content of a part: a tar archive compressed with zstd, and the files in it. */
export interface PartContent extends ObjectContent {
  /**
   * The files in the part one after the other; may be called again until `release`. Nothing of a part has more bytes than
   * the index says.
   *
   * @throws EditionError on iteration: the publisher signed a part that is not what the index says, is unsafe to unpack, or
   * has more than `limits.maxFiles`
   */
  files(): AsyncIterable<ContentFile>;
}

/** A part that is complete. */
export interface PartArrival extends Omit<EngineEvents['part'], 'content'> {
  readonly content: PartContent;
}

export interface ReceiverEvents extends Omit<EngineEvents, 'part'> {
  /** A part is complete, and is what the index of an edition lists. */
  part: PartArrival;
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
  edition: true,
  part: true,
  unsigned: true,
  rejected: true,
  seen: true,
  succession: true,
  failed: true,
  listenerFailed: true,
};

const LIMIT_CHECKS = Object.fromEntries(
  [...Object.keys(DEFAULT_LIMITS), 'maxFiles'].map((name) => [name, isPositive]),
);

const CHECKS: Record<keyof OpenReceiverOptions, Check> = {
  // what is wrong with a key is said where it is read
  trust: () => undefined,
  limits: (value) => void checkOptions('limits', value, LIMIT_CHECKS),
  verify: isOneOf('auto', 'lazy', 'eager'),
  allowUnsigned: isBoolean,
  store: hasMethods('a store, such as openIndexedDbStore opens', 'append', 'read', 'drop'),
  createSink: isFunction,
  seen: (value) => (isObject(value) ? undefined : 'needs what the last event "seen" gave.'),
  editions: isKnownEditions,
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
  const { maxFiles = MAX_ENTRIES, ...engineLimits } = givenOptions(limits);
  const receiver = createReceiver({
    ...choices,
    crypto: await loadCrypto(),
    fecSchemes: await loadFecSchemes(),
    trust: keys,
    limits: engineLimits,
  });

  function on<T extends keyof ReceiverEvents>(type: T, listener: (event: ReceiverEvents[T]) => unknown) {
    if (!Object.hasOwn(EVENTS, type))
      throw new TypeError(unknownName('A receiver', 'event', type, Object.keys(EVENTS)));
    if (typeof listener !== 'function') throw new TypeError(`The listener of "${type}" is no function.`);
    // what an asynchronous listener fails with is for the engine to report
    if (type === 'part') {
      const onPart = listener as (event: PartArrival) => unknown;
      return receiver.on('part', (event) => onPart({ ...event, content: partContent(event) }));
    }
    if (type === 'unsigned') {
      const onFile = listener as (event: ReceiverEvents['unsigned']) => unknown;
      return receiver.on('unsigned', (event) => onFile({ ...event, content: ownContent(event.content) }));
    }
    return receiver.on(type, listener as (event: unknown) => unknown);
  }

  function partContent({ part, content }: EngineEvents['part']): PartContent {
    return { ...ownContent(content), files: () => contentFiles(content.read(), part, maxFiles) };
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

function ownContent(content: ObjectContent): ObjectContent {
  return { ...content, read: () => ownPieces(content.read()) };
}

/** @throws TypeError */
function checkOrigin(from: unknown): void {
  const isText = (value: unknown) => value === undefined || typeof value === 'string';
  if (isObject(from) && isText(from.source) && isText(from.destination)) return;
  throw new TypeError(
    'push takes who sent a datagram where as { source: "192.0.2.1", destination: "239.255.0.1:4001" }, two texts.',
  );
}

function isKnownEditions(value: unknown): string | undefined {
  const isKnown = (each: unknown) => isObject(each) && isObject(each.edition) && isObject(each.index);
  if (Array.isArray(value) && value.every(isKnown)) return undefined;
  return 'needs an array of what events "edition" gave: { edition, index } of each.';
}
