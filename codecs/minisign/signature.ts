import { concatBytes, copyBytes, toBase64 } from '../bytes.js';
import { decodeBase64, splitLines } from './commented-base64.js';
import { MinisignError } from './error.js';

/** 'ED' signs the BLAKE2b-512 of the content, 'Ed' (legacy) the content itself. */
export type SignatureAlgorithm = 'ED' | 'Ed';

/** What a minisign signature file says. */
export interface Signature {
  readonly algorithm: SignatureAlgorithm;
  /** 8 bytes: which key signed, so it is claimed. */
  readonly keyId: Uint8Array;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
  /** Covered by the global signature: genuine once `verifySignature` says so. */
  readonly trustedComment: string;
  /** Ed25519 over signature and trusted comment, 64 bytes. */
  readonly globalSignature: Uint8Array;
  /** Anybody can change it. */
  readonly untrustedComment: string;
}

const UNTRUSTED_PREFIX = 'untrusted comment: ';
const TRUSTED_PREFIX = 'trusted comment: ';
const BYTE_LENGTH = 74;

/** minisign reads comments of 1,024 and trusted comments of 8,192 bytes, so no valid file is longer. */
const MAX_TEXT_LENGTH = 10_000;

/** The signature file, as minisign writes it. */
export function formatSignature(signature: Signature): string {
  const algorithm = Uint8Array.of(0x45, signature.algorithm === 'ED' ? 0x44 : 0x64);
  return [
    `${UNTRUSTED_PREFIX}${signature.untrustedComment}`,
    toBase64(concatBytes(algorithm, signature.keyId, signature.signature)),
    `${TRUSTED_PREFIX}${signature.trustedComment}`,
    toBase64(signature.globalSignature),
    '',
  ].join('\n');
}

/**
 * Reads a signature file; says nothing yet about who made it.
 *
 * @throws MinisignError
 */
export function parseSignature(text: string): Signature {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new MinisignError(
      `A minisign signature has at most ${MAX_TEXT_LENGTH} characters, not ${text.length}.`,
    );
  }
  const [untrusted, line, trusted, globalLine, ...more] = splitLines(text);
  if (globalLine === undefined || more.length > 0) {
    throw new MinisignError('This is not a minisign signature: expected four lines.');
  }
  if (!untrusted!.startsWith(UNTRUSTED_PREFIX) || !trusted!.startsWith(TRUSTED_PREFIX)) {
    throw new MinisignError(
      `This is not a minisign signature: expected "${UNTRUSTED_PREFIX}…" as line 1 and "${TRUSTED_PREFIX}…" as line 3.`,
    );
  }
  const bytes = decodeBase64(line!, BYTE_LENGTH);
  if (bytes === undefined) {
    throw new MinisignError(`Line 2 of the signature is damaged: expected base64 of ${BYTE_LENGTH} bytes.`);
  }
  const globalSignature = decodeBase64(globalLine, 64);
  if (globalSignature === undefined) {
    throw new MinisignError('Line 4 of the signature is damaged: expected base64 of 64 bytes.');
  }
  const algorithm = String.fromCharCode(bytes[0]!, bytes[1]!);
  if (algorithm !== 'ED' && algorithm !== 'Ed') {
    throw new MinisignError('The signature is neither of kind "ED" nor "Ed", the only ones minisign makes.');
  }
  return {
    algorithm,
    keyId: copyBytes(bytes, 2, 10),
    signature: copyBytes(bytes, 10, 74),
    trustedComment: trusted!.slice(TRUSTED_PREFIX.length),
    globalSignature,
    untrustedComment: untrusted!.slice(UNTRUSTED_PREFIX.length),
  };
}
