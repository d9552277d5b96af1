import { COLLISIONS } from './collision.js';
import { DAMAGES } from './damage.js';
import { FORGERIES } from './forgery.js';
import { JUNK } from './junk.js';
import { ATTACKERS, type Attacker, type Means } from './means.js';
import { OTHER_PUBLISHER } from './other-publisher.js';
import { REPLAYS } from './replay.js';
import { STOLEN_KEY } from './stolen-key.js';

/** All that an attacker can do. What is added here takes part in the campaigns. */
export const MEANS: readonly Means[] = [
  ...REPLAYS,
  ...DAMAGES,
  ...FORGERIES,
  ...JUNK,
  ...COLLISIONS,
  ...STOLEN_KEY,
  ...OTHER_PUBLISHER,
];

/** What such an attacker can do; those that need no less come first. */
export function meansOf(attacker: Attacker): {
  readonly own: readonly Means[];
  readonly others: readonly Means[];
} {
  const able = attacker === 'stranger' ? ['stranger'] : ['stranger', attacker];
  return {
    own: MEANS.filter(({ needs }) => needs === attacker),
    others: MEANS.filter(({ needs }) => able.includes(needs)),
  };
}

export { ATTACKERS };
