import { toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { decodeIndex, EditionError, type EditionIndex, type IndexPart } from '../../codecs/edition/index.js';
import {
  MinisignError,
  parseSignature,
  publisherId,
  type Signature,
  verifySignature,
  verifyTrustedComment,
} from '../../codecs/minisign/index.js';
import { hasEnough, type InspectedObject } from './object-summary.js';
import type { InspectedCertificate, ObjectState } from './session-state.js';

export interface InspectedPart extends IndexPart {
  /** Undefined when no table announces it. */
  readonly toi: number | undefined;
  /** Symbols of it in the recording: as many as rebuild it, some, or none. */
  readonly symbols: 'enough' | 'some' | 'none';
}

/** An edition whose index a table announces. */
export interface InspectedEdition {
  /** Of the index. */
  readonly toi: number;
  readonly sequence: number;
  /** As the table has it. */
  readonly signature: Signature | undefined;
  /**
   * Public key, hexadecimal, of the publisher who certified the session, when that key made the signature. Undefined
   * otherwise: then anybody may have made the edition.
   */
  readonly publisher: string | undefined;
  /** What the index says; undefined when it could not be put together from the recording. */
  readonly name: string | undefined;
  readonly parts: readonly InspectedPart[] | undefined;
  /** Why an index that was put together could not be read. */
  readonly problem: string | undefined;
}

/** The most that an index may have unpacked. */
const MAX_UNPACKED_BYTES = 16 * 2 ** 20;
const MAX_PARTS = 100_000;

/** Reads the index of each edition and says what there is of its parts. */
export async function editionsOf(
  states: Iterable<ObjectState>,
  objects: readonly InspectedObject[],
  crypto: Crypto,
): Promise<InspectedEdition[]> {
  const byDigest = new Map(
    objects.flatMap((object) => {
      const sha256 = object.file?.sha256;
      return sha256 === undefined ? [] : [[toHex(sha256), object] as const];
    }),
  );
  const editions: InspectedEdition[] = [];
  for (const { toi, index: collector, described } of states) {
    const { sequence, signature: text } = described[0]?.file ?? {};
    if (sequence === undefined || text === undefined) continue;
    const signature = signatureFrom(text);
    const object = collector?.end(crypto);
    const { index, problem } = object === undefined ? {} : await read(object);
    editions.push({
      toi,
      sequence,
      signature,
      publisher: await signerOf(crypto, signature, described[0]?.table.certificate, object),
      name: index?.name,
      parts: index?.parts.map((part) => ({ ...part, ...receptionOf(byDigest.get(part.sha256)) })),
      problem,
    });
  }
  return editions;
}

async function read(object: Uint8Array): Promise<{ index?: EditionIndex; problem?: string }> {
  try {
    return { index: await decodeIndex(object, { maxBytes: MAX_UNPACKED_BYTES, maxParts: MAX_PARTS }) };
  } catch (error) {
    if (error instanceof EditionError) return { problem: error.message };
    throw error;
  }
}

function signatureFrom(text: string): Signature | undefined {
  try {
    return parseSignature(text);
  } catch (error) {
    if (error instanceof MinisignError) return undefined;
    throw error;
  }
}

async function signerOf(
  crypto: Crypto,
  signature: Signature | undefined,
  certificate: InspectedCertificate | undefined,
  object: Uint8Array | undefined,
): Promise<string | undefined> {
  if (signature?.algorithm !== 'ED' || !certificate?.isSigned) return undefined;
  const publicKey = certificate.publisherKey;
  const isSigned = await (object === undefined
    ? verifyTrustedComment(crypto, publicKey, signature)
    : verifySignature(crypto, { keyId: signature.keyId, publicKey }, signature, { content: object }));
  return isSigned ? publisherId({ publicKey }) : undefined;
}

function receptionOf(object: InspectedObject | undefined): Pick<InspectedPart, 'toi' | 'symbols'> {
  if (object === undefined || object.datagrams === 0) return { toi: object?.toi, symbols: 'none' };
  return { toi: object.toi, symbols: hasEnough(object) ? 'enough' : 'some' };
}
