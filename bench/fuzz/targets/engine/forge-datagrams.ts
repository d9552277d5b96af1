/** Datagrams that are changed and signed again, with the attacker's own key or the stolen one of the uplink. */

import {
  AlcError,
  buildLct,
  findExtension,
  HET,
  type LctHeader,
  parseLct,
} from '../../../../codecs/alc/index.js';
import {
  AuthError,
  FDT_OBJECT_ID,
  parseAuth,
  signBatch,
  writeAuthPlaceholder,
} from '../../../../codecs/auth/index.js';
import { concatBytes, utf8Encode } from '../../../../codecs/bytes.js';
import type { FecScheme } from '../../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../../codecs/node/crypto.js';
import type { Prng } from '../../../../fixtures/prng.js';
import { mutateBytes } from '../../mutate.js';
import { attempt } from '../../target.js';
import { TABLE_WORDS } from '../tables.js';

/** What an attacker has. */
export interface Attacker {
  readonly raptorq: FecScheme;
  readonly uplinkSeed: Uint8Array;
  readonly ownSeed: Uint8Array;
  /** Of all objects that are sent. */
  readonly objectIds: readonly Uint8Array[];
  /** XML of genuine tables. */
  readonly tables: readonly Uint8Array[];
}

export type Forge = (datagram: Uint8Array, prng: Prng, attacker: Attacker, isStolen: boolean) => Uint8Array;

/** Other symbols, or another payload ID, under the same header. */
export const forgeDatagram: Forge = (datagram, prng, attacker, isStolen) => {
  const lct = attempt(() => parseLct(datagram), AlcError);
  if (lct === undefined) return datagram;
  const { headerLength } = lct;
  const body = mutateBytes(datagram.subarray(headerLength), prng, datagram);
  return sign(concatBytes(datagram.subarray(0, headerLength), body), lct, prng, attacker, isStolen);
};

/** A table that says something else, in one symbol, with the header of a genuine one. */
export const forgeTable: Forge = (datagram, prng, attacker, isStolen) => {
  const lct = attempt(() => parseLct(datagram), AlcError);
  const fti = lct && findExtension(lct, HET.FTI);
  if (lct?.toi !== 0 || fti === undefined) return datagram;
  const { raptorq, tables } = attacker;
  const table = () => tables[prng.below(tables.length)]!;
  const xml = mutateBytes(table(), prng, table(), TABLE_WORDS.map(utf8Encode));
  const symbolSize = 4 * Math.max(1, Math.ceil(xml.length / 4));
  const transferLength = Math.max(1, xml.length);
  const parameters = {
    encodingId: 6,
    transferLength,
    symbolSize,
    sourceBlocks: 1,
    subBlocks: 1,
    alignment: 4,
  };
  const extensions = lct.extensions.map(({ het, offset, length }) =>
    het === HET.FTI ? raptorq.buildFti(parameters) : datagram.slice(offset, offset + length),
  );
  const { tsi, toi } = lct;
  const header = attempt(
    () => buildLct({ ...(tsi !== undefined && { tsi }), toi, codepoint: 6 }, extensions),
    AlcError,
  );
  if (header === undefined) return datagram;
  const payload = new Uint8Array(4 + symbolSize);
  payload.set(xml, 4);
  const forged = concatBytes(header, payload);
  return sign(forged, parseLct(forged), prng, attacker, isStolen);
};

function sign(
  datagram: Uint8Array,
  lct: LctHeader,
  prng: Prng,
  { uplinkSeed, ownSeed, objectIds }: Attacker,
  isStolen: boolean,
): Uint8Array {
  const auth = findExtension(lct, HET.AUTH);
  const depth = auth && attempt(() => parseAuth(datagram, auth.offset), AuthError)?.depth;
  if (auth === undefined || depth === undefined) return datagram;
  writeAuthPlaceholder(datagram, auth.offset, depth, 0);
  const objectId = lct.toi === 0 ? FDT_OBJECT_ID : objectIds[prng.below(objectIds.length)]!;
  const seed = isStolen ? uplinkSeed : ownSeed;
  // node:crypto signs at once
  void signBatch(nodeCrypto, seed, lct.tsi ?? 0, [{ datagram, authOffset: auth.offset, objectId }], depth);
  return datagram;
}
