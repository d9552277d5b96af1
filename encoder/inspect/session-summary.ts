import type { UplinkCertificate } from '../../codecs/auth/index.js';
import type { Fdt, FdtFile } from '../../codecs/fdt/index.js';
import { FecError, type FecSchemes, type SourceBlock } from '../../codecs/fec/index.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import type { FdtCollector } from './fdt-collector.js';

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

/** A file delivery table as it was received. */
export interface InspectedTable {
  readonly instanceId: number;
  readonly fluteVersion: number;
  /** What the datagrams' certificate says; whether a trusted publisher signed it is for a receiver to decide. */
  readonly certificate: UplinkCertificate | undefined;
  readonly datagrams: number;
  readonly fdt: Fdt | undefined;
  /** Why a complete table could not be read. */
  readonly problem: string | undefined;
}

export interface InspectedBlock {
  readonly sbn: number;
  /** K; undefined when no table describes the object. */
  readonly sourceSymbols: number | undefined;
  /** Different symbols, those with a wrong signature left out; without K all are counted as source symbols. */
  readonly sourceReceived: number;
  readonly repairReceived: number;
}

export interface InspectedObject {
  readonly toi: number;
  readonly datagrams: number;
  readonly auth: Readonly<AuthCounts>;
  readonly file: FdtFile | undefined;
  readonly blocks: readonly InspectedBlock[];
}

/** A session: what one sender sends to one destination under one TSI. */
export interface InspectedSession {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly tsi: number | undefined;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  readonly tables: readonly InspectedTable[];
  /** Of the datagrams of TOI 0. */
  readonly tableAuth: Readonly<AuthCounts>;
  readonly objects: readonly InspectedObject[];
}

/** A table in work. */
export interface Table {
  readonly instanceId: number;
  readonly fluteVersion: number;
  readonly certificate: UplinkCertificate | undefined;
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
  datagrams: number;
}

/** A session in work. */
export interface Session {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly tsi: number | undefined;
  readonly firstNs: bigint;
  lastNs: bigint;
  readonly tables: Map<string, Table>;
  readonly tableAuth: AuthCounts;
  readonly objects: Map<number, ObjectState>;
}

/** The session of a datagram, a new one when it is its first. */
export function sessionOf(
  sessions: Map<string, Session>,
  datagram: UdpDatagram,
  tsi: number | undefined,
): Session {
  const { source, destination, destinationPort: port, timestampNs } = datagram;
  const name = `${source} ${destination} ${port} ${tsi}`;
  let session = sessions.get(name);
  if (session === undefined) {
    session = {
      source,
      destination,
      port,
      tsi,
      firstNs: timestampNs,
      lastNs: timestampNs,
      tables: new Map(),
      tableAuth: noCounts(),
      objects: new Map(),
    };
    sessions.set(name, session);
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
  const blocks = described[0] === undefined ? [] : blocksOf(described[0].file, schemes);
  return {
    toi,
    described,
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

/** The object's source blocks by its table; none when the table does not say. */
function blocksOf(file: FdtFile, schemes: FecSchemes): SourceBlock[] {
  const scheme = schemes.get(file.fec.encodingId ?? 0);
  if (scheme === undefined || file.transferLength === undefined) return [];
  try {
    return scheme.blocks(scheme.parametersFrom(file.fec.attributes, file.transferLength));
  } catch (error) {
    if (error instanceof FecError) return [];
    throw error;
  }
}

/** What was counted, as it is reported. */
export function describeSession({ tables, objects, ...session }: Session): InspectedSession {
  return {
    ...session,
    tables: [...tables.values()].map(({ collector, ...table }) => ({
      ...table,
      fdt: collector.fdt,
      problem: collector.problem,
    })),
    objects: [...objects.values()].sort((a, b) => a.toi - b.toi).map(describeObject),
  };
}

function describeObject({ toi, datagrams, auth, described, blocks, received }: ObjectState): InspectedObject {
  const numbers = [...new Set([...blocks.keys(), ...received.keys()])].sort((a, b) => a - b);
  return {
    toi,
    datagrams,
    auth,
    file: described[0]?.file,
    blocks: numbers.map((sbn) => {
      const sourceSymbols = blocks.get(sbn)?.sourceSymbols;
      let sourceReceived = 0;
      const esis = received.get(sbn) ?? [];
      for (const esi of esis) if (esi < (sourceSymbols ?? Number.POSITIVE_INFINITY)) sourceReceived++;
      const repairReceived = (received.get(sbn)?.size ?? 0) - sourceReceived;
      return { sbn, sourceSymbols, sourceReceived, repairReceived };
    }),
  };
}
