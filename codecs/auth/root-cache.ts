import { copyBytes, equalBytes } from '../bytes.js';

interface SignedRoot {
  readonly publicKey: Uint8Array;
  readonly tsi: number;
  readonly signature: Uint8Array;
}

/** Remembers signatures that were checked and found good, so that a batch costs one check. */
export interface RootCache {
  /** True when exactly this signature over this root, by this key for this session, was found good before. */
  has(publicKey: Uint8Array, tsi: number, root: Uint8Array, signature: Uint8Array): boolean;
  /** To be called with good signatures only: forgeries cannot push genuine roots out. */
  add(publicKey: Uint8Array, tsi: number, root: Uint8Array, signature: Uint8Array): void;
  /** Roots held now. */
  readonly size: number;
}

/**
 * A bounded memory of checked roots; the root unused for longest goes first.
 *
 * @param capacity roots to hold, about 400 bytes each; interleaved batches need as many as are on the air at once
 */
export function createRootCache(capacity = 1024): RootCache {
  const roots = new Map<string, SignedRoot>();
  const keyOf = (root: Uint8Array) => String.fromCharCode(...root);
  return {
    has(publicKey, tsi, root, signature) {
      const key = keyOf(root);
      const known = roots.get(key);
      if (
        known === undefined ||
        known.tsi !== tsi ||
        !equalBytes(known.signature, signature) ||
        !equalBytes(known.publicKey, publicKey)
      ) {
        return false;
      }
      roots.delete(key);
      roots.set(key, known);
      return true;
    },
    add(publicKey, tsi, root, signature) {
      const key = keyOf(root);
      roots.delete(key);
      roots.set(key, { publicKey: copyBytes(publicKey), tsi, signature: copyBytes(signature) });
      if (roots.size > capacity) roots.delete(roots.keys().next().value!);
    },
    get size() {
      return roots.size;
    },
  };
}
