import { copyBytes } from '../../../codecs/bytes.js';
import type { PersistentStore, StoredDatagram, StoreOptions } from './store.js';

/** A store in memory: it outlives its receiver and nothing else. By default it takes whatever it is given. */
export function createMemoryStore({
  maxBytes = Number.POSITIVE_INFINITY,
}: Partial<StoreOptions> = {}): PersistentStore {
  const objects = new Map<string, StoredDatagram[]>();
  let bytes = 0;
  return {
    maxBytes,
    append(object, datagram, group, flow) {
      if (bytes + datagram.length > maxBytes) return undefined;
      bytes += datagram.length;
      const stored = objects.get(object) ?? [];
      objects.set(object, stored);
      const reference = stored.length;
      stored.push({ object, datagram: copyBytes(datagram), group, flow, reference });
      return reference;
    },
    read(object, references, visit) {
      const stored = objects.get(object);
      for (const [index, reference] of references.entries()) {
        const found = stored?.[reference];
        if (found === undefined) throw new RangeError(`The store has no datagram ${reference} of ${object}.`);
        visit(found.datagram, index);
      }
    },
    drop(object) {
      for (const { datagram } of objects.get(object) ?? []) bytes -= datagram.length;
      objects.delete(object);
    },
    async *restore() {
      for (const stored of [...objects.values()]) yield* stored;
    },
    sync() {},
    usage: () => ({ bytes, objects: objects.size }),
    close() {},
  };
}
