import { FDT_OBJECT_ID, objectIdOf, signBatch, writeAuthPlaceholder } from '../codecs/auth/index.js';
import type { Crypto, MaybePromise } from '../codecs/crypto/index.js';
import { AUTH_OFFSET, isFdtDatagram } from './session.js';

/** What datagrams are signed with. */
export interface SigningKey {
  /** Uplink key, 32 bytes. */
  readonly seed: Uint8Array;
  readonly tsi: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly depth: number;
  /** SHA-256 of the transfer object whose datagrams these are. */
  readonly sha256: Uint8Array;
}

/**
 * Signs datagrams in place, 2^depth after one another with one signature; only the last group may be smaller. With
 * synchronous crypto everything is done when it returns.
 *
 * @param datagrams of one object and of the file delivery table, each with room for EXT_AUTH
 */
export function signDatagrams(
  crypto: Crypto,
  { seed, tsi, depth, sha256 }: SigningKey,
  datagrams: readonly Uint8Array[],
): MaybePromise<void> {
  const objectId = objectIdOf(sha256);
  const pending: Promise<void>[] = [];
  for (let first = 0; first < datagrams.length; first += 2 ** depth) {
    const batch = datagrams.slice(first, first + 2 ** depth).map((datagram, index) => {
      writeAuthPlaceholder(datagram, AUTH_OFFSET, depth, index);
      const boundTo = isFdtDatagram(datagram) ? FDT_OBJECT_ID : objectId;
      return { datagram, authOffset: AUTH_OFFSET, objectId: boundTo };
    });
    const signed = signBatch(crypto, seed, tsi, batch, depth);
    if (signed instanceof Promise) pending.push(signed);
  }
  if (pending.length > 0) return Promise.all(pending).then(() => {});
}
