/** Control groups of Linux that hold a browser to a share of one core; signals where none can be made. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestBrowser } from '../../fixtures/browsers.js';

/** Short, so that being held to a share is not itself a standstill: microseconds. */
const PERIOD = 20_000;

/** How a share is held. */
export type ShareMeans = 'control group, version 1' | 'control group, version 2' | 'SIGSTOP and SIGCONT';

/** Holds all processes of a browser, and those that they start, to a share of one core. */
export interface Throttle {
  readonly means: ShareMeans;
  end(): void;
}

interface Kind {
  readonly means: ShareMeans;
  readonly root: string;
  /** Exists in a group whose processor can be limited. */
  readonly file: string;
  limit(group: string, quota: number): void;
}

const KINDS: readonly Kind[] = [
  {
    means: 'control group, version 2',
    root: '/sys/fs/cgroup',
    file: 'cpu.max',
    limit: (group, quota) => writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD}`),
  },
  {
    means: 'control group, version 1',
    root: '/sys/fs/cgroup/cpu',
    file: 'cpu.cfs_quota_us',
    limit(group, quota) {
      writeFileSync(join(group, 'cpu.cfs_period_us'), `${PERIOD}`);
      writeFileSync(join(group, 'cpu.cfs_quota_us'), `${quota}`);
    },
  },
];

/** @param share of one core, above 0 */
export function throttle(browser: TestBrowser, share: number): Throttle {
  for (const kind of KINDS) {
    const group = join(kind.root, `datacast-bench-${process.pid}`);
    try {
      mkdirSync(group);
      if (!existsSync(join(group, kind.file))) throw new Error('The group has no limit of the processor.');
      kind.limit(group, Math.round(share * PERIOD));
      for (const pid of processesOf(browser.processGroup)) writeFileSync(join(group, 'cgroup.procs'), pid);
      return { means: kind.means, end: () => leave(kind.root, group) };
    } catch {
      leave(kind.root, group);
    }
  }
  browser.throttle(share);
  return { means: 'SIGSTOP and SIGCONT', end: () => browser.throttle(undefined) };
}

function leave(root: string, group: string): void {
  if (!existsSync(group)) return;
  try {
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n')) {
      if (pid !== '') writeFileSync(join(root, 'cgroup.procs'), pid);
    }
    rmdirSync(group);
  } catch {
    // a process has ended or begun meanwhile; an empty group costs nothing
  }
}

/** Numbers of the processes of a group. */
export function processesOf(group: number): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group;
    } catch {
      return false;
    }
  });
}
