import { toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import type { IndexPart } from '../../../../codecs/edition/index.js';
import { DEFAULT_LIMITS } from '../../../engine/ports/limits.js';
import { OTHER_SUCCESSOR } from '../../../engine/tables/publishers.js';
import { bytesOf } from '../../keep/blob.js';
import { listedParts } from '../content/shelf.js';
import { signedEdition } from '../content/signed-edition.js';
import type { Notices } from '../notices.js';
import type { GivenFile } from '../protocol.js';
import type { Reception } from '../reception.js';
import { shownName } from './given.js';

/** Indexes that are held against signatures, however many of both are given; most lie beside theirs. */
const MAX_TRIES = 2000;

interface Options {
  readonly crypto: Crypto;
  readonly reception: Reception;
  readonly notices: Notices;
}

/**
 * Takes editions as they were signed: indexes with their signatures, and parts. Which is which is found out by their content; what
 * belongs together, too, but a name that fits is tried first.
 *
 * @param packed indexes and parts
 */
export async function takeSigned(
  packed: readonly GivenFile[],
  signatures: readonly GivenFile[],
  options: Options,
): Promise<void> {
  const { crypto, reception, notices } = options;
  const indexes = new Set<GivenFile>();
  const byName = new Map(packed.map((file) => [placeOf(file), file]));
  let triesLeft = MAX_TRIES;
  const present = () => reception.publishers().map((each) => ({ ...each, keys: each.keys.slice(-1) }));

  async function findSigned(of: GivenFile) {
    const signature = await of.content.text();
    const named = byName.get(placeOf(of).replace(/\.minisig$/, ''));
    for (const file of named === undefined ? packed : [named, ...packed]) {
      if (file.content.size > DEFAULT_LIMITS.maxIndexBytes) continue;
      if (triesLeft-- <= 0) break;
      const object = new Uint8Array(await file.content.arrayBuffer());
      const edition = await signedEdition(crypto, present(), object, signature);
      if (edition !== undefined) return { file, edition };
    }
    return undefined;
  }

  // whose editions these are may follow from statements of succession
  const rest: GivenFile[] = [];
  for (const file of signatures) {
    if (!(await reception.addStatements(await file.content.text()))) rest.push(file);
  }
  /** Parts of editions that are not taken, which is said of the edition. */
  const refused = new Map<string, IndexPart>();
  for (const file of rest) {
    const found = triesLeft > 0 ? await findSigned(file) : undefined;
    if (found === undefined) {
      notices.add({ kind: 'unlisted', name: shownName(file) });
      continue;
    }
    indexes.add(found.file);
    const taken = await reception.addEdition(found.edition);
    if (taken === 'older') notices.add({ kind: 'older' });
    if (taken === 'other-successor') notices.add({ kind: 'wrong-key', why: OTHER_SUCCESSOR });
    if (taken === 'older' || taken === 'other-successor') {
      for (const part of found.edition.index.parts) refused.set(part.sha256, part);
    }
  }
  const listed = listedParts(reception.shelf);
  for (const file of packed) {
    if (!indexes.has(file)) await takePart(file, listed, refused, options);
  }
}

/** Names are the same in every page and every directory of editions. */
function placeOf({ name, page = '' }: GivenFile): string {
  return `${page}\n${name}`;
}

/** A part is what an index lists by its digest; anything else is altered, or of another edition. */
async function takePart(
  file: GivenFile,
  listed: ReadonlyMap<string, IndexPart>,
  refused: ReadonlyMap<string, IndexPart>,
  { crypto, reception, notices }: Options,
): Promise<void> {
  const { name, content } = file;
  const hasLength = [...listed.values(), ...refused.values()].some(({ bytes }) => bytes === content.size);
  const copy = hasLength ? await copyOf(crypto, content) : undefined;
  const part: IndexPart | undefined = copy && listed.get(copy.sha256);
  if (copy === undefined || part === undefined) {
    if (copy !== undefined && refused.has(copy.sha256)) return;
    const isNamed = [...listed.keys()].some((each) => name.includes(each.slice(0, 16)));
    notices.add({ kind: isNamed ? 'altered' : 'unlisted', name: shownName(file) });
    return;
  }
  await reception.addPart(part, () => bytesOf(copy.bytes));
}

/** A file is read once: when it is read again, other bytes may be there than were hashed. */
async function copyOf(crypto: Crypto, content: Blob): Promise<{ sha256: string; bytes: Blob }> {
  const hash = crypto.createSha256();
  const pieces: Blob[] = [];
  for await (const piece of bytesOf(content)) {
    hash.update(piece);
    // a Blob, so that the browser may put it elsewhere
    pieces.push(new Blob([piece]));
  }
  return { sha256: toHex(hash.digest()), bytes: new Blob(pieces) };
}
