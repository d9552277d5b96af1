/**
 * Receives datacast and other FLUTE sessions: `createReceiver` takes datagrams and hands out verified objects. Nothing here
 * does input or output of its own; it runs in Node and in browsers.
 *
 * @example
 * const receiver = createReceiver({
 *   crypto: await webCrypto(),                     // codecs/crypto; nodeCrypto of codecs/crypto/node in Node
 *   fecSchemes: await loadFecSchemes(),            // codecs/fec
 *   trust: [parsePublicKey(publisherKeyText)],     // codecs/minisign
 * });
 * receiver.on('verified', async ({ object, content }) => {
 *   for await (const chunk of content.read()) save(object.edition.name, chunk);   // a .tar.zst
 *   await content.release();
 * });
 * for await (const { payload, destination } of datagrams) receiver.push(payload, { destination });
 * await receiver.idle();
 */

export type {
  Edition,
  ObjectContent,
  ObjectInfo,
  ReceiverCounters,
  ReceiverEvents,
  Rejection,
  RejectionReason,
  SessionInfo,
} from './engine/events.js';
export { REJECTIONS } from './engine/events.js';
export { DEFAULT_LIMITS, type ReceiverLimits } from './engine/limits.js';
export type { Rebuilt } from './engine/rebuild-block.js';
export { createReceiver, type ObjectStatus, type Receiver, type ReceiverOptions } from './engine/receiver.js';
export type { BlockStatus, ObjectState } from './engine/reception.js';
export type { Seen } from './engine/seen.js';
export type { KeysByTsi, SignedBatch } from './engine/signed-batch.js';
export { type CreateSink, createMemorySink, type ObjectSink } from './engine/sink.js';
export type { DatagramStore, PersistentStore, StoredDatagram, StoreOptions } from './engine/store.js';
export {
  createLocalWorkshop,
  type ObjectDigests,
  type WorkOrder,
  type Workshop,
  type WorkshopContext,
} from './engine/workshop.js';
export { openIndexedDbStore } from './stores/indexeddb.js';
export { createMemoryStore } from './stores/memory.js';
