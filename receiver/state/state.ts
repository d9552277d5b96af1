import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull } from '../../codecs/disk-full.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { describeError } from '../../codecs/node/command.js';
import { formatBytes } from '../../codecs/text.js';
import { type DirectoryStore, openDirectoryStore, type StoreProblem } from '../stores/directory/directory.js';
import { openRollBackMemory, type RollBackMemory } from './roll-back-memory.js';

/** More than what was seen takes. */
const RECORD_BYTES = 1 << 20;

/** Told of something that needs attention while the program goes on; of one cause it comes again and again. */
export type TellProblem = (cause: string, message: string) => void;

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
 * @param tellProblem of a full disk, and of damage that costs no more than what is damaged
 * @throws ReceiveError when another process uses it, CliError when a later version has written it; errors of the operating system
 */
export async function openState(
  directory: string,
  maxBytes: number,
  trust: readonly PublicKey[],
  tellProblem: TellProblem,
): Promise<ReceiverState> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'store');
  const onProblem = (problem: StoreProblem) => tellProblem(problem.type, describeStoreProblem(problem, path));
  const store = await openDirectoryStore(path, { maxBytes, onProblem });
  const tellFull = (error: unknown) => {
    if (!isDiskFull(error)) throw error;
    store.giveWay(RECORD_BYTES);
    tellProblem('seen', `What was seen is not on the disk. ${describeError(error)}`);
  };
  try {
    const memory = await openRollBackMemory(directory, trust, (sentence) => tellProblem('seen', sentence));
    // what rests on what was seen waits until that is on the disk
    const settled = () =>
      memory.settled().catch((error) => {
        tellFull(error);
        return memory.settled();
      });
    return {
      store,
      memory: { ...memory, settled },
      async close() {
        try {
          await memory.settled().catch(tellFull);
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

function describeStoreProblem(problem: StoreProblem, path: string): string {
  if (problem.type === 'damaged') {
    return `${formatBytes(problem.bytes)} in ${path} are damaged and left out; they are received again.`;
  }
  return (
    `The disk is full: of what is received only what matters most is kept, in place of what matters less. Free some ` +
    `space where ${path} is.`
  );
}
