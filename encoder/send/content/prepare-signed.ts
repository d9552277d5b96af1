import { toHex } from '../../../codecs/bytes.js';
import type { IndexPart } from '../../../codecs/edition/index.js';
import type { PublicKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { writeLater } from '../../../codecs/node/open-file.js';
import { printable } from '../../../codecs/text.js';
import { EncodeError } from '../../error.js';
import {
  describeMissing,
  missingParts,
  readSignedEdition,
  readSignedPart,
  type SignedEdition,
} from '../../signed/signed-edition.js';
import type { ChannelBundle } from '../channel/channel.js';
import type { EditionToSend } from '../multiplex/flow.js';
import type { StateStore } from '../state/state.js';
import { createObject, isIntact, isThere, type ObjectKind, objectPath } from './object-directory.js';

export interface PrepareSignedOptions {
  readonly publisherKey: PublicKey;
  readonly state: StateStore;
  /** Directory of the objects. */
  readonly objects: string;
  /** Digests of the objects that were compared with their bytes in this run. */
  readonly verified: Set<string>;
  onPacking(bundle: string, done: number, total: number): void;
}

/**
 * Takes an edition that the publisher signed elsewhere: each of its objects is checked as it is copied into the directory of
 * the objects, and what is sent is the copy. Parts of an earlier edition need not be carried again.
 *
 * @throws EncodeError unless all of it is there as it was signed, and it is no older than what was sent before
 */
export async function prepareSigned(
  bundle: ChannelBundle,
  options: PrepareSignedOptions,
): Promise<EditionToSend> {
  const { state, objects, verified } = options;
  const edition = await readSignedEdition(bundle.path, options.publisherKey, nodeCrypto);
  const { signed, index } = edition;
  requireName(bundle, edition);
  requireNewer(edition, state);
  const known = state.get(bundle.name)?.edition;
  const toCopy: IndexPart[] = [];
  for (const part of index.parts) {
    if (!(await isObject('part', part.sha256, part.bytes))) toCopy.push(part);
  }
  const absent = new Set((await missingParts(edition)).map(({ sha256 }) => sha256));
  const missing = toCopy.filter(({ sha256 }) => absent.has(sha256));
  if (missing.length > 0) throw new EncodeError(describeMissing(edition, missing));

  const total = toCopy.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  async function* counted(part: IndexPart): AsyncGenerator<Uint8Array> {
    for await (const piece of readSignedPart(edition, part, nodeCrypto)) {
      yield piece;
      done += piece.length;
      options.onPacking(bundle.name, done, total);
    }
  }
  for (const part of toCopy) await copy('part', part.sha256, counted(part));
  const sha256 = toHex(signed.sha256);
  if (!(await isObject('index', sha256, signed.object.length))) await copy('index', sha256, [signed.object]);

  const indexObject = { sha256, length: signed.object.length, signature: signed.signature };
  // its digest says all there is to know of a part that was packed elsewhere
  const parts = index.parts.map((part) => ({ key: part.sha256, sha256: part.sha256, length: part.bytes }));
  const { sequence } = signed;
  await state.set(bundle.name, { edition: { sequence, index: indexObject, parts }, packed: [] });
  const earlier = new Set(known?.parts.map((part) => part.sha256));
  return {
    sequence,
    index: indexObject,
    parts: index.parts.map((part) => ({ sha256: part.sha256, length: part.bytes, class: part.class })),
    changed: index.parts.filter((part) => !earlier.has(part.sha256)).length,
  };

  /** True when an object is in the directory, and is what its name says. */
  async function isObject(kind: ObjectKind, digest: string, length: number): Promise<boolean> {
    const path = objectPath(objects, kind, digest);
    const isSound = verified.has(digest) ? isThere(path, length) : isIntact(path, digest, length);
    if (!(await isSound)) return false;
    verified.add(digest);
    return true;
  }

  async function copy(
    kind: ObjectKind,
    digest: string,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const unfinished = await createObject(objects);
    try {
      let position = 0;
      for await (const piece of content) {
        await writeLater(unfinished.file, piece, position);
        position += piece.length;
      }
      await unfinished.finish(kind, digest);
    } catch (error) {
      await unfinished.discard();
      throw error;
    }
    verified.add(digest);
  }
}

function requireName({ name, path }: ChannelBundle, { index }: SignedEdition): void {
  if (index.name === name) return;
  throw new EncodeError(
    `The signed edition in ${path} is of the bundle ${printable(index.name)}, not of ${printable(name)}: receivers know a bundle by the name that was signed. Name it so in the channel file, or put its own edition there.`,
  );
}

/** What receivers would refuse is not sent: a copy of an earlier edition, or a second one with the same number. */
function requireNewer({ directory, signed }: SignedEdition, state: StateStore): void {
  const { name, sequence } = signed;
  const known = state.get(name)?.edition;
  const last = Math.max(known?.sequence ?? 0, state.sequenceElsewhere(name));
  if (sequence < last) {
    throw new EncodeError(
      `The signed edition in ${directory} has sequence number ${sequence}, and ${last} was sent already: receivers refuse an older one. Put the newest one there, or sign the content again.`,
    );
  }
  if (sequence === known?.sequence && toHex(signed.sha256) !== known.index.sha256) {
    throw new EncodeError(
      `The signed edition in ${directory} has sequence number ${sequence}, and other content was sent with it. Sign the content again.`,
    );
  }
}
