import { FDT_OBJECT_ID, signBatch, writeAuthPlaceholder } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import { AUTH_OFFSET, isFdtDatagram } from './session.js';

/** What datagrams of all objects of a session are signed with. */
export interface UplinkKey {
  /** Uplink key, 32 bytes. */
  readonly seed: Uint8Array;
  readonly tsi: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly depth: number;
}

/** What the datagrams of one object are signed with. */
export interface SigningKey extends UplinkKey {
  /** What the datagrams of the object are bound to. */
  readonly objectId: Uint8Array;
}

/** A datagram with room for EXT_AUTH, and the object that it is bound to. */
export interface BoundDatagram {
  readonly datagram: Uint8Array;
  readonly objectId: Uint8Array;
}

/**
 * Signs datagrams in place, 2^depth after one another with one signature; only the last group may be smaller. With
 * synchronous crypto everything is done when it returns.
 *
 * @param datagrams of one object and of the file delivery table, each with room for EXT_AUTH
 */
export function signDatagrams(
  crypto: Crypto,
  key: SigningKey,
  datagrams: readonly Uint8Array[],
): MaybePromise<void> {
  const bound = datagrams.map((datagram) => ({
    datagram,
    objectId: isFdtDatagram(datagram) ? FDT_OBJECT_ID : key.objectId,
  }));
  return signMixed(crypto, key, bound);
}

/** The same for datagrams of several objects. */
export function signMixed(
  crypto: Crypto,
  { seed, tsi, depth }: UplinkKey,
  datagrams: readonly BoundDatagram[],
): MaybePromise<void> {
  const pending: Promise<void>[] = [];
  for (let first = 0; first < datagrams.length; first += 2 ** depth) {
    const batch = datagrams.slice(first, first + 2 ** depth).map(({ datagram, objectId }, index) => {
      writeAuthPlaceholder(datagram, AUTH_OFFSET, depth, index);
      return { datagram, authOffset: AUTH_OFFSET, objectId };
    });
    const signed = signBatch(crypto, seed, tsi, batch, depth);
    if (signed instanceof Promise) pending.push(signed);
  }
  if (pending.length > 0) return Promise.all(pending).then(() => {});
}
