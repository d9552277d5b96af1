import type { FuzzTarget } from '../target.js';
import { datagramTargets } from './datagrams.js';
import { decoderTargets } from './decoder.js';
import { editionTargets } from './editions.js';
import { engineTargets } from './engine/engine.js';
import { keyTargets } from './keys.js';
import { planted } from './planted.js';
import { recordingTargets } from './recordings.js';
import { storeTargets } from './stores.js';
import { tableTargets } from './tables.js';
import { textTargets } from './texts.js';

/** In the order in which they are run. */
export const TARGETS: readonly FuzzTarget[] = [
  ...datagramTargets,
  ...tableTargets,
  ...recordingTargets,
  ...keyTargets,
  ...editionTargets,
  ...textTargets,
  ...decoderTargets,
  ...storeTargets,
  ...engineTargets,
];

/** Those of the list, and the planted faults. */
export function findTarget(name: string): FuzzTarget | undefined {
  return [...TARGETS, ...planted].find((target) => target.name === name);
}
