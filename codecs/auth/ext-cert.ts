import {
  CERTIFICATE_LENGTH,
  CertificateError,
  parseCertificate,
  type UplinkCertificate,
} from './certificate.js';

/** Header extension type of EXT_CERT, which is ours (RFC 5651 section 5.2: 64..127 are protocol-specific). */
export const HET_CERT = 120;

/** Bytes of EXT_CERT, HET and HEL included: 40 words. */
export const CERT_EXTENSION_LENGTH = 2 + CERTIFICATE_LENGTH;

/**
 * The header extension that carries an uplink certificate in every FDT datagram.
 *
 * @param certificate 158 bytes
 * @throws CertificateError when it has another length
 */
export function buildCertExtension(certificate: Uint8Array): Uint8Array {
  if (certificate.length !== CERTIFICATE_LENGTH) {
    throw new CertificateError(
      `An uplink certificate has ${CERTIFICATE_LENGTH} bytes, not ${certificate.length}.`,
    );
  }
  const extension = new Uint8Array(CERT_EXTENSION_LENGTH);
  extension[0] = HET_CERT;
  extension[1] = CERT_EXTENSION_LENGTH / 4;
  extension.set(certificate, 2);
  return extension;
}

/**
 * Reads EXT_CERT.
 *
 * @param extension the whole extension, HET included
 * @throws CertificateError
 */
export function parseCertExtension(extension: Uint8Array): UplinkCertificate {
  if (
    extension.length !== CERT_EXTENSION_LENGTH ||
    extension[0] !== HET_CERT ||
    extension[1] !== CERT_EXTENSION_LENGTH / 4
  ) {
    throw new CertificateError(
      `This is not EXT_CERT: expected type ${HET_CERT} and ${CERT_EXTENSION_LENGTH} bytes, ` +
        `found type ${extension[0]} and ${extension.length} bytes.`,
    );
  }
  return parseCertificate(extension.subarray(2));
}
