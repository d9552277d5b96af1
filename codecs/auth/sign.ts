import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { batchMessage, batchTree, leafDigest, writeSiblings } from './batch-tree.js';
import { AuthError, DIGEST_LENGTH, parseAuth } from './ext-auth.js';

/** A datagram to sign: complete but for the siblings and signature of its EXT_AUTH. */
export interface UnsignedDatagram {
  readonly datagram: Uint8Array;
  /** Byte offset of EXT_AUTH, written by `writeAuthPlaceholder` with the datagram's index in the batch. */
  readonly authOffset: number;
  /** 16 bytes; datagrams of several objects may share a batch. */
  readonly objectId: Uint8Array;
}

/**
 * Signs up to 2^depth datagrams with one signature and fills it, with each one's siblings, in place. A short batch
 * is legal: its missing leaves count as zeroes. Done when it returns, or when the promise is fulfilled.
 *
 * @param seed uplink key, 32 bytes
 * @param tsi 0..2^48 - 1, the TSI in the datagrams' headers
 * @param depth 0..7
 * @throws AuthError when the batch is empty or too large, the TSI is out of range, or a placeholder has
 *   another depth or leaf index
 */
export function signBatch(
  crypto: Crypto,
  seed: Uint8Array,
  tsi: number,
  batch: readonly UnsignedDatagram[],
  depth: number,
): MaybePromise<void> {
  if (batch.length === 0 || batch.length > 2 ** depth) {
    throw new AuthError(`A batch at depth ${depth} has 1 to ${2 ** depth} datagrams, not ${batch.length}.`);
  }
  if (!Number.isInteger(tsi) || tsi < 0 || tsi >= 2 ** 48) {
    throw new AuthError(`A TSI is a whole number from 0 to 2^48 - 1, not ${tsi}.`);
  }
  const auths = batch.map(({ datagram, authOffset }, index) => {
    const auth = parseAuth(datagram, authOffset);
    if (auth.depth !== depth || auth.leafIndex !== index) {
      throw new AuthError(
        `Datagram ${index} of the batch has room for depth ${auth.depth}, leaf ${auth.leafIndex}; ` +
          `expected depth ${depth}, leaf ${index}.`,
      );
    }
    return auth;
  });
  const leaves = batch.map((entry) => leafDigest(crypto, entry.datagram, entry.authOffset, entry.objectId));
  const tree = batchTree(crypto, leaves, depth);
  const root = tree.subarray(DIGEST_LENGTH, 2 * DIGEST_LENGTH);
  return chain(crypto.ed25519Sign(seed, batchMessage(tsi, root)), (signature) => {
    for (const auth of auths) {
      writeSiblings(auth.siblings, tree, depth, auth.leafIndex);
      auth.signature.set(signature);
    }
  });
}
