import { concatBytes, copyBytes, equalBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { formatCommentedBase64, parseCommentedBase64 } from '../minisign/commented-base64.js';
import type { PublicKey, SecretKey } from '../minisign/index.js';

/** A statement of succession that does not follow docs/wire-format-auth.md. */
export class SuccessionError extends Error {
  override readonly name = 'SuccessionError';
}

/** The key that takes the place of a publisher's key. */
export interface SuccessionFields {
  /** Ed25519 public key that is replaced, 32 bytes. */
  readonly oldKey: Uint8Array;
  readonly newKey: PublicKey;
  /** SHA-256 of the public key that follows the new one, 32 bytes; undefined: none is made yet. */
  readonly nextKey: Uint8Array | undefined;
}

/** A statement as read: who signed it is known only after `verifySuccession`. */
export interface Succession extends SuccessionFields {
  /** Ed25519 signature by the new key, 64 bytes. */
  readonly newSignature: Uint8Array;
  /** The same by the old key; undefined where that is lost. */
  readonly oldSignature: Uint8Array | undefined;
}

/** Bytes of a statement. */
export const SUCCESSION_LENGTH = 234;
/** Header extension type of EXT_SUCCESSION, which is ours (RFC 5651 section 5.2: 64..127 are protocol-specific). */
export const HET_SUCCESSION = 121;

/** Statements of a publisher that are sent and remembered, the last ones: one a year. */
export const MAX_SUCCESSIONS = 16;

const EXTENSION_LENGTH = 2 + SUCCESSION_LENGTH;
/** Bytes of a statement before its signatures. */
export const SUCCESSION_BODY_LENGTH = 106;
const VERSION = 1;
const DOMAIN = utf8Encode('datacast succession v1\0');
const NO_KEY = new Uint8Array(32);
const NO_SIGNATURE = new Uint8Array(64);

/** What an index commits to: the SHA-256 of the public key that follows. */
export function commitmentTo(
  crypto: Pick<Crypto, 'sha256'>,
  { publicKey }: Pick<PublicKey, 'publicKey'>,
): Uint8Array {
  return crypto.sha256(publicKey);
}

/**
 * Makes a statement.
 *
 * @param oldKey its secret half where it is not lost
 * @returns 234 bytes
 * @throws SuccessionError when the new key is the old one
 */
export async function buildSuccession(
  crypto: Crypto,
  oldKey: Pick<PublicKey, 'publicKey'> & Partial<Pick<SecretKey, 'seed'>>,
  newKey: SecretKey,
  nextKey: Uint8Array | undefined,
): Promise<Uint8Array> {
  requireOther(oldKey.publicKey, newKey.publicKey);
  const body = concatBytes(
    Uint8Array.of(VERSION, 0),
    oldKey.publicKey,
    newKey.keyId,
    newKey.publicKey,
    nextKey ?? NO_KEY,
  );
  const message = concatBytes(DOMAIN, body);
  const newSignature = await crypto.ed25519Sign(newKey.seed, message);
  const oldSignature = oldKey.seed && (await crypto.ed25519Sign(oldKey.seed, message));
  return concatBytes(body, newSignature, oldSignature ?? NO_SIGNATURE);
}

/**
 * Reads a statement; its structure only.
 *
 * @throws SuccessionError
 */
export function parseSuccession(bytes: Uint8Array): Succession {
  if (bytes.length !== SUCCESSION_LENGTH) {
    throw new SuccessionError(
      `A statement of succession has ${SUCCESSION_LENGTH} bytes, not ${bytes.length}.`,
    );
  }
  if (bytes[0] !== VERSION || bytes[1] !== 0) {
    throw new SuccessionError(
      `Statement of succession of version ${bytes[0]}.${bytes[1]}: only 1.0 is known.`,
    );
  }
  const oldKey = copyBytes(bytes, 2, 34);
  const publicKey = copyBytes(bytes, 42, 74);
  requireOther(oldKey, publicKey);
  const nextKey = copyBytes(bytes, 74, SUCCESSION_BODY_LENGTH);
  const oldSignature = copyBytes(bytes, 170);
  return {
    oldKey,
    newKey: { keyId: copyBytes(bytes, 34, 42), publicKey },
    nextKey: equalBytes(nextKey, NO_KEY) ? undefined : nextKey,
    newSignature: copyBytes(bytes, SUCCESSION_BODY_LENGTH, 170),
    oldSignature: equalBytes(oldSignature, NO_SIGNATURE) ? undefined : oldSignature,
  };
}

/**
 * Checks one of the two signatures of a statement. Whether that is enough depends on what a receiver remembers.
 *
 * @param bytes of the statement
 */
export async function verifySuccession(
  crypto: Crypto,
  bytes: Uint8Array,
  by: 'old' | 'new',
): Promise<boolean> {
  const { oldKey, newKey, oldSignature, newSignature } = parseSuccession(bytes);
  const message = concatBytes(DOMAIN, bytes.subarray(0, SUCCESSION_BODY_LENGTH));
  if (by === 'new') return crypto.ed25519Verify(newKey.publicKey, message, newSignature);
  return oldSignature !== undefined && crypto.ed25519Verify(oldKey, message, oldSignature);
}

/** EXT_SUCCESSION: the header extension that carries a statement in a datagram without symbols. */
export function buildSuccessionExtension(statement: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(HET_SUCCESSION, EXTENSION_LENGTH / 4), statement);
}

/**
 * Reads EXT_SUCCESSION.
 *
 * @param extension the whole extension, HET included
 * @returns the statement, 234 bytes
 * @throws SuccessionError
 */
export function parseSuccessionExtension(extension: Uint8Array): Uint8Array {
  const statement = extension.slice(2);
  parseSuccession(statement);
  return statement;
}

/** The text of publisher.successions: of each statement a comment line and base64, the first succession first. */
export function formatSuccessions(statements: readonly Uint8Array[]): string {
  return statements.map((each) => formatCommentedBase64('datacast succession', each)).join('');
}

/**
 * Reads publisher.successions.
 *
 * @returns statements of 234 bytes
 * @throws SuccessionError
 */
export function parseSuccessions(text: string): Uint8Array[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const statements: Uint8Array[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const bytes = parseCommentedBase64(`${lines[i]}\n${lines[i + 1] ?? ''}\n`, {
      what: 'statement of succession',
      byteLength: SUCCESSION_LENGTH,
      error: SuccessionError,
    });
    parseSuccession(bytes);
    statements.push(bytes);
  }
  if (statements.length > MAX_SUCCESSIONS) {
    throw new SuccessionError(
      `There are ${statements.length} statements of succession; ${MAX_SUCCESSIONS} are allowed.`,
    );
  }
  return statements;
}

function requireOther(oldKey: Uint8Array, newKey: Uint8Array): void {
  if (equalBytes(oldKey, newKey)) throw new SuccessionError('A key cannot succeed itself.');
}
