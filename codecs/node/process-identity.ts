import { readFileSync, readlinkSync } from 'node:fs';

/** `pid`, or `pid-start-namespace-boot` where the system tells more: base 36, but for the pid. */
const IDENTITY = /^([1-9]\d*)(?:-([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+))?$/;

/**
 * Names this process for files that others find: a pid alone is given to another process sooner or later, and counts in its
 * PID namespace only. Digits, lower-case letters and hyphens, about 35.
 */
export function processIdentity(): string {
  const { start, namespace, boot } = { ...surroundings(), start: startOf('self') };
  const isKnown = start !== undefined && namespace !== undefined && boot !== undefined;
  return isKnown ? `${process.pid}-${start}-${namespace}-${boot}` : `${process.pid}`;
}

/** The pid that an identity names; undefined when the text is none. */
export function pidOf(identity: string): number | undefined {
  const pid = IDENTITY.exec(identity)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** True when it is certain that the process has ended; of one in another PID namespace only a restart of the machine tells. */
export function isGone(identity: string): boolean {
  const [, pid, start, namespace, boot] = IDENTITY.exec(identity) ?? [];
  if (pid === undefined) return false;
  const here = surroundings();
  if (boot !== undefined && here.boot !== undefined && boot !== here.boot) return true;
  if (namespace !== undefined && namespace !== here.namespace) return false;
  if (!isRunning(Number(pid))) return true;
  if (start === undefined || !here.hasOwnPids) return false;
  const found = startOf(pid);
  return found !== undefined && found !== start;
}

/** True while a process with this number runs, whoever it belongs to. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function surroundings() {
  const digits = /\d+/.exec(attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '')?.[0];
  return {
    namespace: digits && Number(digits).toString(36),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))?.slice(0, 8),
    /** The pids in /proc are those of this namespace. */
    hasOwnPids: attempt(() => readlinkSync('/proc/self')) === `${process.pid}`,
  };
}

/** When a process began, clock ticks since the machine did (proc(5), field 22 of stat). */
function startOf(pid: string): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // the name of the program, in parentheses, may hold anything
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? undefined : Number(ticks).toString(36);
}

/** What a system without procfs does not tell is undefined. */
function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
