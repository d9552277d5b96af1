import { objectIdOf } from '../../codecs/auth/index.js';
import { fromHex } from '../../codecs/bytes.js';
import type { PartClass } from '../../codecs/edition/index.js';
import type { ObjectParameters } from '../../codecs/fec/index.js';
import type { SignedIndex } from '../content/signed-index.js';
import type { AnnouncedObject } from '../session/fdt.js';
import { indexLocation, partLocation } from '../session/location.js';
import { chooseObjectCoding, type ObjectCoding } from '../session/object-coding.js';
import { type Session, toiOf } from '../session/session.js';
import type { EncodeOptions } from './encode-options.js';
import type { RecordedPart } from './recorded-edition.js';

/** A transfer object of a recording: the index of an edition, or one of its parts. */
export interface RecordedObject {
  readonly kind: 'index' | PartClass;
  readonly toi: number;
  /** Name in the table. */
  readonly contentLocation: string;
  readonly sha256: Uint8Array;
  /** What its datagrams are bound to. */
  readonly objectId: Uint8Array;
  readonly coding: ObjectCoding;
  /** Byte offset of its beginning in the file of the objects. */
  readonly position: number;
  /** Of the index. */
  readonly edition?: AnnouncedObject['edition'];
}

/**
 * The index and the parts in the order in which they matter, each with the repair that rebuilds all of them with the
 * probability that is asked for.
 *
 * @param indexPosition byte offset of the index in the file of the objects
 * @throws EncodeError when the code has no room for one of them
 */
export function recordedObjects(
  index: SignedIndex,
  indexPosition: number,
  parts: readonly RecordedPart[],
  session: Session,
  { crypto, schemes, fec, repair }: Pick<EncodeOptions, 'crypto' | 'schemes' | 'fec' | 'repair'>,
): RecordedObject[] {
  const taken = new Set<number>();
  const codingOf = (length: number) =>
    chooseObjectCoding(length, session, schemes, fec, { goal: repair, objects: parts.length + 1 });
  const objectOf = (kind: RecordedObject['kind'], sha256: Uint8Array, length: number, position: number) => {
    const toi = toiOf(sha256, taken);
    taken.add(toi);
    const coding = codingOf(length);
    const { scheme, parameters } = coding;
    const objectId = objectIdOf(crypto, sha256, scheme.buildFti(parameters));
    return { kind, toi, contentLocation: partLocation(sha256), sha256, objectId, position, coding };
  };
  const { object, sha256, name, sequence, signature } = index;
  return [
    {
      ...objectOf('index', sha256, object.length, indexPosition),
      contentLocation: indexLocation(name),
      edition: { sequence, signature },
    },
    ...parts.map((part) => objectOf(part.class, fromHex(part.sha256), part.bytes, part.position)),
  ];
}

export function announced({
  toi,
  contentLocation,
  sha256,
  coding,
  edition,
}: RecordedObject): AnnouncedObject {
  const parameters: ObjectParameters = coding.parameters;
  return { toi, contentLocation, sha256, parameters, ...(edition && { edition }) };
}
