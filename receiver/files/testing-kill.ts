import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** What a process does that is killed: from one call to the operating system on, nothing. */
class Killed extends Error {}

const SYNC = [
  'linkSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'unlinkSync',
  'writeSync',
] as const;
const PROMISES = ['mkdir', 'open', 'rename', 'rm', 'writeFile'] as const;

/**
 * Does something as if the process was killed in the middle of it: calls that change files work so many times, the next one
 * is done by half where it has halves, and none after it is done.
 *
 * @returns calls that were done before it ended by itself; undefined when it was killed
 */
export async function killedAfter(calls: number, work: () => Promise<unknown>): Promise<number | undefined> {
  let done = 0;
  const { readdirSync, rmSync, statSync } = fs;
  const originals = SYNC.map((name) => [name, fs[name]] as const);
  const originalPromises = PROMISES.map((name) => [name, fsPromises[name]] as const);

  function killing<F extends (...args: never[]) => unknown>(name: string, call: F): F {
    return ((...args: Parameters<F>) => {
      if (done < calls) {
        done++;
        return call(...args);
      }
      if (done++ === calls && name.startsWith('rm')) removeHalf(String(args[0]));
      throw new Killed(name);
    }) as F;
  }

  /** A directory is removed entry by entry. */
  function removeHalf(path: string): void {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const names = readdirSync(path).sort();
    for (const name of names.slice(0, Math.ceil(names.length / 2))) {
      rmSync(join(path, name), { recursive: true });
    }
  }

  for (const name of SYNC) Object.assign(fs, { [name]: killing(name, fs[name] as () => unknown) });
  for (const name of PROMISES) {
    const call = killing(name, fsPromises[name] as () => unknown);
    Object.assign(fsPromises, { [name]: async (...args: []) => call(...args) });
  }
  syncBuiltinESMExports();
  try {
    await work();
    return done > calls ? undefined : done;
  } catch (error) {
    if (done > calls) return undefined;
    throw error;
  } finally {
    Object.assign(fs, Object.fromEntries(originals));
    Object.assign(fsPromises, Object.fromEntries(originalPromises));
    syncBuiltinESMExports();
  }
}
