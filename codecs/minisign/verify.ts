import { concatBytes, equalBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { MinisignError } from './error.js';
import type { PublicKey } from './public-key.js';
import type { Signature } from './signature.js';

/** The signed content: its BLAKE2b-512, or itself. Legacy signatures need the content itself. */
export type SignedContent = { readonly blake2b512: Uint8Array } | { readonly content: Uint8Array };

function signedMessage(crypto: Crypto, signature: Signature, signed: SignedContent): Uint8Array {
  if ('content' in signed) {
    return signature.algorithm === 'Ed'
      ? signed.content
      : crypto.createBlake2b512().update(signed.content).digest();
  }
  if (signature.algorithm === 'Ed') {
    throw new MinisignError(
      'A legacy signature (kind "Ed") can only be checked with the whole content at hand.',
    );
  }
  return signed.blake2b512;
}

/**
 * Checks a signature and its trusted comment. False when either is not by this key, or another key id is named.
 *
 * @throws MinisignError for a legacy signature when only the digest of the content is given
 */
export function verifySignature(
  crypto: Crypto,
  { keyId, publicKey }: PublicKey,
  signature: Signature,
  signed: SignedContent,
): MaybePromise<boolean> {
  const message = signedMessage(crypto, signature, signed);
  if (!equalBytes(keyId, signature.keyId)) return false;
  return chain(crypto.ed25519Verify(publicKey, message, signature.signature), (good) => {
    return good && verifyTrustedComment(crypto, publicKey, signature);
  });
}

/**
 * Checks that a key signed the trusted comment. Whether it signed the content too is known only when that is at hand.
 *
 * @param publicKey Ed25519, 32 bytes
 */
export function verifyTrustedComment(
  crypto: Crypto,
  publicKey: Uint8Array,
  { signature, trustedComment, globalSignature }: Signature,
): MaybePromise<boolean> {
  const commented = concatBytes(signature, utf8Encode(trustedComment));
  return crypto.ed25519Verify(publicKey, commented, globalSignature);
}
