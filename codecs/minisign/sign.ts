import { concatBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { MinisignError } from './error.js';
import type { SecretKey } from './secret-key.js';
import { formatSignature, type SignatureAlgorithm } from './signature.js';

/** What minisign's line buffers hold besides the prefix and the line end. */
const MAX_UNTRUSTED_BYTES = 1000;
const MAX_TRUSTED_BYTES = 8000;

const BLAKE2B_512_LENGTH = 64;

const DEFAULT_UNTRUSTED_COMMENT = 'signature from minisign secret key';

/** Signs content that arrives in pieces. */
export interface Signer {
  update(chunk: Uint8Array): Signer;
  /** Ends the content; the signature file of kind ED. @throws MinisignError when a comment cannot be written */
  sign(secretKey: SecretKey, trustedComment: string, untrustedComment?: string): MaybePromise<string>;
}

function requireComment(comment: string, kind: string, maxBytes: number): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\u0000-\u001f\u007f]/.test(comment) || utf8Encode(comment).length > maxBytes) {
    throw new MinisignError(
      `The ${kind} comment of a signature is one line of at most ${maxBytes} bytes without control characters.`,
    );
  }
}

function signMessage(
  crypto: Crypto,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  { keyId, seed }: SecretKey,
  trustedComment: string,
  untrustedComment: string,
): MaybePromise<string> {
  requireComment(trustedComment, 'trusted', MAX_TRUSTED_BYTES);
  requireComment(untrustedComment, 'untrusted', MAX_UNTRUSTED_BYTES);
  return chain(crypto.ed25519Sign(seed, message), (signature) => {
    const commented = concatBytes(signature, utf8Encode(trustedComment));
    return chain(crypto.ed25519Sign(seed, commented), (globalSignature) =>
      formatSignature({ algorithm, keyId, signature, trustedComment, globalSignature, untrustedComment }),
    );
  });
}

/** Signs content of any size, read once (kind ED: what is signed is the BLAKE2b-512 of the content). */
export function createSigner(crypto: Crypto): Signer {
  const hash = crypto.createBlake2b512();
  const signer: Signer = {
    update(chunk) {
      hash.update(chunk);
      return signer;
    },
    sign: (secretKey, trustedComment, untrustedComment) =>
      signDigest(crypto, hash.digest(), secretKey, trustedComment, untrustedComment),
  };
  return signer;
}

/**
 * Signs content of which somebody else made the digest (kind ED).
 *
 * @param blake2b512 BLAKE2b-512 of the content, 64 bytes
 * @throws MinisignError when a comment cannot be written or the digest has another length
 */
export function signDigest(
  crypto: Crypto,
  blake2b512: Uint8Array,
  secretKey: SecretKey,
  trustedComment: string,
  untrustedComment = DEFAULT_UNTRUSTED_COMMENT,
): MaybePromise<string> {
  if (blake2b512.length !== BLAKE2B_512_LENGTH) {
    throw new MinisignError(`A BLAKE2b-512 has ${BLAKE2B_512_LENGTH} bytes, not ${blake2b512.length}.`);
  }
  return signMessage(crypto, 'ED', blake2b512, secretKey, trustedComment, untrustedComment);
}

/**
 * Signs in the legacy way (kind Ed), for verifiers older than minisign 0.6. Only for content that the holder of the
 * key made: the key signs it as it is.
 *
 * @throws MinisignError when a comment cannot be written
 */
export function signLegacy(
  crypto: Crypto,
  content: Uint8Array,
  secretKey: SecretKey,
  trustedComment: string,
  untrustedComment = DEFAULT_UNTRUSTED_COMMENT,
): MaybePromise<string> {
  return signMessage(crypto, 'Ed', content, secretKey, trustedComment, untrustedComment);
}
