import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../../error-code.js';
import { isGone } from '../process-identity.js';
import type { Claim, ClaimPlace, ClaimState } from './claim.js';

const HELD = 'held\n';

/** A file that outlives its process: its name has to tell which one that is. It is empty until the lock is held. */
export async function claimByFile({ directory, name }: ClaimPlace): Promise<Claim> {
  const path = join(directory, name);
  await writeFile(path, '', { flag: 'wx', mode: 0o600 });
  return {
    // on a full disk others take longer to find out
    hold: () => appendFile(path, HELD).catch(() => {}),
    withdraw: () => rm(path, { force: true }),
  };
}

/** @param identity of the process whose claim it is */
export async function askFile({ directory, name }: ClaimPlace, identity: string): Promise<ClaimState> {
  const path = join(directory, name);
  try {
    const { mtimeMs } = await stat(path);
    // where the system tells no more than a pid
    const isOfEarlierBoot = !identity.includes('-') && mtimeMs < Date.now() - uptime() * 1000;
    if (isOfEarlierBoot || isGone(identity)) return 'gone';
    return (await readFile(path, 'utf8')) === HELD ? 'held' : 'candidate';
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'gone' : 'held';
  }
}
