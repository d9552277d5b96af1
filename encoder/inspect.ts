import { AlcError, type AlcPacket, findExtension, HET, parseAlc } from '../codecs/alc/index.js';
import {
  CertificateError,
  createRootCache,
  FDT_OBJECT_ID,
  objectIdOf,
  parseCertExtension,
  type UplinkCertificate,
  verifyDatagram,
} from '../codecs/auth/index.js';
import { toHex } from '../codecs/bytes.js';
import type { Crypto } from '../codecs/crypto/index.js';
import type { Fdt, FdtFile } from '../codecs/fdt/index.js';
import { FecError, type FecSchemes, type SourceBlock } from '../codecs/fec/index.js';
import type { UdpDatagram } from '../codecs/pcap/index.js';
import { datagramsOf, type RecordingCounters } from '../codecs/recording/index.js';
import { createFdtCollector, type FdtCollector } from './fdt-collector.js';

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

export interface Inspection {
  readonly sessions: readonly InspectedSession[];
  /** UDP datagrams that are not ALC as we know it. */
  readonly foreignDatagrams: number;
  readonly recording: Readonly<RecordingCounters>;
  /** Why the rest of a recording that is damaged in its middle was not read. */
  readonly problem: string | undefined;
}

/** Tables in work at a time over all sessions: each takes some memory from its first datagram on. */
const MAX_TABLES = 256;

interface Table {
  readonly instanceId: number;
  readonly fluteVersion: number;
  readonly certificate: UplinkCertificate | undefined;
  readonly collector: FdtCollector;
  datagrams: number;
}

interface ObjectState {
  readonly toi: number;
  /** The object as each table that names it describes it. */
  readonly described: readonly { table: Table; file: FdtFile }[];
  readonly blocks: ReadonlyMap<number, SourceBlock>;
  readonly auth: AuthCounts;
  /** ESIs received by source block number. */
  readonly received: Map<number, Set<number>>;
  datagrams: number;
}

interface Session {
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

/**
 * Reads a recording twice: the tables first, because they tell how to check and count everything else.
 *
 * @param open gives the recording from its beginning
 * @throws PcapError when it is no recording at all
 */
export async function inspectRecording(
  open: () => AsyncIterable<Uint8Array>,
  schemes: FecSchemes,
  crypto: Crypto,
): Promise<Inspection> {
  const sessions = new Map<string, Session>();
  const checked = createRootCache();
  let foreignDatagrams = 0;
  let tables = 0;

  const parse = (payload: Uint8Array): AlcPacket | undefined => {
    try {
      return parseAlc(payload, schemes);
    } catch (error) {
      if (error instanceof AlcError) return undefined;
      throw error;
    }
  };

  /** Signed datagrams make a table only if the key of their certificate signed them. */
  async function addToTable(session: Session, packet: AlcPacket, payload: Uint8Array): Promise<void> {
    const { fdt, authOffset } = packet;
    const { tsi } = session;
    const certificate = certificateOf(packet, payload);
    let verdict: keyof AuthCounts = 'unsigned';
    if (authOffset !== undefined && certificate === undefined) verdict = 'unknown';
    else if (authOffset !== undefined && certificate !== undefined && tsi !== undefined) {
      const key = certificate.uplinkPublicKey;
      const isSigned = await verifyDatagram(crypto, key, tsi, payload, authOffset, FDT_OBJECT_ID, checked);
      verdict = isSigned && certificate.tsi === tsi ? 'valid' : 'invalid';
    }
    session.tableAuth[verdict]++;
    if (fdt === undefined || verdict === 'invalid') return;
    const name = `${fdt.instanceId} ${certificate ? toHex(certificate.signature) : ''}`;
    let table = session.tables.get(name);
    if (table === undefined) {
      if (++tables > MAX_TABLES) return;
      table = { ...fdt, certificate, collector: createFdtCollector(schemes), datagrams: 0 };
      session.tables.set(name, table);
    }
    table.datagrams++;
    table.collector.add(packet);
  }

  async function addToObject(session: Session, toi: number, packet: AlcPacket, payload: Uint8Array) {
    let object = session.objects.get(toi);
    if (object === undefined) {
      object = createObject(toi, session.tables.values(), schemes);
      session.objects.set(toi, object);
    }
    object.datagrams++;
    const { authOffset, payloadId } = packet;
    const verdict =
      authOffset === undefined
        ? 'unsigned'
        : await checkObjectDatagram(object, session.tsi, payload, authOffset);
    object.auth[verdict]++;
    if (verdict === 'invalid' || payloadId === undefined) return;
    const block = object.received.get(payloadId.sbn) ?? new Set();
    object.received.set(payloadId.sbn, block);
    const symbolSize = object.described[0] && symbolSizeOf(object.described[0].file);
    const symbols = symbolSize ? Math.max(1, Math.ceil(packet.payload.length / symbolSize)) : 1;
    for (let i = 0; i < symbols; i++) block.add(payloadId.esi + i);
  }

  async function checkObjectDatagram(
    { described }: ObjectState,
    tsi: number | undefined,
    payload: Uint8Array,
    authOffset: number,
  ): Promise<'valid' | 'invalid' | 'unknown'> {
    let verdict: 'invalid' | 'unknown' = 'unknown';
    for (const { table, file } of described) {
      if (table.certificate === undefined || file.sha256 === undefined || tsi === undefined) continue;
      verdict = 'invalid';
      const key = table.certificate.uplinkPublicKey;
      const objectId = objectIdOf(file.sha256);
      if (await verifyDatagram(crypto, key, tsi, payload, authOffset, objectId, checked)) return 'valid';
    }
    return verdict;
  }

  for await (const datagram of datagramsOf(open())) {
    const packet = parse(datagram.payload);
    if (packet === undefined) {
      foreignDatagrams++;
      continue;
    }
    const session = sessionOf(sessions, datagram, packet.lct.tsi);
    session.lastNs = datagram.timestampNs;
    if (packet.lct.toi === 0) await addToTable(session, packet, datagram.payload);
  }
  const recording = datagramsOf(open());
  for await (const datagram of recording) {
    const packet = parse(datagram.payload);
    if (!packet?.lct.toi) continue;
    const session = sessionOf(sessions, datagram, packet.lct.tsi);
    await addToObject(session, packet.lct.toi, packet, datagram.payload);
  }
  const { counters, problem } = recording;
  return {
    sessions: [...sessions.values()].map(describeSession),
    foreignDatagrams,
    recording: counters,
    problem,
  };
}

function sessionOf(sessions: Map<string, Session>, datagram: UdpDatagram, tsi: number | undefined): Session {
  const { source, destination, destinationPort: port, timestampNs } = datagram;
  const name = `${source} ${destination} ${port} ${tsi}`;
  let session = sessions.get(name);
  if (session === undefined) {
    session = {
      ...{ source, destination, port, tsi, firstNs: timestampNs, lastNs: timestampNs },
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

function certificateOf({ lct }: AlcPacket, payload: Uint8Array): UplinkCertificate | undefined {
  const extension = findExtension(lct, HET.CERT);
  if (extension === undefined) return undefined;
  try {
    return parseCertExtension(payload.subarray(extension.offset, extension.offset + extension.length));
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

function createObject(toi: number, tables: Iterable<Table>, schemes: FecSchemes): ObjectState {
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

function symbolSizeOf(file: FdtFile): number | undefined {
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

function describeSession({ tables, objects, ...session }: Session): InspectedSession {
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
