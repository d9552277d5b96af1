import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../../../receiver/engine/ports/memory-store.js';
import { isWaiting, type PersistentStore } from '../../../receiver/engine/ports/store.js';
import { openDirectoryStore } from '../../../receiver/stores/directory/directory.js';

/** A store that outlives its receiver. */
export interface CampaignStore {
  readonly store: PersistentStore;
  /** Bytes of what waits for tables. */
  waitingBytes(): number;
  /** The same store after its process was killed, or has ended. */
  reopen(): Promise<CampaignStore>;
  /** Nothing is left of it. */
  remove(): Promise<void>;
}

export async function createCampaignStore(
  kind: 'memory' | 'directory',
  maxBytes: number,
): Promise<CampaignStore> {
  if (kind === 'memory') return inMemory(createMemoryStore({ maxBytes }));
  return inDirectory(mkdtempSync(join(tmpdir(), 'datacast-campaign-')), maxBytes);
}

/** How much of a store waits for tables. */
function weighing(store: PersistentStore): Pick<CampaignStore, 'store' | 'waitingBytes'> {
  const waiting = new Map<string, number>();
  return {
    waitingBytes: () => [...waiting.values()].reduce((sum, bytes) => sum + bytes, 0),
    store: {
      ...store,
      append(object, datagram, group, flow) {
        if (isWaiting(object)) waiting.set(object, (waiting.get(object) ?? 0) + datagram.length);
        return store.append(object, datagram, group, flow);
      },
      drop(object) {
        waiting.delete(object);
        return store.drop(object);
      },
    },
  };
}

function inMemory(store: PersistentStore): CampaignStore {
  return {
    ...weighing(store),
    async reopen() {
      const copy = createMemoryStore({ maxBytes: store.maxBytes });
      for await (const { object, datagram, group, flow } of store.restore())
        await copy.append(object, datagram, group, flow);
      return inMemory(copy);
    },
    async remove() {},
  };
}

async function inDirectory(directory: string, maxBytes: number): Promise<CampaignStore> {
  const store = await openDirectoryStore(directory, { maxBytes });
  const remove = async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    ...weighing(store),
    remove,
    async reopen() {
      await store.sync();
      const copy = mkdtempSync(join(tmpdir(), 'datacast-campaign-'));
      cpSync(directory, copy, {
        recursive: true,
        filter: (path) => path === directory || path.endsWith('.journal'),
      });
      await remove();
      return inDirectory(copy, maxBytes);
    },
  };
}
