import { AlcError, findExtension, HET } from '../../../codecs/alc/index.js';
import { FDT_OBJECT_ID, verifyDatagram } from '../../../codecs/auth/index.js';
import { copyBytes, toHex } from '../../../codecs/bytes.js';
import { type Fdt, FdtError, type FdtFile, parseFdt } from '../../../codecs/fdt/index.js';
import { FecError } from '../../../codecs/fec/index.js';
import { unixFromNtp } from '../../../codecs/ntp.js';
import { RaptorQError } from '../../../codecs/raptorq/index.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { announce, type Evidence } from '../objects/announcement.js';
import { announcedEdition } from '../objects/edition.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { takeDatagram } from '../objects/take-datagram.js';
import type { Rejection, SessionInfo } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { SeenMemory } from '../ports/seen.js';
import type { Certificates, Uplink } from './certificates.js';
import type { Open } from './open-object.js';
import type { IncompleteFile, Session, Sessions } from './sessions.js';
import { createTables } from './tables.js';

/** Takes in the file delivery tables of all sessions: objects are announced by them. */
export interface TableIntake {
  /** Takes a datagram of TOI 0. */
  take(datagram: ReceivedDatagram): Promise<void>;
  /** EXT_FTI on a datagram of an object gives what the table of another sender left out. */
  complete(session: Session, file: IncompleteFile, datagram: ReceivedDatagram): Promise<void>;
}

export interface TableIntakeParts {
  readonly context: ReceptionContext;
  readonly sessions: Sessions;
  readonly certificates: Certificates;
  readonly seen: SeenMemory;
  readonly limits: ReceiverLimits;
  readonly open: Open;
}

/** A table, and who vouches for it. */
interface AcceptedTable {
  readonly session: Session;
  readonly info: SessionInfo;
  /** Undefined in a session that nobody signed. */
  readonly uplink: Uplink | undefined;
  readonly evidence: Evidence;
}

export function createTableIntake(parts: TableIntakeParts): TableIntake {
  const { context, sessions, certificates, seen, limits, open } = parts;
  const { crypto, schemes, counters, emit, reject, checkedRoots } = context;
  const tables = createTables(schemes, limits);

  /** The certified key that signed a datagram of a table, checked at once and by itself. */
  async function checkTable(datagram: ReceivedDatagram): Promise<Uplink | Rejection | 'known'> {
    const { bytes, packet } = datagram;
    const { tsi } = packet.lct;
    const cert = findExtension(packet.lct, HET.CERT);
    if (cert === undefined || tsi === undefined) {
      return { reason: 'no-certificate', detail: 'A datagram of the table has no uplink certificate.' };
    }
    const uplink = await certificates.check(bytes.subarray(cert.offset, cert.offset + cert.length), tsi);
    if ('reason' in uplink) return uplink;
    // Says nothing new, whoever sends it: its signature need not be checked.
    const session = sessions.get(datagram.session);
    const isIntroduced = session?.infos.has(uplink.publisherId);
    if (isIntroduced && session!.wasKnown(sourceOf(session!.key, uplink), packet.payload)) return 'known';
    const signed = [tsi, bytes, packet.authOffset!, FDT_OBJECT_ID] as const;
    const genuine = await verifyDatagram(crypto, uplink.publicKey, ...signed, checkedRoots);
    if (genuine) return uplink;
    return { reason: 'forged', detail: 'A datagram of the table is not signed by the certified uplink key.' };
  }

  function introduce(
    session: Session,
    { packet, destination }: ReceivedDatagram,
    uplink: Uplink | undefined,
  ): SessionInfo {
    const publisher = uplink?.publisherId;
    const known = session.infos.get(publisher ?? '');
    if (known !== undefined) return known;
    const info = { tsi: packet.lct.tsi, destination, publisher };
    session.infos.set(publisher ?? '', info);
    emit('session', info);
    return info;
  }

  /** The table that the datagram completes; undefined when it does not, or when the table is known. */
  async function completeTable(
    session: Session,
    source: string,
    datagram: ReceivedDatagram,
  ): Promise<{ fdt: Fdt; datagrams: readonly Uint8Array[] } | undefined> {
    const { payload } = datagram.packet;
    const whole = await tables.add(datagram);
    if (whole === undefined) return undefined;
    const { xml, datagrams } = whole;
    // A table of one symbol is known again by any of its datagrams, a longer one by its text.
    const isWhole = startsWith(payload, xml);
    if (session.isKnown(source, isWhole ? payload : xml)) return undefined;
    return { fdt: parseFdt(xml, { maxSize: limits.maxFdtBytes }), datagrams };
  }

  async function announceFile(table: AcceptedTable, file: FdtFile): Promise<void> {
    const { session, info, uplink, evidence } = table;
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
    const announcement = announce(schemes, limits, { session: info, file, edition, fti: undefined });
    if (announcement === 'incomplete') {
      if (edition === undefined) return waitFor(session, { file, info, evidence });
      const detail = `TOI ${file.toi} comes without FEC parameters.`;
      return reject({ reason: 'bad-object', detail, session: info });
    }
    if ('reason' in announcement) return reject(announcement);
    await open(session, { announcement, evidence });
  }

  function waitFor({ incomplete }: Session, incompleteFile: IncompleteFile): void {
    incomplete.set(incompleteFile.file.toi, incompleteFile);
    if (incomplete.size > limits.maxObjects) incomplete.delete(incomplete.keys().next().value!);
  }

  return {
    async take(datagram) {
      const { packet, signed, destination, stored } = datagram;
      if (packet.fdt === undefined) {
        return reject({ reason: 'malformed', detail: 'A datagram of TOI 0 has no EXT_FDT.' });
      }
      const uplink = signed ? await checkTable(datagram) : undefined;
      const known = signed ? undefined : sessions.get(datagram.session);
      if (uplink === 'known' || known?.wasKnown(sourceOf(known.key, undefined), packet.payload)) {
        counters.duplicates++;
        return;
      }
      if (uplink !== undefined && 'reason' in uplink) return reject(uplink);
      const session = sessions.open(datagram.session);
      const info = introduce(session, datagram, uplink);
      const source = sourceOf(session.key, uplink);
      let table: Awaited<ReturnType<typeof completeTable>>;
      try {
        table = await completeTable(session, source, datagram);
      } catch (error) {
        if (!isTableError(error)) throw error;
        return reject({ reason: 'bad-table', detail: error.message, session: info });
      }
      if (table === undefined) return;
      const { fdt, datagrams } = table;
      const restored = stored?.as === 'table';
      const evidence = { source, datagrams, destination, expires: unixFromNtp(fdt.expires), restored };
      for (const file of fdt.files) await announceFile({ session, info, uplink, evidence }, file);
    },

    async complete(session, { file, info, evidence }, datagram) {
      const { packet, bytes, stored } = datagram;
      const description = { session: info, file, edition: undefined, fti: packet.fti };
      const announcement = announce(schemes, limits, description);
      if (announcement === 'incomplete') return;
      if ('reason' in announcement) return reject(announcement);
      session.incomplete.delete(file.toi);
      const datagrams = [...evidence.datagrams, copyBytes(bytes)];
      const restored = stored?.as === 'table';
      await open(session, { announcement, evidence: { ...evidence, datagrams, restored } });
      const reception = session.objects.get(file.toi);
      if (!restored && reception !== undefined) await takeDatagram(context, reception, datagram);
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
