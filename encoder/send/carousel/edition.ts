import { buildAlc } from '../../../codecs/alc/index.js';
import { objectIdOf } from '../../../codecs/auth/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { OpenFile } from '../../../codecs/node/open-file.js';
import type { Keys } from '../../keys/keys.js';
import { objectHeader } from '../../recording/record-jobs.js';
import { createFdtDatagrams, type FdtDatagrams, sessionFdt } from '../../session/fdt.js';
import { chooseObjectCoding, type ObjectCoding } from '../../session/object-coding.js';
import type { RepairGoal } from '../../session/repair.js';
import { type Session, toiOf } from '../../session/session.js';
import type { PackedObject } from '../content/pack.js';
import type { CarouselSymbol } from './carousel.js';

/** An edition of a bundle, ready to be sent. */
export interface Edition {
  readonly name: string;
  readonly sequence: number;
  readonly toi: number;
  /** What the object's datagrams are bound to. */
  readonly objectId: Uint8Array;
  readonly sha256: Uint8Array;
  /** Bytes of the transfer object. */
  readonly length: number;
  readonly coding: ObjectCoding;
  /** The file delivery table that announces this edition and no other. */
  readonly table: FdtDatagrams;
  /** Bytes of each datagram of the object. */
  readonly datagramLength: number;
  /** An unsigned datagram. */
  datagram(symbol: CarouselSymbol): Uint8Array;
}

export interface EditionOptions {
  readonly name: string;
  readonly sequence: number;
  readonly object: PackedObject;
  readonly session: Session;
  readonly schemes: FecSchemes;
  readonly keys: Keys;
  readonly repair: RepairGoal;
  /** FDT instance ID, 20 bits. */
  readonly instanceId: number;
  /** Unix time in seconds from which on the table is void. */
  readonly expires: number;
}

const FLUTE_VERSION = 2;

/** Plans the blocks of an object and writes its table. @throws EncodeError when the code has no room for it */
export function createEdition(options: EditionOptions): Edition {
  const { name, sequence, object, session, schemes, keys, repair, instanceId, expires } = options;
  const { sha256, signature, archiveLength, length } = object;
  const coding = chooseObjectCoding(length, session, schemes, 'raptorq', repair);
  const { scheme, parameters } = coding;
  const toi = toiOf(sequence);
  const xml = sessionFdt(
    {
      fluteVersion: FLUTE_VERSION,
      expires,
      toi,
      name,
      sha256,
      sequence,
      signature,
      contentLength: archiveLength,
    },
    scheme,
    parameters,
  );
  const table = createFdtDatagrams(xml, 'raptorq', scheme, {
    ...session,
    fluteVersion: FLUTE_VERSION,
    instanceId,
    certificate: keys.certificateBytes,
  });
  const header = objectHeader(session, toi, scheme.encodingId);
  return {
    name,
    sequence,
    toi,
    objectId: objectIdOf(sha256),
    sha256,
    length,
    coding,
    table,
    datagramLength: coding.headerLength + parameters.symbolSize,
    datagram: ({ sbn, esi, symbol }) => buildAlc(header, scheme, { sbn, esi }, symbol),
  };
}

/** Where the object's symbols come from. */
export function symbolSource({ coding }: Edition, file: OpenFile) {
  return { scheme: coding.scheme, parameters: coding.parameters, blocks: coding.blocks, file };
}
