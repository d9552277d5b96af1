/** A thread of a pool: does one task after the other. */
import { createRootCache } from '../../codecs/auth/index.js';
import type { Hasher } from '../../codecs/crypto/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { readAt, writeAt } from '../../codecs/node/open-file.js';
import { serveTasks } from '../../codecs/node/threads/thread-pool.js';
import { decompressFrame, loadZstd } from '../../codecs/zstd/index.js';
import { rebuildBlock } from '../engine/processing/rebuild-block.js';
import { verifyBatch } from '../engine/processing/signed-batch.js';
import { createReadMemory, readDatagrams } from '../stores/directory/datagram-file.js';
import type { Input, Output, Request, TaskKind } from './tasks.js';

type Work<K extends TaskKind> = (
  input: Input<K>,
) => Promise<{ output: Output<K>; transfer?: readonly ArrayBuffer[] }>;

const HASHED_BYTES = 1 << 19;

const checkedRoots = createRootCache();
/** SHA-256 of objects as far as they are rebuilt. */
const hashers = new Map<string, Hasher>();
let schemes: Promise<FecSchemes> | undefined;
let chunk: Uint8Array | undefined;
const memory = createReadMemory();

const WORK: { [K in TaskKind]: Work<K> } = {
  async rebuild({ parameters, block, store, references, sink }) {
    schemes ??= loadFecSchemes();
    const output = await rebuildBlock(
      await schemes,
      parameters,
      block,
      (visit) => readDatagrams(store, references, visit, memory),
      (bytes) => writeAt(sink, bytes, block.offset),
    );
    return { output };
  },
  async verify({ batch, keys, objectId }) {
    const genuine = await verifyBatch(nodeCrypto, batch, keys, objectId, checkedRoots);
    return { output: { batch, genuine }, transfer: [batch.bytes.buffer] };
  },
  async hash(task) {
    const { sink, from, to } = task;
    if (from === 0) hashers.delete(task.object);
    const hasher = hashers.get(task.object) ?? nodeCrypto.createSha256();
    hashers.set(task.object, hasher);
    chunk ??= new Uint8Array(HASHED_BYTES);
    for (let position = from; position < to; ) {
      const read = readAt(sink, chunk.subarray(0, Math.min(HASHED_BYTES, to - position)), position);
      if (read === 0) throw new RangeError(`The object ends at byte ${position}.`);
      hasher.update(chunk.subarray(0, read));
      position += read;
    }
    return { output: undefined };
  },
  async digest(task) {
    const hasher = hashers.get(task.object) ?? nodeCrypto.createSha256();
    hashers.delete(task.object);
    return { output: hasher.digest() };
  },
  async decompress({ frame, capacity }) {
    const content = decompressFrame(await loadZstd(), frame, capacity);
    const memory = frame.buffer;
    return { output: { content, memory }, transfer: content ? [content.buffer, memory] : [memory] };
  },
};

serveTasks<Request>(
  async () =>
    ({ kind, input }) =>
      WORK[kind](input as never),
);
