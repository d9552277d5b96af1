/** Control groups of Linux whose processes have a limit of memory and no swap. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Runs programs with a limit. */
export interface MemoryGroup {
  /** A command line that runs `command` with at most so many bytes, page cache included. */
  limited(command: readonly string[], bytes: number): readonly string[];
  /** Nothing runs in it any more. */
  remove(): void;
}

/** A sentence where this machine or this user can make none. */
export function openMemoryGroup(): MemoryGroup | string {
  if (process.platform !== 'linux') return 'Control groups are of Linux.';
  if (systemdMakesScopes()) return { limited: inScope, remove() {} };
  const path = ownGroup();
  if (path === undefined) {
    return 'systemd-run makes no scope here, and this process is in no control group of version 1 with a limit of memory.';
  }
  const group = join(path, `datacast-bench-${process.pid}`);
  try {
    mkdirSync(group);
    return { limited: (command, bytes) => inGroup(group, command, bytes), remove: () => rmdirSync(group) };
  } catch (error) {
    return `systemd-run makes no scope here, and ${group} cannot be made: ${(error as Error).message}.`;
  }
}

function systemdMakesScopes(): boolean {
  const [program, ...args] = inScope(['true'], 2 ** 28) as [string, ...string[]];
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function inScope(command: readonly string[], bytes: number): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user'];
  const limits = ['-p', `MemoryMax=${bytes}`, '-p', 'MemorySwapMax=0'];
  return ['systemd-run', ...user, '--scope', '--quiet', '--collect', ...limits, '--', ...command];
}

/** Below the group that this process is in, so that nothing gets more than was allowed here. */
function ownGroup(): string | undefined {
  const [, own] =
    /^[0-9]+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  if (own === undefined) return undefined;
  const path = join(ROOT, 'memory', own);
  return existsSync(join(path, 'memory.limit_in_bytes')) ? path : undefined;
}

function inGroup(group: string, command: readonly string[], bytes: number): string[] {
  const withSwap = join(group, 'memory.memsw.limit_in_bytes');
  const limit = join(group, 'memory.limit_in_bytes');
  const set = (file: string, value: number) => writeFileSync(file, String(value));
  // the limit with swap may never be the lower one
  if (existsSync(withSwap)) set(withSwap, -1);
  set(limit, bytes);
  if (existsSync(withSwap)) set(withSwap, bytes);
  const enter = `echo $$ > ${JSON.stringify(join(group, 'cgroup.procs'))} && exec "$@"`;
  return ['/bin/sh', '-c', enter, 'sh', ...command];
}
