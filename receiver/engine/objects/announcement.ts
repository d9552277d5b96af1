import { toHex } from '../../../codecs/bytes.js';
import type { FdtFile } from '../../../codecs/fdt/index.js';
import { FecError, type FecSchemes, type ObjectParameters } from '../../../codecs/fec/index.js';
import type { ObjectLayout } from '../blocks/arrival.js';
import type { ObjectInfo, Rejection, SessionInfo } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { AnnouncedEdition } from './edition.js';

/** All that is needed to receive an object. */
export interface Announcement extends ObjectLayout {
  readonly info: ObjectInfo;
  readonly edition: AnnouncedEdition | undefined;
}

/** The datagrams that announced an object. */
export interface Evidence {
  /** Session and uplink key: one table of each is enough to take the object up again. */
  readonly source: string;
  readonly datagrams: readonly Uint8Array[];
  readonly destination: string | undefined;
  /** When the table expires, seconds of the Unix time. */
  readonly expires: number;
  /** True when they come from the store. */
  readonly restored: boolean;
}

/** What a table says of an object. */
export interface Description {
  readonly session: SessionInfo;
  readonly file: FdtFile;
  /** Undefined in a session that nobody signed. */
  readonly edition: AnnouncedEdition | undefined;
  /** From EXT_FTI of a datagram of the object: counts when the table itself gives no parameters. */
  readonly fti: ObjectParameters | undefined;
}

/**
 * What a table says of an object, checked against the limits before anything is taken for it.
 *
 * @returns 'incomplete' when neither the table nor EXT_FTI gives parameters
 */
export function announce(
  schemes: FecSchemes,
  limits: Pick<ReceiverLimits, 'maxObjectBytes'>,
  description: Description,
): Announcement | Rejection | 'incomplete' {
  const { session, file, edition, fti } = description;
  const problem = (reason: Rejection['reason'], detail: string): Rejection => ({ reason, detail, session });
  try {
    const parameters = parametersOf(schemes, file, fti);
    if (parameters === undefined) return 'incomplete';
    const { transferLength, encodingId, symbolSize } = parameters;
    if (file.transferLength !== undefined && file.transferLength !== transferLength) {
      const detail = `The table gives the object with TOI ${file.toi} ${file.transferLength} bytes, EXT_FTI ${transferLength}.`;
      return problem('bad-object', detail);
    }
    if (transferLength > limits.maxObjectBytes) {
      const detail = `The object with TOI ${file.toi} has ${transferLength} bytes; the limit for objects (--max-size and a little more) is ${limits.maxObjectBytes}.`;
      return problem('too-large', detail);
    }
    const scheme = schemes.get(encodingId)!;
    const blocks = scheme.blocks(parameters);
    const info: ObjectInfo = {
      id: identify(description, parameters),
      session,
      toi: file.toi,
      contentLocation: file.contentLocation,
      contentType: file.contentType,
      contentEncoding: file.contentEncoding,
      transferLength,
      fecEncodingId: encodingId,
      symbolSize,
      blocks: blocks.length,
      sourceSymbols: blocks.reduce((sum, { sourceSymbols }) => sum + sourceSymbols, 0),
      edition: edition && publicPart(edition),
    };
    return { info, scheme, parameters, blocks, edition };
  } catch (error) {
    if (error instanceof FecError) return problem('bad-object', `TOI ${file.toi}: ${error.message}`);
    throw error;
  }
}

function parametersOf(
  schemes: FecSchemes,
  { toi, fec, transferLength }: FdtFile,
  fti: ObjectParameters | undefined,
): ObjectParameters | undefined {
  const inTable = fec.encodingId !== undefined && Object.keys(fec.attributes).length > 0;
  if (!inTable || transferLength === undefined) return fti;
  const scheme = schemes.get(fec.encodingId);
  if (scheme === undefined) {
    throw new FecError(
      `The object with TOI ${toi} has FEC Encoding ID ${fec.encodingId}, which is not known here.`,
    );
  }
  return scheme.parametersFrom(fec.attributes, transferLength);
}

/**
 * Signed objects are the same wherever they come from, so that several uplinks and recordings add up; an unsigned one
 * belongs to its session.
 */
function identify({ session, file, edition }: Description, parameters: ObjectParameters): string {
  const scope =
    edition === undefined
      ? [session.destination ?? '', session.tsi ?? '', file.toi, file.contentLocation]
      : [edition.publisher, edition.name, edition.sequence, toHex(edition.sha256)];
  return JSON.stringify([...scope, parameters]);
}

function publicPart({ publisher, name, sequence, sha256, signature }: AnnouncedEdition) {
  return { publisher, name, sequence, sha256, signature };
}
