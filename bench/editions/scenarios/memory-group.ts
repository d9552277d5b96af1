import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { Laboratory } from '../laboratory.js';
import { type MemoryGroup, openMemoryGroup } from '../memory-group.js';
import { atMost, type Figure, type Scenario } from '../scenario.js';
import { createSite } from '../simulation/content.js';
import { checkReceived, receive } from './memory.js';

const MIB = 2 ** 20;
const BYTES = 100e6;
/** MiB: no program in Node starts with the lower one. */
const LOWEST = 32;
const HIGHEST = 512;
const STEP = 4;
const BAR = 112;

/** What a receiver needs is not what it takes when nobody limits it: garbage collection and the page cache give way. */
export const memoryReceiveGroup: Scenario = {
  name: 'memory-receive-group',
  title: 'Least control group without swap in which a receiver still receives a recording of 100 MB',
  method: 'measured',
  isQuick: false,
  async run(laboratory) {
    const group = openMemoryGroup();
    if (typeof group === 'string') {
      return [{ what: `cannot be measured here: ${group}`, value: Number.NaN, unit: 'MiB' }];
    }
    try {
      const content = laboratory.path('memory-receive-group');
      laboratory.say(`Making ${BYTES / 1e6} MB of content and a recording of it.`);
      createSite(content, BYTES, laboratory.parameters.seed);
      const args = await receive(laboratory, content);
      return [leastLimit((limit) => isReceived(laboratory, group, content, args, limit))];
    } finally {
      group.remove();
    }
  },
};

/** Halves the distance between a limit that is too low and one that is enough. */
function leastLimit(isEnough: (limit: number) => boolean): Figure {
  let tooLow = LOWEST;
  let enough = HIGHEST;
  if (!isEnough(enough)) return figure(Number.POSITIVE_INFINITY);
  while (enough - tooLow > STEP) {
    const middle = Math.round((tooLow + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooLow = middle;
  }
  return figure(enough);
}

function figure(value: number): Figure {
  return { what: `least limit, to ${STEP} MiB`, value, unit: 'MiB', bar: atMost(BAR), former: '192 MiB' };
}

/** @throws Error when it ends well and what it has written is wrong */
function isReceived(
  laboratory: Laboratory,
  group: MemoryGroup,
  content: string,
  args: readonly string[],
  limit: number,
): boolean {
  for (const name of ['out', 'temporary']) rmSync(`${content}-${name}`, { recursive: true, force: true });
  mkdirSync(`${content}-temporary`);
  const [program, ...rest] = group.limited([process.execPath, ...args], limit * MIB) as [string, ...string[]];
  const { status } = spawnSync(program, rest, { stdio: 'ignore' });
  laboratory.say(`${limit} MiB: ${status === 0 ? 'received' : 'not received'}.`);
  if (status !== 0) return false;
  checkReceived(laboratory, content);
  return true;
}
