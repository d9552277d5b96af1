import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Channel } from './channel.js';
import { ChannelFileError, MAX_CHANNEL_BYTES, parseChannelFile } from './channel-file.js';

/**
 * Reads a channel file when it has changed.
 *
 * @returns gives the channel when the file is another one than at the last call or `force` is set; a file with
 *   mistakes counts as read
 */
export function createChannelReader(path: string): (force: boolean) => Promise<Channel | undefined> {
  let last = '';
  return async (force) => {
    const file = await look(path).catch((error: unknown) => {
      // the same file that comes back is read again
      last = '';
      throw error;
    });
    const now = `${file.mtimeMs} ${file.size} ${file.ino}`;
    if (now === last && !force) return undefined;
    last = now;
    return readChannel(path, file);
  };
}

/**
 * Reads a channel file.
 *
 * @throws ChannelFileError with its mistakes, or an error of the operating system
 */
export async function readChannelFile(path: string): Promise<Channel> {
  return readChannel(path, await look(path));
}

/** A pipe would be waited for, and a device may never end. */
async function look(path: string): Promise<Stats> {
  const file = await stat(path);
  if (!file.isFile()) throw new ChannelFileError(`${path} is no file: give the channel file itself.`);
  return file;
}

async function readChannel(path: string, { size }: Stats): Promise<Channel> {
  if (size > MAX_CHANNEL_BYTES)
    throw new ChannelFileError(`${path} has more than ${MAX_CHANNEL_BYTES} bytes.`);
  return parseChannelFile(await readFile(path, 'utf8'), path);
}
