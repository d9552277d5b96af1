import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';

/**
 * Lets this thread go before others when it wakes up, where the system permits that: on Linux to root, with CAP_SYS_NICE,
 * or within RLIMIT_NICE (setpriority(2) takes the number of a thread there).
 *
 * @returns true when it is so
 */
export function raisePriority(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_HIGHEST);
    return true;
  } catch {
    return false;
  }
}
