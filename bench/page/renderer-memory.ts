import { readFileSync } from 'node:fs';
import { processesOf } from './processor-group.js';

/** Milliseconds between two looks. */
const INTERVAL = 100;

/** Watches the largest process with a page in it. */
export interface MemoryWatch {
  /** Bytes that it had at most above those at the beginning. */
  end(): number;
}

/** @param group of the browser's processes */
export function watchMemory(group: number): MemoryWatch {
  const before = rendererBytes(group);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, rendererBytes(group));
  }, INTERVAL);
  return {
    end() {
      clearInterval(timer);
      return most - before;
    },
  };
}

/** Anonymous and shared memory that is resident; files that are mapped are not the page's. */
function rendererBytes(group: number): number {
  let most = 0;
  for (const pid of processesOf(group)) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (!/--type=renderer|-contentproc.*\btab\b/s.test(command)) continue;
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      most = Math.max(most, (kib('RssAnon') + kib('RssShmem')) * 1024);
    } catch {
      // it has ended meanwhile
    }
  }
  return most;
}
