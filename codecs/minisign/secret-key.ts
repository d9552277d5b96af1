import { blake2b } from '@noble/hashes/blake2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, copyBytes, equalBytes, utf8Encode } from '../bytes.js';
import type { Crypto, ScryptParameters } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { formatCommentedBase64, parseCommentedBase64 } from './commented-base64.js';
import { MinisignError } from './error.js';
import { ALGORITHM_ED, formatPublicKey, type PublicKey } from './public-key.js';

/** A publisher's secret key. */
export interface SecretKey extends PublicKey {
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
}

/** What libsodium calls the cost of scrypt: operations, and bytes of memory. */
export interface KdfLimits {
  readonly opslimit: number;
  readonly memlimit: number;
}

/** libsodium's "sensitive" limits, which minisign uses: N = 2^20, r = 8, p = 1, that is 1 GiB and some seconds. */
export const SENSITIVE: KdfLimits = { opslimit: 33_554_432, memlimit: 1_073_741_824 };

/** minisign cuts a longer password off (PASSWORDMAXBYTES). */
const MAX_PASSWORD_BYTES = 1023;

/**
 * Layout of the base64 line: signature algorithm "Ed" (2), key derivation "Sc" or zeroes (2), checksum algorithm
 * "B2" (2), salt (32), opslimit (8, little-endian), memlimit (8), then key id (8), seed (32), public key (32) and
 * checksum (32), these last four encrypted by XOR with the derived key.
 */
const BYTE_LENGTH = 158;
const KDF_SCRYPT = Uint8Array.of(0x53, 0x63);
const KDF_NONE = Uint8Array.of(0, 0);
const CHECKSUM_BLAKE2B = Uint8Array.of(0x42, 0x32);
const KEY_ID_LENGTH = 8;
const SALT_OFFSET = 6;
const SALT_LENGTH = 32;
const LIMITS_OFFSET = 38;
const SECRET_OFFSET = 54;
const SECRET_LENGTH = 104;
const KEY_LENGTH = 72;

/**
 * The scrypt parameters that libsodium derives from its limits (crypto_pwhash_scryptsalsa208sha256, pickparams).
 *
 * @throws MinisignError when they ask for more than minisign's own keys do
 */
export function scryptParameters({ opslimit, memlimit }: KdfLimits): ScryptParameters {
  if (opslimit > SENSITIVE.opslimit || memlimit > SENSITIVE.memlimit) {
    throw new MinisignError(
      `This secret key asks for ${memlimit} bytes of memory and ${opslimit} operations to check its password; ` +
        `minisign itself uses ${SENSITIVE.memlimit} and ${SENSITIVE.opslimit}. The file is damaged or hostile.`,
    );
  }
  const r = 8;
  const operations = Math.max(opslimit, 32_768);
  const memoryBound = operations >= Math.floor(memlimit / 32);
  const maxN = memoryBound ? memlimit / (r * 128) : operations / (r * 4);
  let N = 2;
  while (N * 2 <= maxN) N *= 2;
  return { N, r, p: memoryBound ? Math.floor(operations / 4 / N / r) : 1 };
}

function passwordBytes(password: string): Uint8Array {
  const bytes = utf8Encode(password);
  if (bytes.length > MAX_PASSWORD_BYTES || /[\0\r\n]/.test(password)) {
    throw new MinisignError(
      `A password has at most ${MAX_PASSWORD_BYTES} bytes and no line end, or minisign could not read it.`,
    );
  }
  return bytes;
}

function checksum(secret: Uint8Array): Uint8Array {
  return blake2b(concatBytes(ALGORITHM_ED, secret.subarray(0, KEY_LENGTH)), { dkLen: 32 });
}

/** The derived key is as long as what it hides; XOR with it encrypts and decrypts. */
function xorSecret(
  crypto: Crypto,
  secret: Uint8Array,
  password: Uint8Array,
  salt: Uint8Array,
  limits: KdfLimits,
): MaybePromise<Uint8Array> {
  const derived = crypto.scrypt(password, salt, scryptParameters(limits), SECRET_LENGTH);
  return chain(derived, (stream) => secret.map((byte, index) => byte ^ stream[index]!));
}

/**
 * The secret key file, as minisign writes it; encrypted when there is a password.
 *
 * @param limits cost of the encryption; minisign's own by default, so that checking a password takes seconds
 * @throws MinisignError when minisign could not read such a password
 */
export function formatSecretKey(
  crypto: Crypto,
  key: SecretKey,
  password?: string,
  limits: KdfLimits = SENSITIVE,
): MaybePromise<string> {
  const secret = concatBytes(key.keyId, key.seed, key.publicKey, new Uint8Array(32));
  if (password === undefined) {
    // As minisign -W does it: salt, limits and checksum are zeroes.
    const head = concatBytes(ALGORITHM_ED, KDF_NONE, CHECKSUM_BLAKE2B, new Uint8Array(SALT_LENGTH + 16));
    return formatCommentedBase64('minisign secret key', concatBytes(head, secret));
  }
  secret.set(checksum(secret), KEY_LENGTH);
  const salt = crypto.randomBytes(SALT_LENGTH);
  const limitBytes = new Uint8Array(16);
  const view = new DataView(limitBytes.buffer);
  view.setBigUint64(0, BigInt(limits.opslimit), true);
  view.setBigUint64(8, BigInt(limits.memlimit), true);
  const head = concatBytes(ALGORITHM_ED, KDF_SCRYPT, CHECKSUM_BLAKE2B, salt, limitBytes);
  return chain(xorSecret(crypto, secret, passwordBytes(password), salt, limits), (encrypted) =>
    formatCommentedBase64('minisign encrypted secret key', concatBytes(head, encrypted)),
  );
}

/** The key in a decrypted secret, once its public half is the one its seed has. */
function secretKeyFrom(crypto: Crypto, secret: Uint8Array): MaybePromise<SecretKey> {
  const keyId = copyBytes(secret, 0, 8);
  const seed = copyBytes(secret, 8, 40);
  const publicKey = copyBytes(secret, 40, 72);
  return chain(crypto.ed25519PublicKey(seed), (expected) => {
    if (!equalBytes(expected, publicKey)) {
      throw new MinisignError(
        'This secret key is damaged: its public half does not belong to its secret half.',
      );
    }
    return { keyId, seed, publicKey };
  });
}

/** True when a password is needed to read the secret key file. @throws MinisignError unless it is one */
export function isEncrypted(text: string): boolean {
  return equalBytes(parseLayout(text).subarray(2, 4), KDF_SCRYPT);
}

function parseLayout(text: string): Uint8Array {
  const bytes = parseCommentedBase64(text, {
    what: 'minisign secret key',
    byteLength: BYTE_LENGTH,
    error: MinisignError,
  });
  const kdf = bytes.subarray(2, 4);
  if (
    !equalBytes(bytes.subarray(0, 2), ALGORITHM_ED) ||
    !equalBytes(bytes.subarray(4, 6), CHECKSUM_BLAKE2B) ||
    !(equalBytes(kdf, KDF_SCRYPT) || equalBytes(kdf, KDF_NONE))
  ) {
    throw new MinisignError(
      'This secret key uses algorithms other than Ed25519, scrypt and BLAKE2b; minisign 0.11 makes none such.',
    );
  }
  return bytes;
}

/**
 * Reads a secret key file. With an encrypted one this takes seconds and 1 GiB of memory, by minisign's choice.
 *
 * @param password needed when the file is encrypted, ignored otherwise
 * @throws MinisignError, or the promise is rejected with it, when the password is missing or wrong or the file is damaged
 */
export function parseSecretKey(crypto: Crypto, text: string, password?: string): MaybePromise<SecretKey> {
  const bytes = parseLayout(text);
  const secret = bytes.subarray(SECRET_OFFSET);
  if (equalBytes(bytes.subarray(2, 4), KDF_NONE)) return secretKeyFrom(crypto, secret);
  if (password === undefined) {
    throw new MinisignError('This secret key is protected by a password, and none was given.');
  }
  const salt = bytes.subarray(SALT_OFFSET, SALT_OFFSET + SALT_LENGTH);
  const view = new DataView(bytes.buffer, bytes.byteOffset + LIMITS_OFFSET);
  const limits = {
    opslimit: Number(view.getBigUint64(0, true)),
    memlimit: Number(view.getBigUint64(8, true)),
  };
  return chain(xorSecret(crypto, secret, passwordBytes(password), salt, limits), (decrypted) => {
    if (!equalBytes(checksum(decrypted), decrypted.subarray(KEY_LENGTH))) {
      throw new MinisignError('The password of the secret key is wrong (or the key file is damaged).');
    }
    return secretKeyFrom(crypto, decrypted);
  });
}

/**
 * The key of an Ed25519 seed. Its key id is the first 8 bytes of the SHA-256 of the public key, so that the seed alone gives
 * the whole key again.
 *
 * @param seed 32 bytes
 */
export function secretKeyOf(crypto: Crypto, seed: Uint8Array): MaybePromise<SecretKey> {
  return chain(crypto.ed25519PublicKey(seed), (publicKey) => ({
    keyId: copyBytes(sha256(publicKey), 0, KEY_ID_LENGTH),
    seed,
    publicKey,
  }));
}

/**
 * A new key pair.
 *
 * @param options.password protects the secret key file, with minisign's cost: seconds and 1 GiB of memory
 * @throws MinisignError when minisign could not read such a password
 */
export function generateKeyPair(
  crypto: Crypto,
  options: { password?: string } = {},
): MaybePromise<{ publicKeyFile: string; secretKeyFile: string }> {
  return chain(secretKeyOf(crypto, crypto.randomBytes(32)), (key) =>
    chain(formatSecretKey(crypto, key, options.password), (secretKeyFile) => ({
      publicKeyFile: formatPublicKey(key),
      secretKeyFile,
    })),
  );
}
