import { concatBytes, copyBytes, utf8Encode } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { chain, type MaybePromise } from '../maybe-promise.js';
import type { SecretKey } from '../minisign/index.js';

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
  /** Ed25519 public key of the publisher, 32 bytes. */
  readonly publisherKey: Uint8Array;
  /** Ed25519 signature of the publisher, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Bytes of a certificate. */
export const CERTIFICATE_LENGTH = 158;

const BODY_LENGTH = 94;
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
function certificateBody(publisherKey: Uint8Array, fields: CertificateFields): Uint8Array {
  const body = new Uint8Array(BODY_LENGTH);
  const view = new DataView(body.buffer);
  body[0] = VERSION;
  body.set(publisherKey, 2);
  body.set(fields.uplinkPublicKey, 34);
  view.setBigUint64(66, BigInt(fields.tsi));
  view.setBigUint64(74, BigInt(fields.notBefore));
  view.setBigUint64(82, BigInt(fields.notAfter));
  view.setUint32(90, fields.generation);
  return body;
}

/**
 * Makes a certificate.
 *
 * @param publisher the publisher's minisign key
 * @returns 158 bytes
 * @throws CertificateError when a field is out of range
 */
export function buildCertificate(
  crypto: Crypto,
  publisher: Pick<SecretKey, 'publicKey' | 'seed'>,
  fields: CertificateFields,
): MaybePromise<Uint8Array> {
  requireFields(fields);
  if (publisher.publicKey.length !== 32 || fields.uplinkPublicKey.length !== 32) {
    throw new CertificateError('A certificate needs two public keys of 32 bytes: of publisher and uplink.');
  }
  const body = certificateBody(publisher.publicKey, fields);
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
    uplinkPublicKey: copyBytes(bytes, 34, 66),
    tsi: Number(view.getBigUint64(66)),
    notBefore: Number(view.getBigUint64(74)),
    notAfter: Number(view.getBigUint64(82)),
    generation: view.getUint32(90),
  };
  requireFields(fields);
  return { publisherKey: copyBytes(bytes, 2, 34), ...fields, signature: copyBytes(bytes, BODY_LENGTH) };
}

/**
 * Checks that the publisher whom the certificate names signed it: whether that publisher is trusted is another question.
 * Validity times are not looked at, and generations are the receiver's to remember.
 */
export function verifyCertificate(crypto: Crypto, certificate: UplinkCertificate): MaybePromise<boolean> {
  const { publisherKey, signature } = certificate;
  const message = concatBytes(DOMAIN, certificateBody(publisherKey, certificate));
  return crypto.ed25519Verify(publisherKey, message, signature);
}
