/** Datagram authentication: the EXT_AUTH header extension (docs/wire-format-auth.md; model: RFC 6584). */

/** Header extension type of EXT_AUTH (RFC 5651 section 5.2.1). */
export const HET_AUTH = 1;

/** Largest depth of the batch tree: 128 datagrams under one signature. */
export const MAX_AUTH_DEPTH = 7;

/** Bytes of a digest in the batch tree: SHA-256, cut to its first 16 bytes. */
export const DIGEST_LENGTH = 16;

const SIGNATURE_LENGTH = 64;
/** HET, HEL, ASID and depth, leaf index. */
const FIXED_LENGTH = 4;

/** An EXT_AUTH extension that does not follow docs/wire-format-auth.md. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
}

/** What EXT_AUTH holds; the arrays are views of the datagram. */
export interface DatagramAuth {
  /** 0..7: the batch tree has 2^depth leaves. */
  readonly depth: number;
  /** The datagram's place in its batch, 0..2^depth - 1. */
  readonly leafIndex: number;
  /** depth digests of 16 bytes, from the leaf upwards. */
  readonly siblings: Uint8Array;
  /** Ed25519 signature over the batch root, 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Bytes of EXT_AUTH, HET and HEL included: 68 + 16 * depth, always whole words.
 *
 * @param depth 0..7
 * @throws AuthError outside that range
 */
export function authExtensionLength(depth: number): number {
  if (!Number.isInteger(depth) || depth < 0 || depth > MAX_AUTH_DEPTH) {
    throw new AuthError(
      `The authentication depth is a whole number from 0 to ${MAX_AUTH_DEPTH}, not ${depth}.`,
    );
  }
  return FIXED_LENGTH + DIGEST_LENGTH * depth + SIGNATURE_LENGTH;
}

/**
 * Writes EXT_AUTH with zeroes for siblings and signature, which `signBatch` fills in.
 *
 * @param leafIndex 0..2^depth - 1
 * @throws AuthError when depth or leaf index is out of range, or the extension does not fit
 */
export function writeAuthPlaceholder(
  into: Uint8Array,
  offset: number,
  depth: number,
  leafIndex: number,
): void {
  const length = authExtensionLength(depth);
  if (!Number.isInteger(leafIndex) || leafIndex < 0 || leafIndex >= 2 ** depth) {
    throw new AuthError(`At depth ${depth} the leaf index is 0 to ${2 ** depth - 1}, not ${leafIndex}.`);
  }
  if (offset < 0 || offset + length > into.length) {
    throw new AuthError(
      `EXT_AUTH of ${length} bytes at offset ${offset} does not fit in ${into.length} bytes.`,
    );
  }
  into[offset] = HET_AUTH;
  into[offset + 1] = length / 4;
  into[offset + 2] = depth;
  into[offset + 3] = leafIndex;
  into.fill(0, offset + FIXED_LENGTH, offset + length);
}

/**
 * Parses EXT_AUTH where the LCT header says it is.
 *
 * @param authOffset byte offset of its HET in the datagram
 * @param length its bytes as the header parser counted them; by default what its HEL says
 * @throws AuthError
 */
export function parseAuth(datagram: Uint8Array, authOffset: number, length?: number): DatagramAuth {
  const fail = (problem: string): never => {
    throw new AuthError(`EXT_AUTH at offset ${authOffset}: ${problem}.`);
  };
  if (!Number.isInteger(authOffset) || authOffset < 0 || authOffset + FIXED_LENGTH > datagram.length) {
    return fail(`it does not fit in a datagram of ${datagram.length} bytes`);
  }
  if (datagram[authOffset] !== HET_AUTH) {
    return fail(`the header extension type is ${datagram[authOffset]}, not ${HET_AUTH}`);
  }
  const declared = datagram[authOffset + 1]! * 4;
  if (length !== undefined && length !== declared) {
    return fail(`its HEL says ${declared} bytes, the header gives it ${length}`);
  }
  const scheme = datagram[authOffset + 2]! >> 4;
  const depth = datagram[authOffset + 2]! & 0x0f;
  if (scheme !== 0) return fail(`authentication scheme (ASID) ${scheme} is unknown, only 0 is defined`);
  if (depth > MAX_AUTH_DEPTH) return fail(`depth ${depth} is more than ${MAX_AUTH_DEPTH}`);
  if (declared !== authExtensionLength(depth)) {
    return fail(`depth ${depth} takes ${authExtensionLength(depth)} bytes, its HEL says ${declared}`);
  }
  if (authOffset + declared > datagram.length) {
    return fail(`${declared} bytes do not fit in a datagram of ${datagram.length} bytes`);
  }
  const leafIndex = datagram[authOffset + 3]!;
  if (leafIndex >= 2 ** depth) return fail(`leaf index ${leafIndex} is outside a tree of depth ${depth}`);
  const siblings = authOffset + FIXED_LENGTH;
  const signature = siblings + DIGEST_LENGTH * depth;
  return {
    depth,
    leafIndex,
    siblings: datagram.subarray(siblings, signature),
    signature: datagram.subarray(signature, signature + SIGNATURE_LENGTH),
  };
}
