import { buildCertificate, parseCertificate } from '../../../codecs/auth/index.js';
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

/** A publisher certifies an uplink key. */
export async function certify(
  publisher: SecretKey,
  { tsi, generation, uplinkSeed }: Certified,
): Promise<Keys> {
  const certificateBytes = await buildCertificate(nodeCrypto, publisher, {
    uplinkPublicKey: await nodeCrypto.ed25519PublicKey(uplinkSeed),
    tsi,
    generation,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
  });
  const certificate = parseCertificate(certificateBytes);
  return { publisher, publisherKey: publisher, uplinkSeed, certificateBytes, certificate, successions: [] };
}
