/** Inputs of the engine: pieces that are steps, mostly with a datagram. */

import type { Prng } from '../../../../fixtures/prng.js';
import { mutateBytes } from '../../mutate.js';
import { type Piece, readPieces, writePieces } from '../pieces.js';
import { type Attacker, forgeDatagram, forgeTable } from './forge-datagrams.js';

export const STEP = {
  push: 0,
  /** To another destination. */
  elsewhere: 1,
  /** What was pushed is taken in. */
  taken: 2,
  /** What was pushed has its effect. */
  idle: 3,
  /** The receiver ends, and another one takes up what the store has. */
  restart: 4,
  /** Signed with the stolen key of the uplink, as a push. */
  stolen: 5,
} as const;

/** Of a kind of `STEP`. */
export type Step = Piece;

export const readSteps = (input: Uint8Array): Step[] => readPieces(input, Object.keys(STEP).length);

const NOTHING = new Uint8Array(0);

/** Steps are added, half of the time also dropped and changed: what only adds must never cost the content. */
export function mutateSteps(
  input: Uint8Array,
  prng: Prng,
  other: Uint8Array,
  attacker: Attacker,
  hasRestarts: boolean,
): Uint8Array {
  const steps = readSteps(input);
  const others = readSteps(other);
  const onlyAdds = prng.chance(0.5);
  for (let left = Math.min(30, prng.geometric(4)); left > 0; left--) {
    const at = prng.below(steps.length + 1);
    const chosen = steps[prng.below(steps.length)] ?? { kind: STEP.push, bytes: prng.bytes(60) };
    const added = addedStep(chosen, prng, others, attacker, hasRestarts);
    if (added !== undefined) steps.splice(at, 0, added);
    else if (prng.chance(0.5)) {
      // another order
      const moved = steps.splice(at, 1 + prng.below(6));
      if (prng.chance(0.5)) moved.reverse();
      steps.splice(prng.below(steps.length + 1), 0, ...moved);
    } else if (onlyAdds) steps.splice(at, 0, ...steps.slice(at, at + 1 + prng.below(6)));
    else steps.splice(at, 1 + prng.below(8));
  }
  return writePieces(steps);
}

/** Undefined when the steps are to be changed in another way. */
function addedStep(
  { kind, bytes }: Step,
  prng: Prng,
  others: readonly Step[],
  attacker: Attacker,
  hasRestarts: boolean,
): Step | undefined {
  // what was made of a datagram of the stolen key may still be signed by it
  const asBefore = kind === STEP.stolen ? STEP.stolen : STEP.push;
  switch (prng.below(10)) {
    case 0:
      return { kind: asBefore, bytes: mutateBytes(bytes, prng, others[0]?.bytes ?? bytes) };
    case 1:
      return { kind: asBefore, bytes: bytes.slice(0, prng.below(bytes.length + 1)) };
    case 2:
      return others[prng.below(others.length)];
    case 3:
      return { kind: kind === STEP.push ? STEP.elsewhere : asBefore, bytes };
    case 4: {
      const kinds = [STEP.taken, STEP.idle, hasRestarts ? STEP.restart : STEP.taken];
      return { kind: kinds[prng.below(kinds.length)]!, bytes: NOTHING };
    }
    case 5:
    case 6: {
      const isStolen = prng.chance(0.5);
      const forge = prng.chance(0.5) ? forgeTable : forgeDatagram;
      return { kind: isStolen ? STEP.stolen : asBefore, bytes: forge(bytes, prng, attacker, isStolen) };
    }
    default:
      return undefined;
  }
}
