import { concatBytes, copyBytes, equalBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import { formatCommentedBase64, parseCommentedBase64 } from '../minisign/commented-base64.js';
import { CERTIFICATE_LENGTH, CertificateError, parseCertificate } from './certificate.js';

/** An uplink key file that cannot be used. */
export class UplinkKeyError extends Error {
  override readonly name = 'UplinkKeyError';
}

/** The key that signs datagrams. Never protected by a password: the uplink restarts unattended. */
export interface UplinkKey {
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** First bytes of the base64 line, so that no minisign key is taken for an uplink key. */
const MAGIC = utf8Encode('DCuk');
const BYTE_LENGTH = MAGIC.length + 64;
/** The same of the public half, which the publisher certifies. */
const PUBLIC_MAGIC = utf8Encode('DCup');
const PUBLIC_BYTE_LENGTH = PUBLIC_MAGIC.length + 32;

/** A new random uplink key. */
export function generateUplinkKey(crypto: Crypto): MaybePromise<UplinkKey> {
  const seed = crypto.randomBytes(32);
  return chain(crypto.ed25519PublicKey(seed), (publicKey) => ({ seed, publicKey }));
}

/** The text of uplink.key: a comment line, and base64 of "DCuk", seed and public key. */
export function formatUplinkKey({ seed, publicKey }: UplinkKey): string {
  return formatCommentedBase64('datacast uplink secret key', concatBytes(MAGIC, seed, publicKey));
}

/**
 * Reads uplink.key.
 *
 * @throws UplinkKeyError, or the promise is rejected with it
 */
export function parseUplinkKey(crypto: Crypto, text: string): MaybePromise<UplinkKey> {
  const bytes = parseCommentedBase64(text, {
    what: 'datacast uplink secret key',
    byteLength: BYTE_LENGTH,
    error: UplinkKeyError,
  });
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw new UplinkKeyError('This is not an uplink secret key: its first bytes are not "DCuk".');
  }
  const seed = copyBytes(bytes, 4, 36);
  const publicKey = copyBytes(bytes, 36, 68);
  return chain(crypto.ed25519PublicKey(seed), (expected) => {
    if (!equalBytes(expected, publicKey)) {
      throw new UplinkKeyError(
        'This uplink key is damaged: its public half does not belong to its secret half.',
      );
    }
    return { seed, publicKey };
  });
}

/** The text of uplink.pub: a comment line, and base64 of "DCup" and public key. */
export function formatUplinkPublicKey({ publicKey }: Pick<UplinkKey, 'publicKey'>): string {
  return formatCommentedBase64('datacast uplink public key', concatBytes(PUBLIC_MAGIC, publicKey));
}

/**
 * Reads uplink.pub.
 *
 * @returns the public key, 32 bytes
 * @throws UplinkKeyError
 */
export function parseUplinkPublicKey(text: string): Uint8Array {
  const bytes = parseCommentedBase64(text, {
    what: 'datacast uplink public key',
    byteLength: PUBLIC_BYTE_LENGTH,
    error: UplinkKeyError,
  });
  if (!equalBytes(bytes.subarray(0, PUBLIC_MAGIC.length), PUBLIC_MAGIC)) {
    throw new UplinkKeyError('This is not an uplink public key: its first bytes are not "DCup".');
  }
  return copyBytes(bytes, PUBLIC_MAGIC.length, PUBLIC_BYTE_LENGTH);
}

/**
 * The text of uplink.cert: a comment line, and base64 of the certificate.
 *
 * @param certificate 158 bytes
 * @throws CertificateError when they are no certificate
 */
export function formatCertificateFile(certificate: Uint8Array): string {
  const { tsi, generation } = parseCertificate(certificate);
  return formatCommentedBase64(
    `datacast uplink certificate, TSI ${tsi}, generation ${generation}`,
    certificate,
  );
}

/**
 * Reads uplink.cert.
 *
 * @returns the certificate's 158 bytes, for `buildCertExtension` and `parseCertificate`
 * @throws CertificateError
 */
export function parseCertificateFile(text: string): Uint8Array {
  const bytes = parseCommentedBase64(text, {
    what: 'datacast uplink certificate',
    byteLength: CERTIFICATE_LENGTH,
    error: CertificateError,
  });
  parseCertificate(bytes);
  return bytes;
}
