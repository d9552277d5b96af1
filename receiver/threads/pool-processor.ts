import type { SourceBlock } from '../../codecs/fec/index.js';
import type { Processor, WorkOrder } from '../engine/processing/processor.js';
import type { FileSinks } from '../files/file-sink.js';
import type { FileStore } from '../stores/directory/temporary-files.js';
import { createHashAhead, type HashAhead } from './hash-ahead.js';
import type { WorkerPool } from './tasks.js';

/** What is smaller is done before another thread has taken it up: objects in bytes, batches in datagrams. */
const SMALL_OBJECT = 1 << 20;
const SMALL_BATCH = 32;

/**
 * A processor in other threads, which read the store's files and write the sinks' by themselves. Objects are hashed as
 * their blocks are rebuilt.
 *
 * @param local does what is small
 */
export function createPoolProcessor(
  pool: WorkerPool,
  local: Processor,
  store: FileStore,
  sinks: FileSinks,
): Processor {
  let nextThread = 0;
  const objects = new Map<string, { hashes: HashAhead; tasks: Set<Promise<unknown>> }>();

  function objectOf({ id, parameters }: WorkOrder) {
    const known = objects.get(id);
    if (known !== undefined) return known;
    const hashes = createHashAhead(
      pool,
      id,
      parameters.transferLength,
      () => sinks.file(id),
      nextThread++ % pool.threads,
    );
    const opened = { hashes, tasks: new Set<Promise<unknown>>() };
    objects.set(id, opened);
    return opened;
  }

  async function rebuild(order: WorkOrder, block: SourceBlock, references: readonly number[]) {
    const { hashes } = objectOf(order);
    const { id, parameters } = order;
    hashes.spoil(block);
    const memory = Float64Array.from(references);
    const files = { store: store.file(id, block.sbn), sink: sinks.file(id) };
    const input = { parameters, block, ...files, references: memory };
    const outcome = await pool.run('rebuild', input, [memory.buffer]);
    if (outcome === 'rebuilt') hashes.add(block);
    return outcome;
  }

  /** Keeps note of what is on its way for an object. */
  function noted<T>(order: WorkOrder, task: Promise<T>): Promise<T> {
    const { tasks } = objectOf(order);
    tasks.add(task);
    const end = () => tasks.delete(task);
    task.then(end, end);
    return task;
  }

  const isSmall = ({ parameters }: WorkOrder) => parameters.transferLength < SMALL_OBJECT;

  return {
    rebuild(order, sink, block, references) {
      if (isSmall(order)) return local.rebuild(order, sink, block, references);
      return noted(order, rebuild(order, block, references));
    },
    verify(batch, keys, objectId) {
      if (batch.ends.length < SMALL_BATCH) return local.verify(batch, keys, objectId);
      return pool.run('verify', { batch, keys, objectId }, [batch.bytes.buffer]);
    },
    digest(order, sink, isWanted) {
      if (isSmall(order)) return local.digest(order, sink, isWanted);
      return noted(order, objectOf(order).hashes.digest());
    },
    async release(order) {
      const object = objects.get(order.id);
      if (object === undefined) return;
      objects.delete(order.id);
      await Promise.allSettled(object.tasks);
      await object.hashes.abandon();
    },
  };
}
