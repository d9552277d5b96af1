import { createSHA256, type IHasher } from 'hash-wasm';
import type { Crypto, Sha256 } from './crypto.js';

/** SHA-256 in WebAssembly; undefined where that does not run. */
export async function loadWasmSha256(): Promise<Pick<Crypto, 'sha256' | 'createSha256'> | undefined> {
  try {
    const [whole, shared] = await Promise.all([createSHA256(), createSHA256()]);
    return { sha256: (...parts) => hashParts(whole, parts), createSha256: createSharing(shared) };
  } catch {
    return undefined;
  }
}

function hashParts(hash: IHasher, parts: readonly Uint8Array[]): Uint8Array {
  hash.init();
  for (const part of parts) hash.update(part);
  return hash.digest('binary');
}

/** Incremental hashes that share one instance, since making one is asynchronous: it has the state of who used it last. */
function createSharing(hash: IHasher): () => Sha256 {
  /** Puts the state of who used it last aside. */
  let putAside = () => {};
  let user: Sha256 | undefined;
  return () => {
    let state: Uint8Array | undefined;

    function take(): IHasher {
      if (user === own) return hash;
      putAside();
      if (state === undefined) hash.init();
      else hash.load(state);
      user = own;
      putAside = () => {
        state = hash.save();
      };
      return hash;
    }

    const own: Sha256 = {
      update(chunk) {
        take().update(chunk);
        return own;
      },
      digest() {
        const digest = take().digest('binary');
        user = undefined;
        putAside = () => {};
        return digest;
      },
    };
    return own;
  };
}
