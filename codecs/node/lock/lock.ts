import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from '../../error-code.js';
import { isGone, pidOf, processIdentity } from '../process-identity.js';
import type { Claim, ClaimPlace, ClaimState } from './claim.js';
import { askFile, claimByFile } from './file-claim.js';
import { askSocket, claimBySocket, UNFINISHED } from './socket-claim.js';

/** The process that holds a lock already. */
export interface LockHolder {
  readonly holder: number;
  /** The file that says so. */
  readonly path: string;
}

/** Milliseconds until a process that only wants the lock counts as its holder: it may be stopped. */
const PATIENCE = 5000;
/** Milliseconds between two looks at candidates that are to withdraw. */
const LOOK_INTERVAL = 5;
/** Milliseconds after which who has withdrawn tries again, at most. */
const MAX_PAUSE = 50;

interface Other {
  readonly name: string;
  readonly state: Exclude<ClaimState, 'gone'>;
}

/**
 * Keeps a second process of this machine from using the same files, until this one ends. Each contender makes a claim beside
 * `path` before it looks at those of others, so that of two the later one sees the other. Where sockets are, no process that
 * has ended keeps the lock.
 *
 * @param path of the lock; claims have names that begin with it
 * @returns gives the lock back
 * @throws what making a file there throws
 */
export async function lockFile(path: string): Promise<(() => Promise<void>) | LockHolder> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const started = performance.now();
  for (;;) {
    const own = `${prefix}${randomBytes(8).toString('hex')}.${processIdentity()}`;
    const claim = await makeClaim({ directory, name: own });
    let others: Other[];
    try {
      others = await findOthers(directory, prefix, own);
      // the first of several candidates stays
      while (others.length > 0 && others.every(({ name, state }) => state === 'candidate' && name > own)) {
        if (isLate(started)) break;
        await setTimeout(LOOK_INTERVAL);
        others = await findOthers(directory, prefix, own);
      }
      if (others.length === 0) {
        await claim.hold();
        return claim.withdraw;
      }
    } catch (error) {
      await claim.withdraw();
      throw error;
    }
    await claim.withdraw();
    const holder = others.find(({ state }) => state === 'held') ?? (isLate(started) ? others[0] : undefined);
    if (holder !== undefined)
      return { holder: pidOf(identityIn(holder.name))!, path: join(directory, holder.name) };
    await setTimeout(LOOK_INTERVAL + Math.random() * (MAX_PAUSE - LOOK_INTERVAL));
  }
}

const isLate = (started: number) => performance.now() - started > PATIENCE;

/** By a file where there are no sockets: whoever asks sees which of the two it is. */
function makeClaim(place: ClaimPlace): Promise<Claim> {
  return claimBySocket(place).catch(() => claimByFile(place));
}

/** The claims of others that are not gone, those that are held first. */
async function findOthers(directory: string, prefix: string, own: string): Promise<Other[]> {
  const others: Other[] = [];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix) || name === own) continue;
    const isUnfinished = name.endsWith(UNFINISHED);
    const identity = identityIn(isUnfinished ? name.slice(0, -UNFINISHED.length) : name);
    if (pidOf(identity) === undefined) continue;
    if (isUnfinished && !isGone(identity)) continue;
    const state = isUnfinished ? 'gone' : await ask({ directory, name }, identity);
    if (state === 'gone') await rm(join(directory, name), { force: true }).catch(() => {});
    else others.push({ name, state });
  }
  return others;
}

async function ask(place: ClaimPlace, identity: string): Promise<ClaimState> {
  const path = join(place.directory, place.name);
  try {
    return (await lstat(path)).isSocket() ? await askSocket(path) : await askFile(place, identity);
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'gone' : 'held';
  }
}

/** What names the process at the end of the name of a claim. */
function identityIn(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
