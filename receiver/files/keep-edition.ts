import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toHex, utf8Encode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { type EditionIndex, partFileName, SIGNED_FILES, sumsText } from '../../codecs/edition/index.js';
import { replaceFile } from '../../codecs/node/atomic-file.js';
import { ReceiveError } from '../error.js';

/** Reads what was received, from its start, as often as it is asked to. */
export interface ContentReader {
  read(): AsyncIterable<Uint8Array>;
}

/** What was received of an edition, all of it verified. */
export interface ReceivedEdition {
  readonly index: EditionIndex;
  /** The index as it was sent. */
  readonly indexObject: Uint8Array;
  /** Text of the minisign signature file over it. */
  readonly signature: string;
  /** Parts as they were sent, by digest: lower-case hexadecimal. */
  readonly parts: ReadonlyMap<string, ContentReader>;
}

/**
 * Writes what was received of an edition as it was sent, for ordinary tools to check and unpack: the index, the publisher's
 * signature over it, its parts, and their digests as the index lists them, those that are missing included.
 *
 * @returns the directory of the edition
 * @throws ReceiveError when something else stands in its place, or an error of the operating system
 */
export async function keepEdition(
  { index, indexObject, signature, parts }: ReceivedEdition,
  crypto: Crypto,
  directory: string,
  name: string,
): Promise<string> {
  const kept = join(resolve(directory), name);
  await mkdir(kept, { recursive: true });
  const indexPath = join(kept, SIGNED_FILES.index);
  const sha256 = toHex(crypto.sha256(indexObject));
  const isStanding = await requireSameOrNone(indexPath, sha256, crypto);
  await replaceFile(join(kept, SIGNED_FILES.signature), [utf8Encode(signature)]);
  if (!isStanding) await replaceFile(indexPath, [indexObject]);
  await replaceFile(join(kept, SIGNED_FILES.sums), [utf8Encode(sumsText(index.parts))]);
  for (const [digest, content] of parts) {
    const path = join(kept, partFileName(digest));
    if (!(await requireSameOrNone(path, digest, crypto))) await replaceFile(path, content.read());
  }
  return kept;
}

/** @returns whether a file of this digest stands there */
async function requireSameOrNone(path: string, sha256: string, crypto: Crypto): Promise<boolean> {
  const standing = await digestOfFile(path, crypto);
  if (standing === undefined) return false;
  if (standing === sha256) return true;
  throw new ReceiveError(
    `${path} exists already and is of another edition: nothing is overwritten, move it away or give another directory with --keep-bundle.`,
  );
}

/** SHA-256 of a file, hexadecimal; undefined when there is none. */
async function digestOfFile(path: string, crypto: Crypto): Promise<string | undefined> {
  const sha256 = crypto.createSha256();
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) sha256.update(chunk);
    return toHex(sha256.digest());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw Object.assign(error as Error, { path });
  }
}
