import { AlcError, type AlcPacket, findExtension, HET } from '../../../codecs/alc/index.js';
import { FDT_OBJECT_ID, verifyDatagram } from '../../../codecs/auth/index.js';
import { copyBytes, toHex } from '../../../codecs/bytes.js';
import { type Fdt, FdtError, type FdtFile, parseFdt } from '../../../codecs/fdt/index.js';
import { FecError } from '../../../codecs/fec/index.js';
import { unixFromNtp } from '../../../codecs/ntp.js';
import { RaptorQError } from '../../../codecs/raptorq/index.js';
import { announce, type Evidence } from '../objects/announcement.js';
import { announcedEdition } from '../objects/edition.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import type { Rejection, SessionInfo } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { SeenMemory } from '../ports/seen.js';
import type { Certificates, Uplink } from './certificates.js';
import type { Open } from './open-object.js';
import type { Session, Sessions, WaitingFile } from './sessions.js';
import { createTables } from './tables.js';

/** Takes in the file delivery tables of all sessions: objects are announced by them. */
export interface TableIntake {
  /** Takes a datagram of TOI 0 that has symbols. */
  take(
    key: string,
    signed: boolean,
    datagram: Uint8Array,
    packet: AlcPacket,
    destination: string | undefined,
    restored: boolean,
  ): Promise<void>;
  /** EXT_FTI on a datagram of an object gives what the table of another sender left out. */
  announceWaiting(
    key: string,
    session: Session,
    waiting: WaitingFile,
    datagram: Uint8Array,
    packet: AlcPacket,
    restored: boolean,
  ): Promise<void>;
}

export interface TableIntakeParts {
  readonly context: ReceptionContext;
  readonly sessions: Sessions;
  readonly certificates: Certificates;
  readonly seen: SeenMemory;
  readonly limits: ReceiverLimits;
  readonly open: Open;
}

export function createTableIntake(parts: TableIntakeParts): TableIntake {
  const { context, sessions, certificates, seen, limits, open } = parts;
  const { crypto, schemes, counters, emit, reject, checkedRoots } = context;
  const tables = createTables(schemes, limits);

  /** The certified key that signed a datagram of a table, checked at once and by itself. */
  async function checkTable(
    key: string,
    datagram: Uint8Array,
    packet: AlcPacket,
  ): Promise<Uplink | Rejection | 'known'> {
    const { tsi } = packet.lct;
    const cert = findExtension(packet.lct, HET.CERT);
    if (cert === undefined || tsi === undefined) {
      return { reason: 'no-certificate', detail: 'A datagram of the table has no uplink certificate.' };
    }
    const uplink = await certificates.check(datagram.subarray(cert.offset, cert.offset + cert.length), tsi);
    if ('reason' in uplink) return uplink;
    // Says nothing new, whoever sends it: its signature need not be checked.
    const session = sessions.get(key);
    if (session?.infos.has(uplink.publisherId) && session.wasKnown(sourceOf(key, uplink), packet.payload))
      return 'known';
    const { publicKey } = uplink;
    const genuine = await verifyDatagram(
      crypto,
      publicKey,
      tsi,
      datagram,
      packet.authOffset!,
      FDT_OBJECT_ID,
      checkedRoots,
    );
    if (genuine) return uplink;
    return { reason: 'forged', detail: 'A datagram of the table is not signed by the certified uplink key.' };
  }

  function introduce(
    session: Session,
    tsi: number | undefined,
    destination: string | undefined,
    uplink: Uplink | undefined,
  ): SessionInfo {
    const publisher = uplink?.publisherId;
    const known = session.infos.get(publisher ?? '');
    if (known !== undefined) return known;
    const info = { tsi, destination, publisher };
    session.infos.set(publisher ?? '', info);
    emit('session', info);
    return info;
  }

  /** The table that the datagram completes; undefined when it does not, or when the table is known. */
  async function complete(
    key: string,
    session: Session,
    source: string,
    packet: AlcPacket,
    datagram: Uint8Array,
  ): Promise<{ fdt: Fdt; datagrams: readonly Uint8Array[] } | undefined> {
    const whole = await tables.add(key, packet, datagram);
    if (whole === undefined) return undefined;
    const { xml, datagrams } = whole;
    // A table of one symbol is known again by any of its datagrams, a longer one by its text.
    const isWhole = startsWith(packet.payload, xml);
    if (session.isKnown(source, isWhole ? packet.payload : xml)) return undefined;
    return { fdt: parseFdt(xml, { maxSize: limits.maxFdtBytes }), datagrams };
  }

  async function announceFile(
    key: string,
    session: Session,
    info: SessionInfo,
    file: FdtFile,
    uplink: Uplink | undefined,
    evidence: Evidence,
  ): Promise<void> {
    const edition = uplink && (await announcedEdition(crypto, file, uplink.publisher, uplink.publisherId));
    if (typeof edition === 'string') {
      const detail = `The object with TOI ${file.toi} is refused: ${edition}`;
      return reject({ reason: 'not-an-edition', detail, session: info });
    }
    const newest = edition && seen.sequence(edition.publisher, edition.name);
    if (newest !== undefined && edition!.sequence < newest) {
      const detail = `Edition ${edition!.sequence} of ${edition!.name} is older than ${newest}, which was received.`;
      return reject({ reason: 'old-edition', detail, session: info });
    }
    const announcement = announce(schemes, limits, info, file, edition, undefined);
    if (announcement === 'incomplete') {
      if (edition === undefined) return waitFor(session, { file, info, evidence });
      const detail = `TOI ${file.toi} comes without FEC parameters.`;
      return reject({ reason: 'bad-object', detail, session: info });
    }
    if ('reason' in announcement) return reject(announcement);
    await open(key, session, announcement, evidence);
  }

  function waitFor(session: Session, waiting: WaitingFile): void {
    session.waiting.set(waiting.file.toi, waiting);
    if (session.waiting.size > limits.maxObjects)
      session.waiting.delete(session.waiting.keys().next().value!);
  }

  return {
    async take(key, signed, datagram, packet, destination, restored) {
      if (packet.fdt === undefined) {
        return reject({ reason: 'malformed', detail: 'A datagram of TOI 0 has no EXT_FDT.' });
      }
      const uplink = signed ? await checkTable(key, datagram, packet) : undefined;
      const isKnown = !signed && sessions.get(key)?.wasKnown(sourceOf(key, undefined), packet.payload);
      if (uplink === 'known' || isKnown) {
        counters.duplicates++;
        return;
      }
      if (uplink !== undefined && 'reason' in uplink) return reject(uplink);
      const session = sessions.open(key);
      const info = introduce(session, packet.lct.tsi, destination, uplink);
      const source = sourceOf(key, uplink);
      let table: Awaited<ReturnType<typeof complete>>;
      try {
        table = await complete(key, session, source, packet, datagram);
      } catch (error) {
        if (!isTableError(error)) throw error;
        return reject({ reason: 'bad-table', detail: error.message, session: info });
      }
      if (table === undefined) return;
      const { fdt, datagrams } = table;
      const evidence = { source, datagrams, destination, expires: unixFromNtp(fdt.expires), restored };
      for (const file of fdt.files) await announceFile(key, session, info, file, uplink, evidence);
    },

    async announceWaiting(key, session, { file, info, evidence }, datagram, packet, restored) {
      const announcement = announce(schemes, limits, info, file, undefined, packet.fti);
      if (announcement === 'incomplete') return;
      if ('reason' in announcement) return reject(announcement);
      session.waiting.delete(file.toi);
      const datagrams = [...evidence.datagrams, copyBytes(datagram)];
      await open(key, session, announcement, { ...evidence, datagrams, restored });
      if (!restored) await session.objects.get(file.toi)?.take(datagram, packet);
    },
  };
}

/** Names who vouches for a table. */
function sourceOf(key: string, uplink: Uplink | undefined): string {
  return uplink === undefined ? key : `${key} ${uplink.generation} ${toHex(uplink.publicKey)}`;
}

function isTableError(error: unknown): error is Error {
  return (
    error instanceof FdtError ||
    error instanceof FecError ||
    error instanceof AlcError ||
    error instanceof RaptorQError
  );
}

/** True when a table of one symbol holds the whole text, padded at the end. */
function startsWith(payload: Uint8Array, xml: Uint8Array): boolean {
  if (payload.length < xml.length) return false;
  for (let i = 0; i < xml.length; i++) if (payload[i] !== xml[i]) return false;
  return true;
}
