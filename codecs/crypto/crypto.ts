import { fromHex } from '../bytes.js';
import type { MaybePromise } from '../maybe-promise.js';

/** An incremental hash. `digest` ends it: neither function may be called afterwards. */
export interface Hasher {
  update(chunk: Uint8Array): Hasher;
  digest(): Uint8Array;
}

/** Incremental SHA-256 (FIPS 180-4), digest of 32 bytes. */
export type Sha256 = Hasher;

/** Incremental BLAKE2b-512 (RFC 7693), digest of 64 bytes. */
export type Blake2b512 = Hasher;

/** Cost of scrypt (RFC 7914 section 2): it needs 128 * N * r bytes of memory. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * The cryptographic primitives everything else is built on. Passed explicitly to whatever needs them: there is no
 * global choice. Three implementations behave alike: `nodeCrypto`, `webCrypto()` and `nobleCrypto`.
 *
 * What a function returns is a plain Uint8Array of its own, never a view of shared memory. Where a promise is
 * returned, the arguments may not be changed until it is settled.
 */
export interface Crypto {
  /** 'node', 'webcrypto' or 'noble'. */
  readonly name: string;
  /** SHA-256 of the parts one after the other, 32 bytes. */
  sha256(...parts: Uint8Array[]): Uint8Array;
  createSha256(): Sha256;
  createBlake2b512(): Blake2b512;
  /** The public key, 32 bytes, of an Ed25519 seed (RFC 8032 section 5.1.5). @throws RangeError unless 32 bytes */
  ed25519PublicKey(seed: Uint8Array): MaybePromise<Uint8Array>;
  /** Ed25519 signature, 64 bytes (RFC 8032 section 5.1.6). @throws RangeError unless the seed has 32 bytes */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): MaybePromise<Uint8Array>;
  /**
   * Checks an Ed25519 signature (RFC 8032 section 5.1.7). Never throws: wrong lengths, bad points and
   * public keys of small order, for which anybody could sign, are false.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): MaybePromise<boolean>;
  /** For each of several signatures of one key what `ed25519Verify` says; there where that is slow. */
  readonly ed25519VerifyBatch?: (
    publicKey: Uint8Array,
    signed: readonly { readonly message: Uint8Array; readonly signature: Uint8Array }[],
  ) => boolean[];
  /** scrypt (RFC 7914): a key of `length` bytes from a password. */
  scrypt(
    password: Uint8Array,
    salt: Uint8Array,
    cost: ScryptParameters,
    length: number,
  ): MaybePromise<Uint8Array>;
  /** n bytes from the platform's cryptographic random source, n <= 65,536. */
  randomBytes(n: number): Uint8Array;
}

/** Bytes of an Ed25519 seed (RFC 8032 calls it the private key) and of a public key. */
const ED25519_KEY_LENGTH = 32;

/** Bytes of an Ed25519 signature. */
const ED25519_SIGNATURE_LENGTH = 64;

/** PKCS #8 wrapping of an Ed25519 seed (RFC 8410 section 7): these bytes, then the seed. */
export const PKCS8_ED25519_PREFIX = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
);

/** @throws RangeError unless the seed has 32 bytes */
export function requireSeed(seed: Uint8Array): void {
  if (seed.length !== ED25519_KEY_LENGTH) {
    throw new RangeError(`An Ed25519 seed has ${ED25519_KEY_LENGTH} bytes, not ${seed.length}.`);
  }
}

/**
 * Public keys of small order, sign bit cleared, canonical and not: 0, 1, -1, p, p + 1 and the two y of order 8.
 * Anybody can sign for such a key; OpenSSL lets it pass, libsodium and with it minisign refuse it.
 */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

function isSmallOrder(publicKey: Uint8Array): boolean {
  return SMALL_ORDER.some((point) => {
    for (let i = 0; i < 31; i++) if (point[i] !== publicKey[i]) return false;
    return point[31] === (publicKey[31]! & 0x7f);
  });
}

/** True when key and signature have the lengths of RFC 8032 and the key is one that somebody can hold. */
export function isVerifiable(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === ED25519_KEY_LENGTH &&
    signature.length === ED25519_SIGNATURE_LENGTH &&
    !isSmallOrder(publicKey)
  );
}
