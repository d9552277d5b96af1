import { toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import type { IndexPart } from '../../../../codecs/edition/index.js';
import type { PublicKey } from '../../../../codecs/minisign/index.js';
import { DEFAULT_LIMITS } from '../../../engine/ports/limits.js';
import { contentFiles } from '../../../library/content-file.js';
import { MAX_ENTRIES } from '../../../library/part-items.js';
import { listedParts } from '../content/shelf.js';
import { signedEdition } from '../content/signed-edition.js';
import type { Notices } from '../notices.js';
import type { GivenFile } from '../protocol.js';
import type { Reception } from '../reception.js';
import { bytesOf } from './blob.js';
import { shownName } from './given.js';

interface Options {
  readonly crypto: Crypto;
  readonly trust: readonly PublicKey[];
  readonly reception: Reception;
  readonly notices: Notices;
}

/**
 * Takes editions as they were signed: indexes with their signatures, and parts. Which is which, and what belongs together, is
 * found out by their content.
 *
 * @param packed indexes and parts
 */
export async function takeSigned(
  packed: readonly GivenFile[],
  signatures: readonly GivenFile[],
  { crypto, trust, reception, notices }: Options,
): Promise<void> {
  const indexes = new Set<GivenFile>();
  for (const file of signatures) {
    const signature = await file.content.text();
    const found = await findSigned(crypto, trust, packed, signature);
    if (found === undefined) {
      notices.add({ kind: 'unlisted', name: shownName(file) });
      continue;
    }
    indexes.add(found.file);
    if ((await reception.addEdition(found.edition)) === 'older') notices.add({ kind: 'older' });
  }
  for (const file of packed) {
    if (!indexes.has(file)) await takePart(file, crypto, reception, notices);
  }
}

async function findSigned(
  crypto: Crypto,
  trust: readonly PublicKey[],
  packed: readonly GivenFile[],
  signature: string,
) {
  for (const file of packed) {
    if (file.content.size > DEFAULT_LIMITS.maxIndexBytes) continue;
    const object = new Uint8Array(await file.content.arrayBuffer());
    const edition = await signedEdition(crypto, trust, object, signature);
    if (edition !== undefined) return { file, edition };
  }
  return undefined;
}

/** A part is what an index lists by its digest; anything else is altered, or of another edition. */
async function takePart(
  file: GivenFile,
  crypto: Crypto,
  reception: Reception,
  notices: Notices,
): Promise<void> {
  const { name, content } = file;
  const listed = listedParts(reception.shelf);
  const hasLength = [...listed.values()].some(({ bytes }) => bytes === content.size);
  const copy = hasLength ? await copyOf(crypto, content) : undefined;
  const part: IndexPart | undefined = copy && listed.get(copy.sha256);
  if (copy === undefined || part === undefined) {
    const isNamed = [...listed.keys()].some((each) => name.includes(each.slice(0, 16)));
    notices.add({ kind: isNamed ? 'altered' : 'unlisted', name: shownName(file) });
    return;
  }
  await reception.addPart(part, {
    read: () => bytesOf(copy.bytes),
    files: () => contentFiles(bytesOf(copy.bytes), part, MAX_ENTRIES),
  });
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
