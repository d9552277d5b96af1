import { buildAlc } from '../../../codecs/alc/index.js';
import { objectIdOf } from '../../../codecs/auth/index.js';
import { fromHex } from '../../../codecs/bytes.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { AnnouncedObject } from '../../session/fdt.js';
import { chooseObjectCoding, type ObjectCoding } from '../../session/object-coding.js';
import { objectHeader } from '../../session/object-header.js';
import type { RepairGoal } from '../../session/repair.js';
import { type Session, toiOf } from '../../session/session.js';
import { type ObjectKind, objectPath } from '../content/object-directory.js';
import type { Reservations } from '../state/reservations.js';
import { type BlockSymbols, type CarouselSymbol, createBlockSymbols } from './block-symbols.js';
import type { Shard } from './shard.js';
import { createSymbolMemory } from './symbol-memory.js';

/** A transfer object on the air: all bundles that have it share its symbols. */
export interface AirObject {
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256: string;
  readonly toi: number;
  /** What its datagrams are bound to. */
  readonly objectId: Uint8Array;
  /** Bytes. */
  readonly length: number;
  /** Bytes of each datagram. */
  readonly datagramLength: number;
  readonly blocks: readonly BlockSymbols[];
  /** The most turns that one of its blocks has had, and those of earlier runs. */
  readonly turn: number;
  readonly firstTurn: number;
  /** Blocks and repair that one bundle asks for. */
  codingFor(repair: RepairGoal, objects: number): ObjectCoding;
  /** As a table announces it. */
  announced(contentLocation: string, edition?: AnnouncedObject['edition']): AnnouncedObject;
  /** An unsigned datagram. */
  datagram(symbol: CarouselSymbol): Uint8Array;
}

/** The objects on the air by their digest. */
export interface AirObjects {
  /** An object that is in the directory; it is given back as often as it is taken. */
  take(kind: ObjectKind, sha256: string, length: number): AirObject;
  /** Fulfilled when the disk knows what was sent of it. */
  release(object: AirObject): Promise<void>;
}

export interface AirObjectsOptions {
  readonly session: Session;
  readonly schemes: FecSchemes;
  readonly shard: Shard;
  /** Of the objects. */
  readonly directory: string;
  readonly reservations: Reservations;
  /** Turns below this one of an object were sent by earlier runs. */
  turnOf(sha256: string): number;
}

/** Irrational, so that the phases of many blocks are spread evenly. */
const PHASE_STEP = (Math.sqrt(5) - 1) / 2;

export function createAirObjects(options: AirObjectsOptions): AirObjects {
  const all = new Map<string, { readonly object: AirObject; users: number }>();
  let blocksMade = 0;
  const memory = createSymbolMemory();

  function createObject(kind: ObjectKind, sha256: string, length: number): AirObject {
    const { session, schemes, shard, directory } = options;
    const digest = fromHex(sha256);
    const toi = toiOf(digest, new Set([...all.values()].map(({ object }) => object.toi)));
    const codingFor = (goal: RepairGoal, objects: number) =>
      chooseObjectCoding(length, session, schemes, 'raptorq', { goal, objects });
    const { scheme, parameters, blocks, headerLength } = codingFor({ kind: 'fraction', fraction: 0 }, 1);
    const source = { scheme, parameters, memory, path: objectPath(directory, kind, sha256) };
    const firstTurn = options.turnOf(sha256);
    const symbols = blocks.map((block) =>
      createBlockSymbols(source, block, shard, firstTurn, (PHASE_STEP * ++blocksMade) % 1),
    );
    const header = objectHeader(session, toi, scheme.encodingId);
    options.reservations.add(sha256, firstTurn);
    return {
      sha256,
      toi,
      objectId: objectIdOf(nodeCrypto, digest, scheme.buildFti(parameters)),
      length,
      datagramLength: headerLength + parameters.symbolSize,
      blocks: symbols,
      firstTurn,
      get turn() {
        return Math.max(...symbols.map(({ turn }) => turn));
      },
      codingFor,
      announced: (contentLocation, edition) => ({
        toi,
        contentLocation,
        sha256: digest,
        parameters,
        ...(edition && { edition }),
      }),
      datagram: ({ sbn, esi, symbol }) => buildAlc(header, scheme, { sbn, esi }, symbol),
    };
  }

  return {
    take(kind, sha256, length) {
      const known = all.get(sha256);
      if (known !== undefined) {
        known.users++;
        return known.object;
      }
      const object = createObject(kind, sha256, length);
      all.set(sha256, { object, users: 1 });
      return object;
    },
    async release(object) {
      const known = all.get(object.sha256);
      if (known === undefined || --known.users > 0) return;
      all.delete(object.sha256);
      for (const block of object.blocks) block.free();
      await options.reservations.remove(object.sha256, object.turn);
    },
  };
}
