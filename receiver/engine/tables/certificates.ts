import {
  CertificateError,
  parseCertExtension,
  type UplinkCertificate,
  verifyCertificate,
} from '../../../codecs/auth/index.js';
import { equalBytes } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { formatKeyId, type PublicKey } from '../../../codecs/minisign/index.js';
import type { Rejection } from '../ports/events.js';
import type { SeenMemory } from '../ports/seen.js';

/** An uplink key that a trusted publisher certified. */
export interface Uplink {
  readonly publisher: PublicKey;
  /** Key id as minisign shows it. */
  readonly publisherId: string;
  readonly tsi: number;
  readonly generation: number;
  readonly publicKey: Uint8Array;
}

/** Knows which uplink keys may sign which sessions. */
export interface Certificates {
  /** Checks an EXT_CERT of a datagram of session `tsi`. */
  check(extension: Uint8Array, tsi: number): Promise<Uplink | Rejection>;
  /** Keys of the newest generation that was seen of this publisher and session. */
  keysOf(publisherId: string, tsi: number): readonly Uint8Array[];
}

/** Keys of one publisher and session; a publisher who certifies more gets the last of them only. */
const MAX_KEYS = 16;

/** @param trusted the publisher keys that the application pins */
export function createCertificates(
  crypto: Crypto,
  trusted: readonly PublicKey[],
  seen: SeenMemory,
): Certificates {
  const uplinks = new Map<string, { extension: Uint8Array; uplink: Uplink }[]>();
  const keyOf = (publisherId: string, tsi: number) => `${publisherId} ${tsi}`;

  function remember(extension: Uint8Array, uplink: Uplink): void {
    seen.raiseGeneration(uplink.publisherId, uplink.tsi, uplink.generation);
    const key = keyOf(uplink.publisherId, uplink.tsi);
    const others = (uplinks.get(key) ?? []).filter(
      ({ uplink: { generation } }) => generation === uplink.generation,
    );
    uplinks.set(key, [...others, { extension: extension.slice(), uplink }].slice(-MAX_KEYS));
  }

  return {
    async check(extension, tsi) {
      const certificate = parse(extension);
      if (certificate instanceof CertificateError) {
        return { reason: 'bad-certificate', detail: certificate.message };
      }
      const publisherId = formatKeyId(certificate.publisherKeyId);
      if (!trusted.some(({ keyId }) => equalBytes(keyId, certificate.publisherKeyId))) {
        const detail = `The session names publisher key ${publisherId}, which is not trusted.`;
        return { reason: 'untrusted-publisher', detail, publisher: publisherId };
      }
      if (certificate.tsi !== tsi) {
        const detail = `The certificate is for session ${certificate.tsi}, the datagram of session ${tsi}.`;
        return { reason: 'bad-certificate', detail };
      }
      const known = uplinks
        .get(keyOf(publisherId, tsi))
        ?.find((entry) => equalBytes(entry.extension, extension));
      if (known !== undefined) return known.uplink;

      const newest = seen.generation(publisherId, tsi) ?? 0;
      if (certificate.generation < newest) {
        const detail = `The certificate has generation ${certificate.generation}; ${newest} was seen already.`;
        return { reason: 'old-generation', detail, publisher: publisherId };
      }
      const publisher = await verifyCertificate(crypto, certificate, trusted);
      if (publisher === undefined) {
        const detail = `Publisher key ${publisherId} did not sign the certificate that names it.`;
        return { reason: 'bad-certificate', detail };
      }
      const { generation, uplinkPublicKey: publicKey } = certificate;
      const uplink = { publisher, publisherId, tsi, generation, publicKey };
      remember(extension, uplink);
      return uplink;
    },
    keysOf: (publisherId, tsi) =>
      (uplinks.get(keyOf(publisherId, tsi)) ?? []).map(({ uplink }) => uplink.publicKey),
  };
}

function parse(extension: Uint8Array): UplinkCertificate | CertificateError {
  try {
    return parseCertExtension(extension);
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
}
