import { objectIdOf } from '../../../codecs/auth/index.js';
import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FdtFile } from '../../../codecs/fdt/index.js';
import { FecError, type FecSchemes, type ObjectParameters } from '../../../codecs/fec/index.js';
import type { ObjectLayout } from '../blocks/arrival.js';
import { createSourceBlocks } from '../blocks/source-blocks.js';
import type { AnnouncedEdition } from '../editions/announced-edition.js';
import type { ObjectInfo, Rejection, SessionInfo } from '../ports/events.js';
import type { Flow } from '../ports/flow.js';
import type { ReceiverLimits } from '../ports/limits.js';

/** All that is needed to receive an object. */
export interface Announcement extends ObjectLayout {
  readonly info: ObjectInfo;
  /** Of an index. */
  readonly edition: AnnouncedEdition | undefined;
  /** Undefined in a session that nobody signed. */
  readonly signer: Signer | undefined;
}

/** What the signatures of an object's datagrams are checked by. */
export interface Signer {
  /** Public key, hexadecimal, of the publisher who certified the keys. */
  readonly publisher: string;
  /** What each signature says of the object, 16 bytes. */
  readonly objectId: Uint8Array;
}

/** The datagrams that announced an object. */
export interface Evidence {
  /** Session and uplink key: one table of each is enough to take the object up again. */
  readonly source: string;
  readonly datagrams: readonly Uint8Array[];
  readonly flow: Flow;
  /** When the table expires, seconds of the Unix time. */
  readonly expires: number;
  /** The object of the store that they come from, if any. */
  readonly restoredFrom: string | undefined;
}

/** What a table says of an object. */
export interface Description {
  readonly session: SessionInfo;
  readonly file: FdtFile;
  /** Of an index. */
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
  { crypto, schemes }: { readonly crypto: Crypto; readonly schemes: FecSchemes },
  limits: Pick<ReceiverLimits, 'maxObjectBytes' | 'maxIndexBytes'>,
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
    if (edition !== undefined && transferLength > limits.maxIndexBytes) {
      const detail = `The index with TOI ${file.toi} has ${transferLength} bytes; ${limits.maxIndexBytes} are allowed.`;
      return problem('too-large', detail);
    }
    const { publisher } = session;
    const sha256 = publisher === undefined ? undefined : file.sha256;
    const scheme = schemes.get(encodingId)!;
    const blocks = createSourceBlocks(scheme.blocks(parameters));
    const info: ObjectInfo = {
      id: identify(description, parameters),
      kind: edition !== undefined ? 'index' : sha256 !== undefined ? 'part' : 'file',
      session,
      toi: file.toi,
      contentLocation: file.contentLocation,
      contentType: file.contentType,
      contentEncoding: file.contentEncoding,
      transferLength,
      fecEncodingId: encodingId,
      symbolSize,
      blocks: blocks.length,
      sourceSymbols: blocks.sourceSymbols,
      sha256: sha256 && toHex(sha256),
      edition: edition && publicPart(edition),
    };
    const signer = sha256 && {
      publisher: publisher!,
      objectId: objectIdOf(crypto, sha256, scheme.buildFti(parameters)),
    };
    return { info, scheme, parameters, blocks, edition, signer };
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
  const { publisher, source, destination, tsi } = session;
  const { toi, contentLocation, sha256 } = file;
  if (edition !== undefined) {
    return JSON.stringify([edition.publisher, edition.name, edition.sequence, edition.sha256, parameters]);
  }
  if (publisher !== undefined && sha256 !== undefined)
    return JSON.stringify([publisher, toHex(sha256), parameters]);
  return JSON.stringify([source ?? destination ?? '', tsi ?? '', toi, contentLocation, parameters]);
}

function publicPart({ publisher, name, sequence, sha256, signature }: AnnouncedEdition) {
  return { publisher, name, sequence, sha256, signature };
}
