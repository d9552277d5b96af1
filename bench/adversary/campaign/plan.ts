import { createPrng, type Prng } from '../../../fixtures/prng.js';
import { meansOf } from '../means/list.js';
import { ATTACKERS, type Attacker, type Means, pick } from '../means/means.js';
import type { Layout } from '../world/live.js';
import { LAYOUTS } from '../world/world.js';
import { LIMITS, type LimitsName } from './limits.js';

/** What the receiver heard before the newest edition, or the successor of a stolen key, was on the air. */
export interface Earlier {
  readonly programme: 'newest' | 'previous';
  /** Genuine datagrams. */
  readonly datagrams: number;
}

export interface Restart {
  /** As a part of the datagrams that an unattacked receiver needs. */
  readonly at: number;
  /** `kill`: what was in memory is gone. */
  readonly how: 'close' | 'kill';
}

/** A campaign: all of it follows from its seed. */
export interface Plan {
  readonly seed: number;
  readonly attacker: Attacker;
  readonly means: readonly Means[];
  readonly verify: 'lazy' | 'eager' | 'auto';
  readonly limits: LimitsName;
  readonly store: 'memory' | 'directory';
  readonly layout: Layout;
  /** Which uplink key signs the genuine session: that of a thief's victim is replaced, by the publisher or by his next key. */
  readonly uplink: 'first' | 'successor' | 'next';
  /** Of genuine datagrams, independent; what the attacker sends arrives. */
  readonly loss: number;
  /** Datagrams of the genuine recording that were sent before the receiver listened. */
  readonly start: number;
  readonly earlier: Earlier;
  /** The attack begins with the receiver: before whatever is genuine. */
  readonly isAttackedEarly: boolean;
  /** Datagrams of the attacker before the genuine session goes on. */
  readonly prelude: number;
  /** Datagrams of the attacker for each genuine one. */
  readonly ratio: number;
  /** Genuine datagrams that arrive together. */
  readonly step: number;
  readonly restarts: readonly Restart[];
}

/** In a directory it takes several times as long. */
const DIRECTORY_SHARE = 0.1;
const MOST_MEANS = 4;
const MOST_START = 600;

export function makePlan(seed: number): Plan {
  const prng = createPrng(seed).fork('plan');
  const attacker = prng.chance(0.6) ? 'stranger' : pick(prng, ATTACKERS.slice(1));
  const means = chooseMeans(prng, attacker);
  const limits = pick(prng, Object.keys(LIMITS) as LimitsName[]);
  return {
    seed,
    attacker,
    means,
    verify: pick(prng, ['lazy', 'eager', 'auto'] as const),
    limits,
    store: prng.chance(DIRECTORY_SHARE) ? 'directory' : 'memory',
    layout: pick(prng, LAYOUTS),
    uplink: chooseUplink(prng, attacker),
    loss: pick(prng, [0, 0, 0.1, 0.3]),
    start: 40 + prng.below(MOST_START),
    earlier: {
      programme: prng.chance(0.5) ? 'newest' : 'previous',
      datagrams: prng.chance(0.4) ? 0 : prng.below(160),
    },
    isAttackedEarly: prng.chance(0.5),
    prelude: pick(prng, [0, 20, 200, 1000]),
    ratio: pick(prng, [0.2, 1, 3, 8]),
    step: pick(prng, [1, 4, 16]),
    restarts: Array.from({ length: prng.below(3) }, () => ({
      at: prng.uniform(),
      how: pick(prng, ['close', 'kill'] as const),
    })).sort((a, b) => a.at - b.at),
  };
}

function chooseUplink(prng: Prng, attacker: Attacker): Plan['uplink'] {
  if (attacker === 'publisher-thief') return 'next';
  return attacker === 'thief' || prng.chance(0.5) ? 'successor' : 'first';
}

/** One of his own at least, and what everybody can do. */
function chooseMeans(prng: Prng, attacker: Attacker): Means[] {
  const { own, others } = meansOf(attacker);
  const chosen = new Set([pick(prng, own)]);
  const count = 1 + prng.below(MOST_MEANS);
  while (chosen.size < count) chosen.add(pick(prng, others));
  return [...chosen];
}
