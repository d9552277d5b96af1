import { equalBytes } from '../bytes.js';
import { MinisignError } from './error.js';
import { fingerprint, publisherId } from './fingerprint.js';
import { formatKeyId, type PublicKey } from './public-key.js';

/**
 * Keys that are trusted together, each once.
 *
 * @throws MinisignError when two different keys have one key id: whoever made the second one has chosen it so
 */
export function distinctKeys(keys: readonly PublicKey[]): PublicKey[] {
  const distinct: PublicKey[] = [];
  for (const key of keys) {
    if (distinct.some(({ publicKey }) => equalBytes(publicKey, key.publicKey))) continue;
    const namesake = distinct.find(({ keyId }) => equalBytes(keyId, key.keyId));
    if (namesake !== undefined) throw new MinisignError(describeNamesakes(namesake, key));
    distinct.push(key);
  }
  return distinct;
}

/** The sentence about two keys with one key id. */
export function describeNamesakes(known: PublicKey, other: PublicKey): string {
  const [first, second] = [known, other].map((key) => fingerprint(publisherId(key)));
  return (
    `Two different public keys have the key id ${formatKeyId(known.keyId)}, which whoever makes a key can choose: ` +
    `one of them is likely made to be taken for the other. Ask the publisher which fingerprint is right: ${first}, or ${second}.`
  );
}
