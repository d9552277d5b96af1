import { concatBytes, equalBytes, fromBase64 } from '../bytes.js';
import { type Crypto, isVerifiable, PKCS8_ED25519_PREFIX, requireSeed } from './crypto.js';
import { verifySignatures } from './ed25519-batch.js';
import { createKeyCache } from './key-cache.js';
import { nobleCrypto } from './noble.js';
import { loadWasmSha256 } from './wasm-sha256.js';

/** WebCrypto takes no view of shared memory, which nothing here ever makes. */
const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

function createWebCrypto(subtle: SubtleCrypto): Crypto {
  const privateKey = createKeyCache((seed) =>
    subtle.importKey('pkcs8', source(concatBytes(PKCS8_ED25519_PREFIX, seed)), 'Ed25519', true, ['sign']),
  );
  const publicKey = createKeyCache((key) =>
    subtle.importKey('raw', source(key), 'Ed25519', false, ['verify']),
  );
  return {
    ...nobleCrypto,
    name: 'webcrypto',

    async ed25519PublicKey(seed) {
      requireSeed(seed);
      const { x } = await subtle.exportKey('jwk', await privateKey(seed));
      return fromBase64(`${x!.replaceAll('-', '+').replaceAll('_', '/')}=`);
    },

    async ed25519Sign(seed, message) {
      requireSeed(seed);
      return new Uint8Array(await subtle.sign('Ed25519', await privateKey(seed), source(message)));
    },

    async ed25519Verify(key, message, signature) {
      if (!isVerifiable(key, signature)) return false;
      try {
        return await subtle.verify('Ed25519', await publicKey(key), source(signature), source(message));
      } catch {
        return false;
      }
    },
  };
}

/** True when this WebCrypto has Ed25519 and agrees with the JavaScript implementation on a first signature. */
async function hasEd25519(subtle: SubtleCrypto): Promise<boolean> {
  const seed = new Uint8Array(32).fill(1);
  const message = Uint8Array.of(2);
  try {
    const web = createWebCrypto(subtle);
    const publicKey = await web.ed25519PublicKey(seed);
    const signature = await web.ed25519Sign(seed, message);
    return (
      equalBytes(publicKey, await nobleCrypto.ed25519PublicKey(seed)) &&
      equalBytes(signature, await nobleCrypto.ed25519Sign(seed, message)) &&
      (await web.ed25519Verify(publicKey, message, signature))
    );
  } catch {
    return false;
  }
}

/**
 * WebCrypto's Ed25519 with other hashes, since its own are neither synchronous nor incremental: SHA-256 is in WebAssembly,
 * BLAKE2b, of which an index alone needs some, in JavaScript. Where WebCrypto or its Ed25519 is missing (old browsers, pages not
 * served securely), or WebAssembly is, that part of it is in JavaScript.
 */
export async function webCrypto(): Promise<Crypto> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  const isNative = subtle !== undefined && (await hasEd25519(subtle));
  const signatures = isNative
    ? createWebCrypto(subtle)
    : { ...nobleCrypto, ed25519VerifyBatch: verifySignatures };
  return { ...signatures, ...(await loadWasmSha256()) };
}
