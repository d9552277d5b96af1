/**
 * Receives datacast and other FLUTE sessions, for applications: `openReceiver` takes datagrams and hands out verified
 * files. Nothing here does input or output of its own; it runs in Node and in browsers.
 *
 * @example
 * const receiver = await openReceiver({ trust: 'RWQ...' });   // the publisher's public key
 * receiver.on('edition', ({ edition, index }) => console.log(edition.name, index.parts));   // what there is
 * receiver.on('part', async ({ content }) => {
 *   for await (const file of content.files()) save(file.path, await file.bytes());
 *   await content.release();
 * });
 * receiver.on('failed', ({ error }) => console.error(error));   // the store or a sink: nothing is received any more
 * for await (const { payload, destination } of datagrams) receiver.push(payload, { destination });
 * await receiver.idle();
 */

import { webCrypto } from '../codecs/crypto/index.js';
import { type OpenReceiverOptions, openReceiverWith, type Receiver } from './library/open-receiver.js';

export {
  EditionError,
  type EditionIndex,
  type IndexPart,
  PART_CLASSES,
  type PartClass,
} from '../codecs/edition/index.js';
export type { PublicKey } from '../codecs/minisign/index.js';
export type { ObjectStatus, PushResult } from './engine/interface.js';
export type { BlockStatus, ObjectState } from './engine/objects/reception.js';
export {
  type Edition,
  type IndexArrival,
  type KnownEdition,
  type ObjectContent,
  type ObjectInfo,
  type ObjectKind,
  type PartId,
  REJECTIONS,
  type ReceiverCounters,
  type Rejection,
  type RejectionReason,
  type SessionInfo,
} from './engine/ports/events.js';
export { createMemoryStore } from './engine/ports/memory-store.js';
export type { Seen } from './engine/ports/seen.js';
export type { CreateSink, ObjectSink } from './engine/ports/sink.js';
export type { DatagramStore, PersistentStore, StoredDatagram, StoreOptions } from './engine/ports/store.js';
export type { EditionStatus, PartState, PartStatus } from './engine/room/status.js';
export type { Trust } from './library/arguments.js';
export type { ContentFile } from './library/content-file.js';
export type {
  Limits,
  OpenReceiverOptions,
  PartArrival,
  PartContent,
  Receiver,
  ReceiverEvents,
} from './library/open-receiver.js';
export { openIndexedDbStore } from './stores/indexeddb.js';

/**
 * Opens a receiver. Signatures are checked by WebCrypto, and in JavaScript where it has no Ed25519; in Node the
 * `openReceiver` of `datacast/node` is faster.
 *
 * @throws TypeError when an option is unknown or has a wrong type, or a key cannot be read
 */
export function openReceiver(options: OpenReceiverOptions): Promise<Receiver> {
  return openReceiverWith(webCrypto, options);
}
