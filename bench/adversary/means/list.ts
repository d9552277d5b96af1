import { COLLISIONS } from './collision.js';
import { DAMAGES } from './damage.js';
import { FOREIGN_CERTIFICATE, FORGERIES } from './forgery.js';
import { JUNK } from './junk.js';
import type { Attacker, Hearing, Means } from './means.js';
import { OTHER_PUBLISHER } from './other-publisher.js';
import { REPLAY_OF_SESSION, REPLAYS } from './replay.js';
import { STOLEN_KEY } from './stolen-key.js';
import { STOLEN_PUBLISHER_KEY } from './stolen-publisher-key.js';

/** All that an attacker can do. What is added here takes part in the campaigns. */
export const MEANS: readonly Means[] = [
  ...REPLAYS,
  ...DAMAGES,
  ...FORGERIES,
  FOREIGN_CERTIFICATE,
  ...JUNK,
  ...COLLISIONS,
  ...STOLEN_KEY,
  ...OTHER_PUBLISHER,
  ...STOLEN_PUBLISHER_KEY,
];

/** What a stranger can do who has nothing but what he hears. */
export const MEANS_OF_A_LISTENER: readonly Means<Hearing>[] = [
  REPLAY_OF_SESSION,
  ...DAMAGES,
  ...FORGERIES,
  ...JUNK,
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
