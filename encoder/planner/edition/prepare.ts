import { CERTIFICATE_LENGTH } from '../../../codecs/auth/index.js';
import type { PartClass } from '../../../codecs/edition/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import { formatSignature } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { trustedComment, UNTRUSTED_COMMENT } from '../../content/signed-index.js';
import { announced, type RecordedObject } from '../../recording/recorded-object.js';
import { indexLocation, partLocation } from '../../session/location.js';
import { chooseObjectCoding } from '../../session/object-coding.js';
import type { RepairGoal } from '../../session/repair.js';
import type { Session } from '../../session/session.js';
import { createTables } from '../../session/tables.js';

/** An object of an edition as it is sent. */
export interface PlannedObject {
  readonly kind: 'index' | PartClass;
  /** Compressed. */
  readonly bytes: number;
}

/** What is sent, and on which terms. */
export interface EditionAirParameters {
  readonly schemes: FecSchemes;
  /** The index, then the parts in the order in which they matter, those of the front before the others. */
  readonly objects: readonly PlannedObject[];
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** Of the bundle. */
  readonly name: string;
}

/** A table, and which objects it announces. */
export interface PlannedTable {
  readonly sourceSymbols: number;
  /** Bytes of an IP packet. */
  readonly packetBytes: number;
  /** Indices. */
  readonly objects: readonly number[];
}

/** An edition before repair is chosen. */
export interface PreparedEdition {
  readonly parameters: EditionAirParameters;
  readonly session: Session;
  /** As `encode` announces the objects: as many in a table as fit. */
  readonly tables: readonly PlannedTable[];
  /** As `send` announces them: index and front, and all others, in tables of their own. */
  readonly carouselTables: {
    readonly ofFirst: readonly PlannedTable[];
    readonly others: readonly PlannedTable[];
  };
  /** How many objects are sent before all others: the index and the front. */
  readonly first: number;
  /** The objects with the repair for a goal. @throws EncodeError when the code has not so many symbols */
  coded(goal: RepairGoal): RecordedObject[];
}

/** IPv4 without options, and UDP. */
export const PACKET_OVERHEAD = 28;
/** Of no consequence for sizes, but as long as real ones. */
const SAMPLE = {
  tsi: 0xffff,
  sequence: 2_000_000_000,
  time: 2_000_000_000,
  certificate: Uint8Array.of(1, ...new Uint8Array(CERTIFICATE_LENGTH - 1)),
};

/** @throws EncodeError when the code has no room for an object */
export function prepareEdition(parameters: EditionAirParameters): PreparedEdition {
  const { schemes, objects, mtu, authDepth, name } = parameters;
  const session: Session = { tsi: SAMPLE.tsi, authDepth, mtu, packetOverhead: PACKET_OVERHEAD };
  const first = objects.filter(({ kind }) => kind === 'index' || kind === 'front').length;
  const signature = signatureFor(name);
  const coded = (goal: RepairGoal) =>
    objects.map(({ kind, bytes }, i): RecordedObject => {
      const sha256 = nodeCrypto.sha256(Uint8Array.of(i >>> 16, i >>> 8, i));
      return {
        kind,
        toi: 0xffff - (i % 10_000),
        sha256,
        objectId: sha256.subarray(0, 16),
        position: 0,
        contentLocation: kind === 'index' ? indexLocation(name) : partLocation(sha256),
        coding: chooseObjectCoding(bytes, session, schemes, 'raptorq', { goal, objects: objects.length }),
        ...(kind === 'index' && { edition: { sequence: SAMPLE.sequence, signature } }),
      };
    });
  const bare = coded({ kind: 'fraction', fraction: 0 });
  const { scheme } = bare[0]!.coding;
  const position = new Map(bare.map(({ toi }, i) => [toi, i]));
  const options = {
    ...session,
    crypto: nodeCrypto,
    fec: 'raptorq',
    scheme,
    fluteVersion: 2,
    expires: SAMPLE.time,
    certificate: SAMPLE.certificate,
  } as const;
  const tablesOf = (some: readonly RecordedObject[]) =>
    createTables(some.map(announced), options).map((table): PlannedTable => {
      table.free();
      return {
        sourceSymbols: table.sourceSymbols,
        packetBytes: PACKET_OVERHEAD + table.datagramLength,
        objects: table.tois.map((toi) => position.get(toi)!),
      };
    });
  return {
    parameters,
    session,
    tables: tablesOf(bare),
    carouselTables: { ofFirst: tablesOf(bare.slice(0, first)), others: tablesOf(bare.slice(first)) },
    first,
    coded,
  };
}

function signatureFor(name: string): string {
  return formatSignature({
    algorithm: 'ED',
    keyId: new Uint8Array(8),
    signature: new Uint8Array(64),
    trustedComment: trustedComment(SAMPLE.sequence, name),
    globalSignature: new Uint8Array(64),
    untrustedComment: UNTRUSTED_COMMENT,
  });
}
