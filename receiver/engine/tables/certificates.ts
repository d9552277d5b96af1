import {
  CertificateError,
  parseCertExtension,
  type UplinkCertificate,
  verifyCertificate,
} from '../../../codecs/auth/index.js';
import { equalBytes } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { fingerprint, type PublicKey, publisherId } from '../../../codecs/minisign/index.js';
import type { Rejection } from '../ports/events.js';
import { createPerPublisher } from '../ports/per-publisher.js';
import type { SeenMemory } from '../ports/seen.js';
import type { Publishers } from './publishers.js';

/** An uplink key that a trusted publisher certified. */
export interface Uplink {
  readonly publisherKey: PublicKey;
  /** The first of his keys, as text: see `publisherId`. */
  readonly publisher: string;
  readonly tsi: number;
  readonly generation: number;
  readonly publicKey: Uint8Array;
}

/** Knows which uplink keys may sign which sessions. */
export interface Certificates {
  /** Checks an EXT_CERT of a datagram of session `tsi`. */
  check(extension: Uint8Array, tsi: number): Promise<Uplink | Rejection>;
  /** Keys of the newest generation that was seen of this publisher and session. */
  keysOf(publisher: string, tsi: number): readonly Uint8Array[];
  /** No key counts any more: the publisher's own has a successor. */
  forget(publisher: string): void;
}

/** Keys of one publisher and session; a publisher who certifies more gets the last of them only. */
const MAX_KEYS = 16;

/**
 * @param onReplaced called when a certificate of a higher generation is heard: the keys before it count no more
 */
export function createCertificates(
  crypto: Crypto,
  publishers: Publishers,
  seen: SeenMemory,
  onReplaced: (publisher: string) => Promise<void>,
): Certificates {
  const uplinks = createPerPublisher<number, { extension: Uint8Array; uplink: Uplink }[]>();

  function remember(extension: Uint8Array, uplink: Uplink): void {
    seen.raiseGeneration(uplink.publisher, uplink.tsi, uplink.generation);
    const { publisher, tsi } = uplink;
    const others = (uplinks.get(publisher, tsi) ?? []).filter(
      // a renewed certificate takes the place of the earlier one for the same key
      (each) =>
        each.uplink.generation === uplink.generation && !equalBytes(each.uplink.publicKey, uplink.publicKey),
    );
    uplinks.set(publisher, tsi, [...others, { extension: extension.slice(), uplink }].slice(-MAX_KEYS));
  }

  return {
    async check(extension, tsi) {
      const certificate = parse(extension);
      if (certificate instanceof CertificateError) {
        return { reason: 'bad-certificate', detail: certificate.message };
      }
      const found = publishers.find(certificate.publisherKey);
      if (typeof found === 'string') {
        const named = publisherId({ publicKey: certificate.publisherKey });
        if (found === 'replaced') {
          const detail = `The session names a publisher's key that another one has succeeded, with the fingerprint ${fingerprint(named)}.`;
          return { reason: 'replaced-publisher', detail };
        }
        const detail = `The session names a publisher's key that is not trusted, with the fingerprint ${fingerprint(named)}.`;
        return { reason: 'untrusted-publisher', detail, publisher: named };
      }
      const { publisher, publisherKey } = found;
      if (certificate.tsi !== tsi) {
        const detail = `The certificate is for session ${certificate.tsi}, the datagram of session ${tsi}.`;
        return { reason: 'bad-certificate', detail };
      }
      const known = uplinks.get(publisher, tsi)?.find((entry) => equalBytes(entry.extension, extension));
      if (known !== undefined) return known.uplink;

      const newest = seen.generation(publisher, tsi) ?? 0;
      if (certificate.generation < newest) {
        const detail = `The certificate has generation ${certificate.generation}; ${newest} was seen already.`;
        return { reason: 'old-generation', detail, publisher };
      }
      if (!(await verifyCertificate(crypto, certificate))) {
        const detail = `The publisher with the fingerprint ${fingerprint(publisher)} did not sign the certificate that names it.`;
        return { reason: 'bad-certificate', detail };
      }
      const { generation, uplinkPublicKey: publicKey } = certificate;
      const uplink = { publisherKey, publisher, tsi, generation, publicKey };
      const isNewer = generation > (seen.generation(publisher, tsi) ?? generation);
      remember(extension, uplink);
      if (isNewer) await onReplaced(publisher);
      return uplink;
    },
    forget: uplinks.forget,
    keysOf: (publisher, tsi) => (uplinks.get(publisher, tsi) ?? []).map(({ uplink }) => uplink.publicKey),
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
