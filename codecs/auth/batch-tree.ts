import { copyBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import {
  AuthError,
  authExtensionLength,
  type DatagramAuth,
  DIGEST_LENGTH,
  MAX_AUTH_DEPTH,
} from './ext-auth.js';

/** Leaves and nodes are hashed with different first bytes: none can pass for the other (RFC 6962 section 2.1). */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Stands for siblings and signature while a datagram is hashed: they depend on the hash. */
const BLANK = new Uint8Array(authExtensionLength(MAX_AUTH_DEPTH));

const DOMAIN = utf8Encode('datacast datagram v1\0');

/** Object id of the FDT, whose digest nobody knows before it is complete: zeroes. */
export const FDT_OBJECT_ID = new Uint8Array(DIGEST_LENGTH);

/**
 * What binds a datagram to its object and to the way in which that is coded: symbols of the same object with other
 * parameters are none of its.
 *
 * @param sha256 of the transfer object, 32 bytes
 * @param fti EXT_FTI of the object, as a datagram would have it
 * @throws AuthError unless the digest has 32 bytes
 */
export function objectIdOf(crypto: Pick<Crypto, 'sha256'>, sha256: Uint8Array, fti: Uint8Array): Uint8Array {
  if (sha256.length !== 32) throw new AuthError(`A SHA-256 has 32 bytes, not ${sha256.length}.`);
  return copyBytes(crypto.sha256(sha256, fti), 0, DIGEST_LENGTH);
}

/**
 * The leaf of a datagram: the first 16 bytes of SHA-256(0x00 || object id || datagram with zeroes for siblings and
 * signature). The whole datagram is covered, headers included.
 *
 * @param authOffset byte offset of its EXT_AUTH, of which the depth field must be valid
 * @param objectId 16 bytes; `FDT_OBJECT_ID` for the FDT
 * @throws AuthError when the object id has another length or EXT_AUTH does not fit
 */
export function leafDigest(
  crypto: Crypto,
  datagram: Uint8Array,
  authOffset: number,
  objectId: Uint8Array,
): Uint8Array {
  if (objectId.length !== DIGEST_LENGTH) {
    throw new AuthError(`An object id has ${DIGEST_LENGTH} bytes, not ${objectId.length}.`);
  }
  const start = authOffset + 4;
  const end = authOffset + authExtensionLength((datagram[authOffset + 2] ?? 0) & 0x0f);
  if (authOffset < 0 || end > datagram.length) {
    throw new AuthError(`EXT_AUTH at offset ${authOffset} does not fit in ${datagram.length} bytes.`);
  }
  return crypto
    .sha256(
      LEAF,
      objectId,
      datagram.subarray(0, start),
      BLANK.subarray(0, end - start),
      datagram.subarray(end),
    )
    .subarray(0, DIGEST_LENGTH);
}

/** Node of the batch tree over its two children, left then right: the first 16 of SHA-256(0x01 || both). */
function nodeDigest(crypto: Crypto, ...children: Uint8Array[]): Uint8Array {
  return crypto.sha256(NODE, ...children).subarray(0, DIGEST_LENGTH);
}

/**
 * The whole tree as an array of digests, the root at index 1, the children of node i at 2i and 2i + 1.
 *
 * @param leaves at most 2^depth; missing ones count as zeroes
 */
export function batchTree(crypto: Crypto, leaves: Uint8Array[], depth: number): Uint8Array {
  const width = 2 ** depth;
  const tree = new Uint8Array(2 * width * DIGEST_LENGTH);
  for (const [index, leaf] of leaves.entries()) tree.set(leaf, (width + index) * DIGEST_LENGTH);
  for (let node = width - 1; node >= 1; node--) {
    const children = tree.subarray(2 * node * DIGEST_LENGTH, (2 * node + 2) * DIGEST_LENGTH);
    tree.set(nodeDigest(crypto, children), node * DIGEST_LENGTH);
  }
  return tree;
}

/** Writes the siblings on the way from a leaf to the root, from the leaf upwards. */
export function writeSiblings(into: Uint8Array, tree: Uint8Array, depth: number, leafIndex: number): void {
  let offset = 0;
  for (let node = 2 ** depth + leafIndex; node > 1; node >>= 1, offset += DIGEST_LENGTH) {
    const sibling = (node ^ 1) * DIGEST_LENGTH;
    // a view would cost more than these few bytes
    for (let i = 0; i < DIGEST_LENGTH; i++) into[offset + i] = tree[sibling + i]!;
  }
}

/**
 * The root that a datagram and its siblings lead to, 16 bytes; genuine only if the signature over it is.
 *
 * @param authOffset byte offset of the EXT_AUTH that `auth` was parsed from
 * @throws AuthError as `leafDigest`
 */
export function batchRoot(
  crypto: Crypto,
  datagram: Uint8Array,
  authOffset: number,
  auth: DatagramAuth,
  objectId: Uint8Array,
): Uint8Array {
  let digest = leafDigest(crypto, datagram, authOffset, objectId);
  for (let level = 0; level < auth.depth; level++) {
    const sibling = auth.siblings.subarray(level * DIGEST_LENGTH, (level + 1) * DIGEST_LENGTH);
    const isRight = (auth.leafIndex >> level) & 1;
    digest = isRight ? nodeDigest(crypto, sibling, digest) : nodeDigest(crypto, digest, sibling);
  }
  return digest;
}

/**
 * What the uplink key signs: "datacast datagram v1", a zero byte, the TSI as 8 bytes, the root.
 *
 * @param tsi 0..2^48 - 1
 */
export function batchMessage(tsi: number, root: Uint8Array): Uint8Array {
  const message = new Uint8Array(DOMAIN.length + 8 + DIGEST_LENGTH);
  message.set(DOMAIN);
  const view = new DataView(message.buffer);
  view.setUint32(DOMAIN.length, Math.floor(tsi / 2 ** 32));
  view.setUint32(DOMAIN.length + 4, tsi % 2 ** 32);
  message.set(root, DOMAIN.length + 8);
  return message;
}
