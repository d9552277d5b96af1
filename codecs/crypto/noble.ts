import * as ed25519 from '@noble/ed25519';
import { blake2b } from '@noble/hashes/blake2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { type Crypto, isVerifiable, requireSeed } from './crypto.js';

ed25519.hashes.sha512 = sha512;

/** Everything in JavaScript: runs wherever JavaScript runs, about 20 times slower than native code. */
export const nobleCrypto: Crypto = {
  name: 'noble',

  sha256(...parts) {
    if (parts.length === 1) return sha256(parts[0]!);
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  createSha256: () => sha256.create(),

  createBlake2b512: () => blake2b.create({ dkLen: 64 }),

  ed25519PublicKey(seed) {
    requireSeed(seed);
    return ed25519.getPublicKey(seed);
  },

  ed25519Sign(seed, message) {
    requireSeed(seed);
    return ed25519.sign(message, seed);
  },

  ed25519Verify(publicKey, message, signature) {
    if (!isVerifiable(publicKey, signature)) return false;
    try {
      // The strict rules of RFC 8032: non-canonical points are refused, as OpenSSL and libsodium do.
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },

  scrypt(password, salt, { N, r, p }, length) {
    return scrypt(password, salt, { N, r, p, dkLen: length, maxmem: 128 * r * (N + p + 1) });
  },

  randomBytes: (n) => randomBytes(n),
};
