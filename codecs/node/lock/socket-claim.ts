import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from '../../error-code.js';
import type { Claim, ClaimPlace, ClaimState } from './claim.js';

/** Ends the name of a socket that nobody may listen at yet. */
export const UNFINISHED = '.new';
/** The shortest limit that a system has for the path of a socket, with its final zero. */
const MAX_PATH_BYTES = 104;
/** A process that is stopped, or busy, holds its lock all the same. */
const ANSWER_MILLISECONDS = 1000;

/**
 * A socket that the process listens at: the system ends that with the process, whatever ends it, and tells all others on the
 * machine, in whatever namespace. It has its name only when somebody listens.
 *
 * @throws Error where the file system has no sockets or the path is too long
 */
export async function claimBySocket({ directory, name }: ClaimPlace): Promise<Claim> {
  if (process.platform === 'win32') throw new Error('Sockets of Windows have no place in a directory.');
  const claim = { isHeld: false };
  const server = createServer((connection) => {
    connection.on('error', () => {});
    // nobody keeps it open by saying nothing
    connection.end(claim.isHeld ? 'held' : 'candidate', () => connection.destroy()).unref();
  });
  server.unref();
  const unfinished = join(directory, name + UNFINISHED);
  const path = join(directory, name);
  try {
    await withShortPath(unfinished, async (short) => {
      server.listen(short);
      await once(server, 'listening');
    });
    server.on('error', () => {});
    if ((await askSocket(unfinished)) !== 'candidate') throw new Error('Sockets cannot be connected here.');
    await rename(unfinished, path);
  } catch (error) {
    await close(server);
    await rm(unfinished, { force: true });
    throw error;
  }
  return {
    async hold() {
      claim.isHeld = true;
    },
    async withdraw() {
      try {
        await rm(path, { force: true });
      } finally {
        await close(server);
      }
    },
  };
}

/** Asks whoever listens at a socket. */
export async function askSocket(path: string): Promise<ClaimState> {
  try {
    return await withShortPath(path, answerOf);
  } catch (error) {
    if (hasCode(error, 'ECONNREFUSED')) return 'gone';
    // it ends just now, or whoever may not connect may not use the lock either
    return hasCode(error, 'ECONNRESET', 'EPIPE', 'ENOENT') ? 'candidate' : 'held';
  }
}

async function answerOf(path: string): Promise<ClaimState> {
  const connection = connect(path);
  const late = new AbortController();
  try {
    const answer = async () => {
      let text = '';
      for await (const bytes of connection) text += bytes;
      return text === 'held' ? 'held' : 'candidate';
    };
    const silent = setTimeout(ANSWER_MILLISECONDS, 'held' as const, late);
    silent.catch(() => {});
    return await Promise.race([answer(), silent]);
  } finally {
    late.abort();
    connection.on('error', () => {}).destroy();
  }
}

/** Gives `use` another path of a file, since that of a socket may have 107 bytes at most (unix(7)). */
async function withShortPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) < MAX_PATH_BYTES) return use(path);
  if (process.platform !== 'linux') throw new Error(`${path} is too long for a socket.`);
  const directory = await open(dirname(path), 'r');
  try {
    return await use(`/proc/self/fd/${directory.fd}/${basename(path)}`);
  } finally {
    await directory.close();
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
