import { signBatch, writeAuthPlaceholder } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { AUTH_OFFSET } from '../session.js';

/** A datagram with room for EXT_AUTH, and the object that it is bound to. */
export interface BoundDatagram {
  readonly datagram: Uint8Array;
  readonly objectId: Uint8Array;
}

/** What datagrams of all objects of a session are signed with. */
export interface UplinkKey {
  /** Uplink key, 32 bytes. */
  readonly seed: Uint8Array;
  readonly tsi: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly depth: number;
}

/** Signs datagrams of several objects in place, 2^depth after one another with one signature. */
export async function signMixed(
  crypto: Crypto,
  { seed, tsi, depth }: UplinkKey,
  datagrams: readonly BoundDatagram[],
): Promise<void> {
  for (let first = 0; first < datagrams.length; first += 2 ** depth) {
    const batch = datagrams.slice(first, first + 2 ** depth);
    for (const [index, { datagram }] of batch.entries())
      writeAuthPlaceholder(datagram, AUTH_OFFSET, depth, index);
    const unsigned = batch.map((each) => ({ ...each, authOffset: AUTH_OFFSET }));
    const signed = signBatch(crypto, seed, tsi, unsigned, depth);
    if (signed instanceof Promise) await signed;
  }
}
