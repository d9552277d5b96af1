import { concatBytes, toHex } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { batchMessage, batchRoot } from './batch-tree.js';
import { AuthError, type DatagramAuth, parseAuth } from './ext-auth.js';
import type { RootCache } from './root-cache.js';

function parseOrRefuse(datagram: Uint8Array, authOffset: number): DatagramAuth | undefined {
  try {
    return parseAuth(datagram, authOffset);
  } catch (error) {
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}

/**
 * Checks that a datagram was signed by an uplink key, for this session and this object. Whatever was changed in the
 * datagram, EXT_AUTH included, the answer is false; a malformed EXT_AUTH too.
 *
 * @param publicKey uplink public key, 32 bytes, from a certificate that was verified
 * @param tsi the session's TSI, 0..2^48 - 1
 * @param authOffset byte offset of EXT_AUTH, as found by the header parser
 * @param objectId 16 bytes; `FDT_OBJECT_ID` for the FDT
 * @param checkedRoots makes all datagrams of a batch but the first cost hashes only
 * @throws AuthError only for an object id that has not 16 bytes
 */
export function verifyDatagram(
  crypto: Crypto,
  publicKey: Uint8Array,
  tsi: number,
  datagram: Uint8Array,
  authOffset: number,
  objectId: Uint8Array,
  checkedRoots?: RootCache,
): MaybePromise<boolean> {
  const auth = parseOrRefuse(datagram, authOffset);
  if (auth === undefined) return false;
  const { signature } = auth;
  const root = batchRoot(crypto, datagram, authOffset, auth, objectId);
  if (checkedRoots?.has(publicKey, tsi, root, signature)) return true;
  return chain(crypto.ed25519Verify(publicKey, batchMessage(tsi, root), signature), (good) => {
    if (good) checkedRoots?.add(publicKey, tsi, root, signature);
    return good;
  });
}

/** A datagram whose signature is to be checked. */
export interface SignedDatagram {
  readonly datagram: Uint8Array;
  /** Byte offset of EXT_AUTH, as found by the header parser. */
  readonly authOffset: number;
}

/**
 * Like `verifyDatagram` for datagrams of one session, whose signatures are checked together.
 *
 * @returns for each whether it is good
 */
export function verifyDatagrams(
  verifyBatch: NonNullable<Crypto['ed25519VerifyBatch']>,
  crypto: Crypto,
  publicKey: Uint8Array,
  tsi: number,
  datagrams: readonly SignedDatagram[],
  objectId: Uint8Array,
  checkedRoots: RootCache,
): boolean[] {
  const good = datagrams.map(() => false);
  /** Datagrams by root and signature, which those of a batch share. */
  const unknown = new Map<string, { root: Uint8Array; signature: Uint8Array; of: number[] }>();
  for (const [i, { datagram, authOffset }] of datagrams.entries()) {
    const auth = parseOrRefuse(datagram, authOffset);
    if (auth === undefined) continue;
    const { signature } = auth;
    const root = batchRoot(crypto, datagram, authOffset, auth, objectId);
    const key = toHex(concatBytes(root, signature));
    const same = unknown.get(key);
    if (checkedRoots.has(publicKey, tsi, root, signature)) good[i] = true;
    else if (same !== undefined) same.of.push(i);
    else unknown.set(key, { root, signature, of: [i] });
  }
  const claims = [...unknown.values()];
  const messages = claims.map(({ root, signature }) => ({ message: batchMessage(tsi, root), signature }));
  for (const [i, isGood] of verifyBatch(publicKey, messages).entries()) {
    if (!isGood) continue;
    const { root, signature, of } = claims[i]!;
    checkedRoots.add(publicKey, tsi, root, signature);
    for (const each of of) good[each] = true;
  }
  return good;
}
