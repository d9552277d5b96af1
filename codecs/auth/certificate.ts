import { concatBytes, copyBytes, equalBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import type { PublicKey, SecretKey } from '../minisign/index.js';

/** An uplink certificate that does not follow docs/wire-format-auth.md. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What a publisher allows an uplink key to do. */
export interface CertificateFields {
  /** Ed25519 public key that signs the datagrams, 32 bytes. */
  readonly uplinkPublicKey: Uint8Array;
  /** The session it may sign, 0..2^48 - 1. */
  readonly tsi: number;
  /** Unix time in seconds, first and last second: advice to a receiver with a clock. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** 0..2^32 - 1; a receiver refuses a lower one than it has seen of this publisher and session. */
  readonly generation: number;
}

/** A certificate as read: who signed it is known only after `verifyCertificate`. */
export interface UplinkCertificate extends CertificateFields {
  /** minisign key id of the publisher, 8 bytes. */
  readonly publisherKeyId: Uint8Array;
  /** Ed25519 signature of the publisher, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Bytes of a certificate. */
export const CERTIFICATE_LENGTH = 134;

const BODY_LENGTH = 70;
const VERSION = 1;
const MAX_TSI = 2 ** 48 - 1;
const DOMAIN = utf8Encode('datacast uplink certificate v1\0');

function requireRange(value: number, name: string, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new CertificateError(`The certificate's ${name} is a whole number from 0 to ${max}, not ${value}.`);
  }
}

function requireFields(fields: CertificateFields): void {
  requireRange(fields.tsi, 'TSI', MAX_TSI);
  requireRange(fields.notBefore, 'first second of validity', Number.MAX_SAFE_INTEGER);
  requireRange(fields.notAfter, 'last second of validity', Number.MAX_SAFE_INTEGER);
  requireRange(fields.generation, 'generation', 2 ** 32 - 1);
  if (fields.notBefore > fields.notAfter) {
    throw new CertificateError(
      `The certificate ends (Unix time ${fields.notAfter}) before it begins (${fields.notBefore}).`,
    );
  }
}

/** What the publisher signs, without the domain string: everything but the signature. */
function certificateBody(publisherKeyId: Uint8Array, fields: CertificateFields): Uint8Array {
  const body = new Uint8Array(BODY_LENGTH);
  const view = new DataView(body.buffer);
  body[0] = VERSION;
  body.set(publisherKeyId, 2);
  body.set(fields.uplinkPublicKey, 10);
  view.setBigUint64(42, BigInt(fields.tsi));
  view.setBigUint64(50, BigInt(fields.notBefore));
  view.setBigUint64(58, BigInt(fields.notAfter));
  view.setUint32(66, fields.generation);
  return body;
}

/**
 * Makes a certificate.
 *
 * @param publisher the publisher's minisign key
 * @returns 134 bytes
 * @throws CertificateError when a field is out of range
 */
export function buildCertificate(
  crypto: Crypto,
  publisher: Pick<SecretKey, 'keyId' | 'seed'>,
  fields: CertificateFields,
): MaybePromise<Uint8Array> {
  requireFields(fields);
  if (publisher.keyId.length !== 8 || fields.uplinkPublicKey.length !== 32) {
    throw new CertificateError('A certificate needs a key id of 8 bytes and an uplink public key of 32.');
  }
  const body = certificateBody(publisher.keyId, fields);
  return chain(crypto.ed25519Sign(publisher.seed, concatBytes(DOMAIN, body)), (signature) =>
    concatBytes(body, signature),
  );
}

/**
 * Reads a certificate; its structure only.
 *
 * @throws CertificateError
 */
export function parseCertificate(bytes: Uint8Array): UplinkCertificate {
  if (bytes.length !== CERTIFICATE_LENGTH) {
    throw new CertificateError(`An uplink certificate has ${CERTIFICATE_LENGTH} bytes, not ${bytes.length}.`);
  }
  if (bytes[0] !== VERSION || bytes[1] !== 0) {
    throw new CertificateError(`Uplink certificate of version ${bytes[0]}.${bytes[1]}: only 1.0 is known.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields = {
    uplinkPublicKey: copyBytes(bytes, 10, 42),
    tsi: Number(view.getBigUint64(42)),
    notBefore: Number(view.getBigUint64(50)),
    notAfter: Number(view.getBigUint64(58)),
    generation: view.getUint32(66),
  };
  requireFields(fields);
  return { publisherKeyId: copyBytes(bytes, 2, 10), ...fields, signature: copyBytes(bytes, BODY_LENGTH) };
}

/**
 * Finds the trusted publisher who signed the certificate. Validity times are not looked at, and generations are the
 * receiver's to remember.
 *
 * @returns the publisher's key, or undefined when no trusted key signed it
 */
export function verifyCertificate(
  crypto: Crypto,
  certificate: UplinkCertificate,
  trustedPublisherKeys: readonly PublicKey[],
): MaybePromise<PublicKey | undefined> {
  const message = concatBytes(DOMAIN, certificateBody(certificate.publisherKeyId, certificate));
  const candidates = trustedPublisherKeys.filter((key) => equalBytes(key.keyId, certificate.publisherKeyId));
  const tryFrom = (index: number): MaybePromise<PublicKey | undefined> => {
    const candidate = candidates[index];
    if (candidate === undefined) return undefined;
    return chain(crypto.ed25519Verify(candidate.publicKey, message, certificate.signature), (good) =>
      good ? candidate : tryFrom(index + 1),
    );
  };
  return tryFrom(0);
}
