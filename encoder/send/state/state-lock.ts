import { lockFile } from '../../../codecs/node/lock/lock.js';
import { EncodeError } from '../../error.js';

/**
 * Keeps a second uplink from using the same state.
 *
 * @param path of the lock file
 * @returns gives the lock back
 * @throws EncodeError when a running process holds it
 */
export async function lockState(path: string): Promise<() => Promise<void>> {
  const lock = await lockFile(path);
  if (typeof lock === 'function') return lock;
  throw new EncodeError(
    `Another "datacast send" (process ${lock.holder}) uses this state. Two of them would send the same symbols: ` +
      `give another --state, or --shard to both. If that process is something else, remove ${lock.path}.`,
  );
}
