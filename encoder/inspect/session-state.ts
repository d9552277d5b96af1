import type { UplinkCertificate } from '../../codecs/auth/index.js';
import type { FdtFile } from '../../codecs/fdt/index.js';
import type { FecSchemes, SourceBlock } from '../../codecs/fec/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import type { FdtCollector } from './fdt-collector.js';
import { createObjectCollector, type ObjectCollector } from './object-collector.js';
import { parametersOf } from './parameters.js';

/** How many datagrams proved their sender. */
export interface AuthCounts {
  /** Signed by the uplink key of the certificate that came with the table. */
  valid: number;
  /** With a signature that is not. */
  invalid: number;
  unsigned: number;
  /** With a signature that no table tells how to check. */
  unknown: number;
}

/** An index may have so many bytes: it is held in memory. */
const MAX_INDEX_BYTES = 2 ** 20;
/** Sessions of a recording that are told: a stranger may write one with each datagram. */
const MAX_SESSIONS = 1024;
/** Destinations of a session that are told. */
const MAX_DESTINATIONS = 16;

/** What the datagrams of a table carry. Whether its publisher is trusted is for a receiver to decide. */
export interface InspectedCertificate extends UplinkCertificate {
  /** The publisher whom it names has signed it; otherwise nothing in it is true. */
  readonly isSigned: boolean;
}

/** A table in work. */
export interface Table {
  readonly instanceId: number;
  readonly fluteVersion: number;
  readonly certificate: InspectedCertificate | undefined;
  readonly collector: FdtCollector;
  datagrams: number;
}

/** An object in work. */
export interface ObjectState {
  readonly toi: number;
  /** The object as each table that names it describes it. */
  readonly described: readonly { table: Table; file: FdtFile }[];
  readonly blocks: ReadonlyMap<number, SourceBlock>;
  readonly auth: AuthCounts;
  /** ESIs received by source block number. */
  readonly received: Map<number, Set<number>>;
  /** Puts the index of an edition together; undefined for any other object. */
  index: ObjectCollector | undefined;
  datagrams: number;
}

/** A session in work. */
export interface Session {
  readonly source: string;
  /** Addresses and ports, as text. */
  readonly destinations: Set<string>;
  readonly tsi: number | undefined;
  readonly firstNs: bigint;
  lastNs: bigint;
  readonly tables: Map<string, Table>;
  readonly tableAuth: AuthCounts;
  /** Datagrams by statement of succession, hexadecimal. */
  readonly statements: Map<string, number>;
  readonly objects: Map<number, ObjectState>;
}

/**
 * The session of a datagram, a new one when it is its first: a session is source address and TSI (RFC 5775 section 2).
 *
 * @returns undefined when there are too many
 */
export function sessionOf(
  sessions: Map<string, Session>,
  datagram: UdpDatagram,
  tsi: number | undefined,
): Session | undefined {
  const { source, destination: address, destinationPort: port, timestampNs } = datagram;
  const name = `${source} ${tsi}`;
  let session = sessions.get(name);
  if (session === undefined) {
    if (sessions.size >= MAX_SESSIONS) return undefined;
    session = {
      source,
      destinations: new Set(),
      tsi,
      firstNs: timestampNs,
      lastNs: timestampNs,
      tables: new Map(),
      tableAuth: noCounts(),
      statements: new Map(),
      objects: new Map(),
    };
    sessions.set(name, session);
  }
  if (session.destinations.size < MAX_DESTINATIONS) {
    session.destinations.add(formatSocketAddress({ address, port }));
  }
  return session;
}

function noCounts(): AuthCounts {
  return { valid: 0, invalid: 0, unsigned: 0, unknown: 0 };
}

/** An object none of whose datagrams was counted yet, with what the tables say of it. */
export function createObject(toi: number, tables: Iterable<Table>, schemes: FecSchemes): ObjectState {
  const described: { table: Table; file: FdtFile }[] = [];
  for (const table of tables) {
    const file = table.collector.fdt?.files.find((candidate) => candidate.toi === toi);
    if (file !== undefined) described.push({ table, file });
  }
  const file = described[0]?.file;
  const blocks = (file && parametersOf(file, schemes)?.blocks) ?? [];
  const isIndex = file?.sequence !== undefined && file.signature !== undefined;
  return {
    toi,
    described,
    index: isIndex ? createObjectCollector(file, schemes, MAX_INDEX_BYTES) : undefined,
    blocks: new Map(blocks.map((block) => [block.sbn, block])),
    auth: noCounts(),
    received: new Map(),
    datagrams: 0,
  };
}

/** Bytes of a symbol by the object's table; undefined when it does not say. */
export function symbolSizeOf(file: FdtFile): number | undefined {
  return Number(file.fec.attributes['FEC-OTI-Encoding-Symbol-Length']) || undefined;
}
