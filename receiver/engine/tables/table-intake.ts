import { AlcError, findExtension, HET } from '../../../codecs/alc/index.js';
import { FDT_OBJECT_ID, verifyDatagram } from '../../../codecs/auth/index.js';
import { copyBytes, toHex } from '../../../codecs/bytes.js';
import { formatSequence } from '../../../codecs/edition/index.js';
import { type Fdt, FdtError, type FdtFile, parseFdt } from '../../../codecs/fdt/index.js';
import { FecError } from '../../../codecs/fec/index.js';
import { unixFromNtp } from '../../../codecs/ntp.js';
import { RaptorQError } from '../../../codecs/raptorq/index.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { announcedEdition } from '../editions/announced-edition.js';
import type { Editions } from '../editions/editions.js';
import { type Announcement, announce, type Evidence } from '../objects/announcement.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { takeDatagram } from '../objects/take-datagram.js';
import type { Edition, ObjectInfo, Rejection, SessionInfo } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { SeenMemory } from '../ports/seen.js';
import { findListing, sayOtherLength } from '../room/listing.js';
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
  readonly editions: Editions;
  readonly limits: ReceiverLimits;
  readonly open: Open;
  /** Called with the id of the index of an older edition. */
  onOutdated(object: string): void;
}

/** Files of a session that wait for EXT_FTI. */
const MAX_INCOMPLETE = 64;

/** A table, and who vouches for it. */
interface AcceptedTable {
  readonly session: Session;
  readonly info: SessionInfo;
  /** Undefined in a session that nobody signed. */
  readonly uplink: Uplink | undefined;
  readonly evidence: Evidence;
  /** Only this object is of interest, if it is given: the others were seen in the same table before. */
  readonly only: string | undefined;
}

interface CompleteTable {
  readonly fdt: Fdt;
  readonly datagrams: readonly Uint8Array[];
  /** What the session knows it by. */
  readonly name: Uint8Array;
  readonly isKnown: boolean;
}

export function createTableIntake(parts: TableIntakeParts): TableIntake {
  const { context, sessions, certificates, seen, editions, limits, open, onOutdated } = parts;
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
    const isIntroduced = session?.infos.has(uplink.publisher) && datagram.stored === undefined;
    if (isIntroduced && session!.wasKnown(sourceOf(session!.key, uplink), packet.payload)) return 'known';
    const signed = [tsi, bytes, packet.authOffset!, FDT_OBJECT_ID] as const;
    const genuine = await verifyDatagram(crypto, uplink.publicKey, ...signed, checkedRoots);
    if (genuine) return uplink;
    return { reason: 'forged', detail: 'A datagram of the table is not signed by the certified uplink key.' };
  }

  function introduce(
    session: Session,
    { packet, flow }: ReceivedDatagram,
    uplink: Uplink | undefined,
  ): SessionInfo {
    const publisher = uplink?.publisher;
    const known = session.infos.get(publisher ?? '');
    if (known !== undefined) return known;
    const info = { tsi: packet.lct.tsi, ...flow, publisher };
    session.infos.set(publisher ?? '', info);
    emit('session', info);
    return info;
  }

  /** The table that the datagram completes; undefined when it does not. */
  async function completeTable(
    session: Session,
    source: string,
    publisher: string | undefined,
    datagram: ReceivedDatagram,
  ): Promise<CompleteTable | undefined> {
    const { payload } = datagram.packet;
    const whole = await tables.add(datagram, source, publisher);
    if (whole === undefined) return undefined;
    const { xml, datagrams } = whole;
    // A table of one symbol is known again by any of its datagrams, a longer one by its text.
    const name = startsWith(payload, xml) ? payload.slice() : xml;
    const isKnown = session.isKnown(source, name);
    if (isKnown && datagram.stored === undefined) return undefined;
    return { fdt: parseFdt(xml, { maxSize: limits.maxFdtBytes }), datagrams, name, isKnown };
  }

  /** False when there was no room for the object. */
  async function announceFile(table: AcceptedTable, file: FdtFile): Promise<boolean> {
    const { session, evidence, only } = table;
    const announcement = await readFile(table, file);
    if (announcement === undefined) return true;
    if ('reason' in announcement) {
      if (only === undefined) reject(announcement);
      return true;
    }
    if (only !== undefined && announcement.info.id !== only) return true;
    const refusal = refuse(announcement);
    if (refusal === undefined) return open(session, { announcement, evidence });
    if (refusal !== 'said' && only === undefined) reject(refusal);
    return true;
  }

  /** What a table says of a file; undefined when that has to wait for EXT_FTI. */
  async function readFile(
    table: AcceptedTable,
    file: FdtFile,
  ): Promise<Announcement | Rejection | undefined> {
    const { session, info, uplink, evidence } = table;
    const problem = (reason: Rejection['reason'], why: string): Rejection => {
      const detail = `The object with TOI ${file.toi} is refused: ${why}`;
      return { reason, detail, session: info };
    };
    if (uplink !== undefined && file.sha256 === undefined) {
      return problem('not-an-edition', 'The table gives no SHA-256 of it.');
    }
    const isIndex = uplink !== undefined && file.signature !== undefined;
    const edition = isIndex
      ? await announcedEdition(crypto, file, uplink.publisherKey, uplink.publisher)
      : undefined;
    if (typeof edition === 'string') return problem('not-an-edition', edition);
    const announcement = announce(context, limits, { session: info, file, edition, fti: undefined });
    if (announcement !== 'incomplete') return announcement;
    if (uplink === undefined) return waitFor(session, { file, info, evidence });
    return problem('bad-object', 'It comes without FEC parameters.');
  }

  /** Why the object is not received; 'said' when that was told with the edition, or the edition was complete. */
  function refuse({ info }: Announcement): Rejection | 'said' | undefined {
    const { edition, session } = info;
    if (edition !== undefined) return refuseEdition(edition, info);
    const listing = findListing(editions, { info });
    if (listing === 'refused') return 'said';
    if (listing !== 'other-length') return undefined;
    return { reason: 'bad-part', detail: sayOtherLength(info), session, object: info };
  }

  function refuseEdition(edition: Edition, { id, session }: ObjectInfo): Rejection | 'said' | undefined {
    const { publisher, name, sequence, sha256 } = edition;
    const newest = seen.sequence(publisher, name);
    const known = editions.newest(edition)?.edition;
    if (newest !== undefined && sequence < newest) {
      onOutdated(id);
      const detail = `Edition ${formatSequence(sequence)} of ${name} is older than ${formatSequence(newest)}, which was received.`;
      return { reason: 'old-edition', detail, session };
    }
    if (known?.sequence === sequence && known.sha256 !== sha256) {
      onOutdated(id);
      const detail = `Another edition ${formatSequence(sequence)} of ${name} was received: the publisher has to give this one a higher sequence number.`;
      return { reason: 'old-edition', detail, session };
    }
    if (editions.isDone(edition)) return 'said';
    editions.announce(edition);
    return undefined;
  }

  function waitFor({ incomplete }: Session, incompleteFile: IncompleteFile): undefined {
    incomplete.set(incompleteFile.file.toi, incompleteFile);
    if (incomplete.size > MAX_INCOMPLETE) incomplete.delete(incomplete.keys().next().value!);
    return undefined;
  }

  return {
    async take(datagram) {
      const { packet, signed, flow, stored } = datagram;
      if (packet.fdt === undefined) {
        return reject({ reason: 'malformed', detail: 'A datagram of TOI 0 has no EXT_FDT.' });
      }
      const uplink = signed ? await checkTable(datagram) : undefined;
      const known = signed ? undefined : sessions.get(datagram.session);
      const wasKnown =
        stored === undefined && known?.wasKnown(sourceOf(known.key, undefined), packet.payload);
      if (uplink === 'known' || wasKnown) {
        counters.duplicates++;
        return;
      }
      if (uplink !== undefined && 'reason' in uplink) return reject(uplink);
      const session = sessions.open(datagram.session, uplink?.publisher);
      const info = introduce(session, datagram, uplink);
      const source = sourceOf(session.key, uplink);
      let table: CompleteTable | undefined;
      try {
        table = await completeTable(session, source, uplink?.publisher, datagram);
      } catch (error) {
        if (!isTableError(error)) throw error;
        return reject({ reason: 'bad-table', detail: error.message, session: info });
      }
      if (table === undefined) return;
      const { fdt, datagrams, name, isKnown } = table;
      const restoredFrom = stored?.as === 'table' ? stored.object : undefined;
      const evidence = { source, datagrams, flow, expires: unixFromNtp(fdt.expires), restoredFrom };
      const accepted = { session, info, uplink, evidence, only: isKnown ? restoredFrom : undefined };
      let fits = true;
      for (const file of fdt.files) fits = (await announceFile(accepted, file)) && fits;
      // what was left out has another chance when the table comes again
      if (!fits) session.forgetTable(source, name);
    },

    async complete(session, { file, info, evidence }, datagram) {
      const { packet, bytes, stored } = datagram;
      const description = { session: info, file, edition: undefined, fti: packet.fti };
      const announcement = announce(context, limits, description);
      if (announcement === 'incomplete') return;
      if ('reason' in announcement) return reject(announcement);
      session.incomplete.delete(file.toi);
      const datagrams = [...evidence.datagrams, copyBytes(bytes)];
      const restoredFrom = stored?.as === 'table' ? stored.object : undefined;
      await open(session, { announcement, evidence: { ...evidence, datagrams, restoredFrom } });
      const [reception] = session.objects.get(file.toi) ?? [];
      if (restoredFrom === undefined && reception !== undefined)
        await takeDatagram(context, reception, datagram);
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
