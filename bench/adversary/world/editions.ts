import { writeFileSync } from 'node:fs';
import { toHex } from '../../../codecs/bytes.js';
import type { EditionIndex, IndexPart } from '../../../codecs/edition/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { signEdition } from '../../../encoder/content/signed-index.js';
import { objectPath } from '../../../encoder/send/content/object-directory.js';
import type { Prng } from '../../../fixtures/prng.js';
import type { PackedEdition } from '../../editions/simulation/content.js';

/** A part: bytes that no receiver looks into. */
export interface MadePart {
  readonly object: Uint8Array;
  readonly listed: IndexPart;
}

/** An edition, signed, with all its bytes. */
export interface MadeEdition extends PackedEdition {
  readonly publisher: SecretKey;
  readonly indexObject: Uint8Array;
  readonly objects: readonly MadePart[];
}

/** Makes editions, and writes their objects where a sender finds them. */
export interface Library {
  /** Directory of the objects. */
  readonly directory: string;
  /** Every index and part that was made, by SHA-256. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  part(prng: Prng, bytes: number, place: number): MadePart;
  edition(
    publisher: SecretKey,
    bundle: Pick<EditionIndex, 'name' | 'sequence' | 'nextKey'>,
    parts: readonly MadePart[],
  ): Promise<MadeEdition>;
}

export function createLibrary(directory: string): Library {
  const made = new Map<string, Uint8Array>();
  return {
    directory,
    objects: made,
    part(prng, bytes, place) {
      const object = prng.bytes(bytes);
      const sha256 = toHex(nodeCrypto.sha256(object));
      writeFileSync(objectPath(directory, 'part', sha256), object);
      made.set(sha256, object);
      const label = `${sha256.slice(0, 8)}.html`;
      const partClass = place === 0 ? 'front' : 'text';
      return { object, listed: { sha256, bytes, unpacked: bytes, files: 1, label, class: partClass } };
    },
    async edition(publisher, { name, sequence, nextKey }, objects) {
      const listed = objects.map((part) => part.listed);
      const index = { name, sequence, parts: listed, ...(nextKey !== undefined && { nextKey }) };
      const { object, sha256: digest, signature } = await signEdition(nodeCrypto, publisher, index);
      const sha256 = toHex(digest);
      writeFileSync(objectPath(directory, 'index', sha256), object);
      made.set(sha256, object);
      return {
        publisher,
        name,
        sequence,
        objects,
        listed,
        indexObject: object,
        index: { sha256, length: object.length, signature },
        parts: listed.map((part) => ({ sha256: part.sha256, length: part.bytes, class: part.class })),
        changed: listed.length,
      };
    },
  };
}
