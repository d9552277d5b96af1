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
 * receiver.on('failed', ({ error }) => console.error(error));   // the store or a sink: nothing is received any more
 * for await (const { payload, destination } of datagrams) receiver.push(payload, { destination });
 * await receiver.idle();
 */

export type { BlockStatus, ObjectState } from './engine/objects/reception.js';
export type {
  Edition,
  ObjectContent,
  ObjectInfo,
  ReceiverCounters,
  ReceiverEvents,
  Rejection,
  RejectionReason,
  SessionInfo,
} from './engine/ports/events.js';
export { REJECTIONS } from './engine/ports/events.js';
export { DEFAULT_LIMITS, type ReceiverLimits } from './engine/ports/limits.js';
export { createMemoryStore } from './engine/ports/memory-store.js';
export type { Seen } from './engine/ports/seen.js';
export { type CreateSink, createMemorySink, type ObjectSink } from './engine/ports/sink.js';
export type { DatagramStore, PersistentStore, StoredDatagram, StoreOptions } from './engine/ports/store.js';
export {
  createLocalProcessor,
  type ObjectDigests,
  type Processor,
  type ProcessorContext,
  type Verified,
  type WorkOrder,
} from './engine/processing/processor.js';
export type { Rebuilt } from './engine/processing/rebuild-block.js';
export type { KeysByTsi, SignedBatch } from './engine/processing/signed-batch.js';
export {
  createReceiver,
  type ObjectStatus,
  type PushResult,
  type Receiver,
  type ReceiverOptions,
} from './engine/receiver.js';
export { openIndexedDbStore } from './stores/indexeddb.js';
