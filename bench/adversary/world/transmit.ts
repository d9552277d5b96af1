import { buildAlc } from '../../../codecs/alc/index.js';
import { FDT_OBJECT_ID, objectIdOf } from '../../../codecs/auth/index.js';
import type { FecScheme, FecSchemes, ObjectParameters } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { ENCODING_ID } from '../../../encoder/session/blocks.js';
import type { AnnouncedObject } from '../../../encoder/session/fdt.js';
import { chooseObjectCoding } from '../../../encoder/session/object-coding.js';
import { objectHeader } from '../../../encoder/session/object-header.js';
import type { Session } from '../../../encoder/session/session.js';
import { type BoundDatagram, signMixed } from '../../../encoder/session/sign.js';
import { createTables } from '../../../encoder/session/tables.js';
import { PACKET_OVERHEAD } from '../../editions/simulation/virtual-sender.js';
import type { Layout } from './live.js';

/** An object that is sent as its maker likes, with the encoder's own functions. */
export interface SentObject {
  readonly bytes: Uint8Array;
  readonly toi: number;
  /** As the table announces it, and its datagrams are signed for; by default those of the bytes. */
  readonly sha256?: Uint8Array;
  readonly parameters?: ObjectParameters;
  /** Of an index. */
  readonly edition?: AnnouncedObject['edition'];
}

/** Symbols of an object. */
export interface SymbolRange {
  readonly sbn: number;
  readonly esi: number;
  readonly count: number;
}

/** Somebody with an uplink key. */
export interface Transmission {
  /** All datagrams of the tables that announce the objects. */
  tables(objects: readonly SentObject[]): Promise<Uint8Array[]>;
  /** Symbols of an object, by default as many as it has source symbols, from the first on. */
  symbols(object: SentObject, range?: SymbolRange): Promise<Uint8Array[]>;
}

export function createTransmission(
  schemes: FecSchemes,
  keys: Pick<Keys, 'certificate' | 'certificateBytes' | 'uplinkSeed'>,
  { mtu, authDepth }: Layout,
): Transmission {
  const { tsi, notAfter } = keys.certificate;
  const session: Session = { tsi, mtu, authDepth, packetOverhead: PACKET_OVERHEAD };
  const scheme = schemes.get(ENCODING_ID.raptorq)!;
  const key = { seed: keys.uplinkSeed, tsi, depth: authDepth };

  async function sign(datagrams: readonly Uint8Array[], objectId: Uint8Array): Promise<Uint8Array[]> {
    const bound: BoundDatagram[] = datagrams.map((datagram) => ({ datagram, objectId }));
    await signMixed(nodeCrypto, key, bound);
    return [...datagrams];
  }

  const codingOf = ({ bytes }: SentObject) =>
    chooseObjectCoding(bytes.length, session, schemes, 'raptorq', {
      goal: { kind: 'fraction', fraction: 0 },
      objects: 1,
    });
  const announcedParameters = (object: SentObject) => object.parameters ?? codingOf(object).parameters;
  const sha256Of = ({ sha256, bytes }: SentObject) => sha256 ?? nodeCrypto.sha256(bytes);

  function announced(object: SentObject): AnnouncedObject {
    const { toi, edition } = object;
    const parameters = announcedParameters(object);
    const sha256 = sha256Of(object);
    return {
      toi,
      parameters,
      sha256,
      contentLocation: `${toi}.tar.zst`,
      ...(edition !== undefined && { edition }),
    };
  }

  return {
    async tables(objects) {
      const tables = createTables(objects.map(announced), {
        ...session,
        crypto: nodeCrypto,
        fec: 'raptorq',
        scheme,
        fluteVersion: 2,
        expires: notAfter,
        certificate: keys.certificateBytes,
      });
      const datagrams = tables.flatMap((table) =>
        Array.from({ length: table.sourceSymbols }, () => table.next(notAfter)),
      );
      for (const table of tables) table.free();
      return sign(datagrams, FDT_OBJECT_ID);
    },
    async symbols(object, range) {
      const { parameters, blocks } = codingOf(object);
      const header = objectHeader(session, object.toi, scheme.encodingId);
      const ranges = range
        ? [range]
        : blocks.map(({ sbn, sourceSymbols }) => ({ sbn, esi: 0, count: sourceSymbols }));
      const datagrams = ranges.flatMap(({ sbn, esi, count }) => {
        const block = blocks[sbn]!;
        const source = object.bytes.subarray(block.offset, block.offset + block.byteLength);
        const encoder = scheme.createBlockEncoder(parameters, block, source);
        const made = Array.from({ length: count }, (_, i) =>
          buildAlc(header, scheme, { sbn, esi: esi + i }, encoder.symbol(esi + i)),
        );
        encoder.free();
        return made;
      });
      return sign(datagrams, objectIdFor(scheme, announcedParameters(object), sha256Of(object)));
    },
  };
}

/** What signatures of an object's datagrams say of it. */
export function objectIdFor(scheme: FecScheme, parameters: ObjectParameters, sha256: Uint8Array): Uint8Array {
  return objectIdOf(nodeCrypto, sha256, scheme.buildFti(parameters));
}
