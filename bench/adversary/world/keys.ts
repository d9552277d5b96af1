import {
  buildCertificate,
  buildSuccession,
  commitmentTo,
  parseCertificate,
} from '../../../codecs/auth/index.js';
import { toHex } from '../../../codecs/bytes.js';
import { formatKeyId, type SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import type { Prng } from '../../../fixtures/prng.js';

/** Unix times in seconds, long before and after any campaign: tables that are on the air do not expire. */
const NOT_BEFORE = 1_600_000_000;
const NOT_AFTER = 2_050_000_000;

export async function makePublisher(prng: Prng): Promise<SecretKey> {
  const seed = prng.bytes(32);
  return { keyId: prng.bytes(8), seed, publicKey: await nodeCrypto.ed25519PublicKey(seed) };
}

export const publisherId = ({ keyId }: SecretKey) => formatKeyId(keyId);

export interface Certified {
  readonly tsi: number;
  readonly generation: number;
  /** Ed25519 seed of the uplink key, 32 bytes. */
  readonly uplinkSeed: Uint8Array;
}

/** What indices of a publisher say of the key that follows, SHA-256 in hexadecimal. */
export const nextKeyOf = (next: SecretKey) => toHex(commitmentTo(nodeCrypto, next));

/** The publisher's key was lost: the statement of the one that follows. */
export const succeed = ({ publicKey }: SecretKey, next: SecretKey) =>
  buildSuccession(nodeCrypto, { publicKey }, next, undefined);

/** A publisher certifies an uplink key. @param successions statements of what became of the publisher's key before */
export async function certify(
  publisher: SecretKey,
  { tsi, generation, uplinkSeed }: Certified,
  successions: readonly Uint8Array[] = [],
): Promise<Keys> {
  const certificateBytes = await buildCertificate(nodeCrypto, publisher, {
    uplinkPublicKey: await nodeCrypto.ed25519PublicKey(uplinkSeed),
    tsi,
    generation,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
  });
  const certificate = parseCertificate(certificateBytes);
  return { publisher, publisherKey: publisher, uplinkSeed, certificateBytes, certificate, successions };
}
