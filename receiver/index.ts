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
export { createReceiver, type ObjectStatus, type Receiver, type ReceiverOptions } from './engine/receiver.js';
export type { BlockStatus, ObjectState } from './engine/reception.js';
export type { Seen } from './engine/seen.js';
export { type CreateSink, createMemorySink, type ObjectSink } from './engine/sink.js';
export { createMemoryStore, type DatagramStore } from './engine/store.js';
