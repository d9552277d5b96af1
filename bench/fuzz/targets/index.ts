import type { FuzzTarget } from '../target.js';
import * as datagrams from './datagrams.js';
import * as decoder from './decoder.js';
import * as output from './disk/output.js';
import * as records from './disk/records.js';
import * as stores from './disk/stores.js';
import * as editions from './editions.js';
import * as engine from './engine/engine.js';
import * as keys from './keys.js';
import * as planted from './planted.js';
import * as recordings from './recordings.js';
import * as tables from './tables.js';
import * as texts from './texts.js';

/** By the module that a thread loads, which takes longer the more it is: each has `targets`. */
const MODULES = {
  './targets/datagrams.js': datagrams,
  './targets/tables.js': tables,
  './targets/recordings.js': recordings,
  './targets/keys.js': keys,
  './targets/editions.js': editions,
  './targets/texts.js': texts,
  './targets/decoder.js': decoder,
  './targets/disk/stores.js': stores,
  './targets/disk/records.js': records,
  './targets/disk/output.js': output,
  './targets/engine/engine.js': engine,
} satisfies Record<string, TargetModule>;

export interface TargetModule {
  readonly targets: readonly FuzzTarget[];
}

/** In the order in which they are run. */
export const TARGETS: readonly FuzzTarget[] = Object.values(MODULES).flatMap(({ targets }) => targets);

/** The module of a target, or of a planted fault, seen from the thread; undefined when there is no such target. */
export function moduleOf(name: string): string | undefined {
  const modules = Object.entries({ ...MODULES, './targets/planted.js': planted });
  return modules.find(([, { targets }]) => targets.some((target) => target.name === name))?.[0];
}
