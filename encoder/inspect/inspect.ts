import { AlcError, type AlcPacket, findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import {
  CertificateError,
  createRootCache,
  FDT_OBJECT_ID,
  parseCertExtension,
  type UplinkCertificate,
  verifyCertificate,
  verifyDatagram,
} from '../../codecs/auth/index.js';
import { toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import {
  datagramsOf,
  type Kinds,
  kindOfPayload,
  type RecordingCounters,
} from '../../codecs/recording/index.js';
import { createFdtCollector } from './fdt-collector.js';
import { objectIdOfFile } from './object-id.js';
import {
  type AuthCounts,
  createObject,
  type ObjectState,
  type Session,
  sessionOf,
  symbolSizeOf,
} from './session-state.js';
import { describeSession, type InspectedSession } from './session-summary.js';
import { addStatement } from './successions.js';

export interface Inspection {
  readonly sessions: readonly InspectedSession[];
  /** UDP datagrams that are not ALC as we know it. */
  readonly foreignDatagrams: number;
  /** What they are, in words. */
  readonly foreignKinds: Readonly<Kinds>;
  readonly recording: Readonly<RecordingCounters>;
  /** Why the rest of a recording that is damaged in its middle was not read. */
  readonly problem: string | undefined;
}

/** Tables in work at a time over all sessions: each takes some memory from its first datagram on. */
const MAX_TABLES = 1024;
/** Objects of all sessions: twice what the parts of an edition may be. */
const MAX_OBJECTS = 2 ** 17;
/** Indices of editions in work at a time over all sessions. */
const MAX_INDICES = 64;

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
  const foreignKinds: Kinds = {};
  let tables = 0;
  let indices = 0;
  let objects = 0;

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
      const inspected = certificate && {
        ...certificate,
        isSigned: await verifyCertificate(crypto, certificate),
      };
      table = { ...fdt, certificate: inspected, collector: createFdtCollector(schemes), datagrams: 0 };
      session.tables.set(name, table);
    }
    table.datagrams++;
    table.collector.add(packet);
  }

  function addForeign(kind: string): void {
    foreignDatagrams++;
    foreignKinds[kind] = (foreignKinds[kind] ?? 0) + 1;
  }

  async function addToObject(session: Session, toi: number, packet: AlcPacket, payload: Uint8Array) {
    let object = session.objects.get(toi);
    if (object === undefined) {
      if (++objects > MAX_OBJECTS) return addForeign('ALC of too many objects');
      object = createObject(toi, session.tables.values(), schemes);
      if (object.index !== undefined && ++indices > MAX_INDICES) object.index = undefined;
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
    if (verdict === 'valid') object.index?.add(packet);
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
      const objectId = objectIdOfFile(crypto, schemes, file);
      if (table.certificate === undefined || objectId === undefined || tsi === undefined) continue;
      verdict = 'invalid';
      const key = table.certificate.uplinkPublicKey;
      if (await verifyDatagram(crypto, key, tsi, payload, authOffset, objectId, checked)) return 'valid';
    }
    return verdict;
  }

  for await (const datagram of datagramsOf(open())) {
    const packet = parse(datagram.payload);
    if (packet === undefined) {
      addForeign(kindOfPayload(datagram.payload, (id) => schemes.has(id)));
      continue;
    }
    const session = sessionOf(sessions, datagram, packet.lct.tsi);
    if (session === undefined) {
      addForeign('ALC of too many sessions');
      continue;
    }
    session.lastNs = datagram.timestampNs;
    if (packet.payloadId === undefined && addStatement(session.statements, packet, datagram.payload))
      continue;
    if (packet.lct.toi === 0) await addToTable(session, packet, datagram.payload);
  }
  const recording = datagramsOf(open());
  for await (const datagram of recording) {
    const packet = parse(datagram.payload);
    if (!packet?.lct.toi) continue;
    const session = sessionOf(sessions, datagram, packet.lct.tsi);
    if (session !== undefined) await addToObject(session, packet.lct.toi, packet, datagram.payload);
  }
  const { counters, problem } = recording;
  const described: InspectedSession[] = [];
  for (const session of sessions.values()) described.push(await describeSession(session, schemes, crypto));
  return {
    sessions: described,
    foreignDatagrams,
    foreignKinds,
    recording: counters,
    problem,
  };
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
