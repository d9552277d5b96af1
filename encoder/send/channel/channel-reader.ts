import { readFile, stat } from 'node:fs/promises';
import type { Channel } from './channel.js';
import { parseChannelFile } from './channel-file.js';

/**
 * Reads a channel file when it has changed.
 *
 * @returns gives the channel when the file is another one than at the last call or `force` is set; a file with
 *   mistakes counts as read
 */
export function createChannelReader(path: string): (force: boolean) => Promise<Channel | undefined> {
  let last = '';
  return async (force) => {
    const { mtimeMs, size, ino } = await stat(path).catch((error: unknown) => {
      // the same file that comes back is read again
      last = '';
      throw error;
    });
    const now = `${mtimeMs} ${size} ${ino}`;
    if (now === last && !force) return undefined;
    last = now;
    return parseChannelFile(await readFile(path, 'utf8'), path);
  };
}
