import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { type DirectoryStore, openDirectoryStore } from '../stores/directory/directory.js';
import { openRollBackMemory, type RollBackMemory } from './roll-back-memory.js';

/** What outlives the process: datagrams of unfinished editions, and what was seen. */
export interface ReceiverState {
  readonly store: DirectoryStore;
  readonly memory: RollBackMemory;
  close(): Promise<void>;
}

/**
 * Opens the state of `--state`, which is made if it does not exist.
 *
 * @param maxBytes of datagrams that are kept
 * @param trust keys that are trusted now
 * @throws ReceiveError when another process uses it or a file of it is damaged; errors of the operating system
 */
export async function openState(
  directory: string,
  maxBytes: number,
  trust: readonly PublicKey[],
): Promise<ReceiverState> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const store = await openDirectoryStore(join(directory, 'store'), { maxBytes });
  try {
    const memory = await openRollBackMemory(directory, trust);
    return {
      store,
      memory,
      async close() {
        try {
          await memory.settled();
        } finally {
          await store.close();
        }
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
