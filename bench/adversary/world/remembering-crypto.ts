import type { Crypto } from '../../../codecs/crypto/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';

/** Signatures that are remembered at a time. */
const REMEMBERED = 100_000;

/** Checks each signature once: a campaign hears most datagrams several times, and the check is most of its time. */
export function createRememberingCrypto(): Crypto {
  const known = new Map<string, boolean>();
  return {
    ...nodeCrypto,
    ed25519Verify(publicKey, message, signature) {
      const key = [publicKey, message, signature]
        .map((bytes) => Buffer.from(bytes).toString('latin1'))
        .join(' ');
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      const isGood = nodeCrypto.ed25519Verify(publicKey, message, signature);
      if (isGood instanceof Promise) return isGood;
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, isGood);
      return isGood;
    },
  };
}
