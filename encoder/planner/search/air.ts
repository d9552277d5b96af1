import { CERTIFICATE_LENGTH } from '../../../codecs/auth/index.js';
import { formatSignature } from '../../../codecs/minisign/index.js';
import { trustedComment, UNTRUSTED_COMMENT } from '../../content/signed-index.js';
import { ENCODING_ID } from '../../session/blocks.js';
import { createFdtDatagrams, tableXml } from '../../session/fdt.js';
import { indexLocation } from '../../session/location.js';
import { chooseObjectCoding, type ObjectCoding } from '../../session/object-coding.js';
import { designLoss } from '../../session/repair.js';
import type { Session } from '../../session/session.js';
import { tableDatagrams } from '../../session/tables.js';
import type { Layout } from '../completion/reception.js';
import type { AirParameters } from '../question/parameters.js';

/** An object in its blocks, before repair is chosen. */
export interface Air {
  readonly parameters: AirParameters;
  /** With the source symbols alone. */
  readonly source: ObjectCoding;
  /** K of the longest and of the shortest block. */
  readonly longest: number;
  readonly shortest: number;
  /** Most symbols that a block can have. */
  readonly maxSymbols: number;
  /** Bytes of IP packets: of the object, of the table. */
  readonly packetBytes: number;
  readonly tablePacketBytes: number;
  /** Source symbols of the file delivery table. */
  readonly tableSymbols: number;
}

/** Leaves room to round repair up to a percentage that can be written down. */
const ESI_SHARE = 0.99;
/** IPv4 without options, and UDP. */
const PACKET_OVERHEAD = 28;
/** Of no consequence for sizes, but as long as real ones. */
const SAMPLE_CERTIFICATE = Uint8Array.of(1, ...new Uint8Array(CERTIFICATE_LENGTH - 1));
const SAMPLE = { tsi: 0xffff, toi: 0xffff, sequence: 2_000_000_000, time: 2_000_000_000 };

/** @throws EncodeError when the code has no room for the object */
export function prepareAir(parameters: AirParameters): Air {
  const { schemes, transferLength, mtu, authDepth } = parameters;
  const session: Session = { tsi: SAMPLE.tsi, authDepth, mtu, packetOverhead: PACKET_OVERHEAD };
  const source = chooseObjectCoding(transferLength, session, schemes, 'raptorq', {
    goal: { kind: 'fraction', fraction: 0 },
    objects: 1,
  });
  const lengths = source.blocks.map(({ sourceSymbols }) => sourceSymbols);
  const { scheme } = source;
  const table = createTable(parameters, session, source);
  return {
    parameters,
    source,
    longest: Math.max(...lengths),
    shortest: Math.min(...lengths),
    maxSymbols: Math.floor(
      ESI_SHARE * Math.min(...source.blocks.map((block) => scheme.maxEsi(source.parameters, block) + 1)),
    ),
    packetBytes: PACKET_OVERHEAD + source.headerLength + source.parameters.symbolSize,
    tablePacketBytes: PACKET_OVERHEAD + table.datagramLength,
    tableSymbols: table.sourceSymbols,
  };
}

/** A table as long as the real one will be. */
function createTable(
  { schemes, name }: AirParameters,
  session: Session,
  { parameters }: ObjectCoding,
): { sourceSymbols: number; datagramLength: number } {
  const { toi, sequence, time } = SAMPLE;
  const scheme = schemes.get(ENCODING_ID.raptorq)!;
  const signature = formatSignature({
    algorithm: 'ED',
    keyId: new Uint8Array(8),
    signature: new Uint8Array(64),
    trustedComment: trustedComment(sequence, name),
    globalSignature: new Uint8Array(64),
    untrustedComment: UNTRUSTED_COMMENT,
  });
  const announced = {
    toi,
    contentLocation: indexLocation(name),
    sha256: new Uint8Array(32),
    parameters,
    edition: { sequence, signature },
  };
  const table = createFdtDatagrams(
    tableXml([announced], { fluteVersion: 2, expires: time, scheme }),
    'raptorq',
    scheme,
    { ...session, fluteVersion: 2, instanceId: 0, certificate: SAMPLE_CERTIFICATE },
  );
  const { sourceSymbols, datagramLength } = table;
  table.free();
  return { sourceSymbols, datagramLength };
}

/** What it takes to send so many symbols of each block. */
export interface AirCost {
  readonly objectDatagrams: number;
  readonly tables: number;
  readonly packetBytes: number;
  readonly seconds: number;
}

/** @param symbols of the longest block, K or more; the others have as much repair in proportion */
export function airCost(air: Air, symbols: number): AirCost {
  const { source, longest } = air;
  return costOf(air, Math.ceil((symbols / longest) * source.sourceSymbols), symbols / longest - 1);
}

/** @param fraction repair symbols by source symbols */
export function costOf(
  { parameters, packetBytes, tablePacketBytes, tableSymbols }: Air,
  objectDatagrams: number,
  fraction: number,
): AirCost {
  const loss = designLoss({ kind: 'fraction', fraction: Math.max(0, fraction) });
  const tables = tableDatagrams(objectDatagrams, [{ sourceSymbols: tableSymbols }], loss);
  const bytes = objectDatagrams * packetBytes + tables * tablePacketBytes;
  return { objectDatagrams, tables, packetBytes: bytes, seconds: (8 * bytes) / parameters.rate };
}

/** How a transmission of so many symbols of each block is laid out in time. */
export function layoutOf(air: Air, symbols: number, cost: AirCost = airCost(air, symbols)): Layout {
  const { objectDatagrams, tables, seconds } = cost;
  const datagrams = objectDatagrams + tables;
  return {
    blocks: { count: air.source.blocks.length, sourceSymbols: air.longest },
    tableSymbols: air.tableSymbols,
    roundDatagrams: datagrams / symbols,
    // One opens the transmission, one closes it.
    tableDatagrams: (datagrams - 1) / (tables - 1),
    datagramSeconds: seconds / datagrams,
    datagramLength: Math.max(air.packetBytes, air.tablePacketBytes) - PACKET_OVERHEAD,
  };
}
