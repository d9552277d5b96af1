import { createRequire } from 'node:module';
import { type Crypto, requireSeed } from '../../codecs/crypto/crypto.js';
import { createKeyCache } from '../../codecs/crypto/key-cache.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';

/** What is used of the npm package `sodium-native`. Lengths are those of RFC 8032; libsodium's secret key is seed and public key. */
interface Sodium {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
}

/** node:crypto, but libsodium signs where its addon runs: the same signatures, twice as fast. */
export function signingCrypto(): Crypto {
  const sodium = loadSodium();
  if (sodium === undefined) return nodeCrypto;
  const secretKey = createKeyCache((seed) => {
    requireSeed(seed);
    const key = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(new Uint8Array(32), key, seed);
    return key;
  });
  return {
    ...nodeCrypto,
    name: 'node and libsodium',
    ed25519Sign(seed, message) {
      const signature = new Uint8Array(64);
      sodium.crypto_sign_detached(signature, message, secretKey(seed));
      return signature;
    },
  };
}

/** Undefined where it is not installed or has no addon for the machine: an optional peer dependency. */
function loadSodium(): Sodium | undefined {
  try {
    return createRequire(import.meta.url)('sodium-native') as Sodium;
  } catch {
    return undefined;
  }
}
