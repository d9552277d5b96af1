import { type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import type { StandingBundle } from '../files/output-directory.js';

/** Of two bundles of one name that of the publisher who is trusted first has it, whatever was sent first. */
export function inOrderOf(trust: readonly PublicKey[], bundles: readonly StandingBundle[]): StandingBundle[] {
  const order = new Map(trust.map((key, i) => [publisherId(key), i]));
  const placeOf = ({ publisher }: StandingBundle) => order.get(publisher) ?? order.size;
  return [...bundles].sort((a, b) => placeOf(a) - placeOf(b));
}
