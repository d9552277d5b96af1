import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, utf8Decode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import {
  decodeIndex,
  type EditionIndex,
  type IndexPart,
  isSignedFileName,
  partFileName,
  SIGNED_FILES,
} from '../../codecs/edition/index.js';
import { hasCode } from '../../codecs/error-code.js';
import { formatKeyId, type PublicKey, parseSignature, verifySignature } from '../../codecs/minisign/index.js';
import { formatBytes, hasUnprintable, printable } from '../../codecs/text.js';
import { MAX_SEQUENCE } from '../content/sequence-limits.js';
import { type SignedIndex, trustedComment } from '../content/signed-index.js';
import { EncodeError } from '../error.js';

/** An edition that the publisher signed elsewhere; its parts are looked at when they are read. */
export interface SignedEdition {
  /** Directory that holds it. */
  readonly directory: string;
  readonly signed: SignedIndex;
  /** What was signed. */
  readonly index: EditionIndex;
}

/** What receivers take. */
const INDEX_LIMITS = { maxBytes: 4 * 2 ** 20, maxParts: 10_000 };
/** As minisign. */
const MAX_SIGNATURE_BYTES = 10_000;
const READ_BYTES = 2 ** 20;

/** True when a path holds a signed edition or a piece of one: such a directory is never taken for content. */
export async function isSignedEdition(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => []);
  return names.some(isSignedFileName);
}

/**
 * Reads the index of a signed edition, which is the publisher's word for all of it.
 *
 * @throws EncodeError that names the file which is missing, altered or of somebody else
 */
export async function readSignedEdition(
  directory: string,
  publisherKey: PublicKey,
  crypto: Crypto,
): Promise<SignedEdition> {
  const object = await readWhole(directory, SIGNED_FILES.index, INDEX_LIMITS.maxBytes);
  const text = await readWhole(directory, SIGNED_FILES.signature, MAX_SIGNATURE_BYTES);
  const at = (name: string, problem: string) =>
    new EncodeError(`${printable(join(directory, name))}: ${problem}`);
  const { signature, trusted } = await verify(object, text, publisherKey, crypto).catch((error: Error) => {
    throw at(SIGNED_FILES.signature, error.message);
  });
  const index = await decodeIndex(object, INDEX_LIMITS).catch((error: Error) => {
    throw at(SIGNED_FILES.index, error.message);
  });
  const { name, sequence } = index;
  if (trusted !== trustedComment(sequence, name)) {
    throw at(SIGNED_FILES.signature, `It says "${printable(trusted)}", and the index is of another edition.`);
  }
  if (sequence < 1 || sequence > MAX_SEQUENCE || hasUnprintable(name)) {
    throw at(SIGNED_FILES.index, 'Its sequence number or its name is none that can be sent.');
  }
  return { directory, index, signed: { name, sequence, object, sha256: crypto.sha256(object), signature } };
}

/** @throws an error that says what is wrong with the signature */
async function verify(object: Uint8Array, text: Uint8Array, publisherKey: PublicKey, crypto: Crypto) {
  const signature = utf8Decode(text);
  const parsed = parseSignature(signature);
  if (!equalBytes(parsed.keyId, publisherKey.keyId)) {
    throw new EncodeError(
      `It was made with another key, id ${formatKeyId(parsed.keyId)}; publisher.pub has the id ${formatKeyId(publisherKey.keyId)}. Only editions of this publisher can be sent here.`,
    );
  }
  if (parsed.algorithm !== 'ED') throw new EncodeError('It is a legacy signature, which receivers refuse.');
  if (!(await verifySignature(crypto, publisherKey, parsed, { content: object }))) {
    throw new EncodeError(
      `It is not the publisher's signature over ${SIGNED_FILES.index}: one of the two was altered, or not copied whole. Copy the edition again.`,
    );
  }
  return { signature, trusted: parsed.trustedComment };
}

/**
 * Parts that a directory does not hold with the length that the index gives, in its order.
 *
 * @throws EncodeError when something else than a file stands in the place of one
 */
export async function missingParts({ directory, index }: SignedEdition): Promise<IndexPart[]> {
  const missing: IndexPart[] = [];
  for (const part of index.parts) {
    const file = await openFile(directory, partFileName(part.sha256));
    if (file?.size !== part.bytes) missing.push(part);
    await file?.handle.close();
  }
  return missing;
}

/** The sentence about parts that are not there. */
export function describeMissing({ directory, index }: SignedEdition, missing: readonly IndexPart[]): string {
  return (
    `${printable(directory)} is not a whole edition: ${missing.length} of ${index.parts.length} parts are missing or not copied ` +
    `whole, like ${partFileName(missing[0]!.sha256)}. Copy it again; with --since, into the directory of the edition before.`
  );
}

/**
 * Reads a part; its pieces are views of the same memory. What was read counts only when the last piece was taken.
 *
 * @throws EncodeError at its end when it is not what the index lists
 */
export async function* readSignedPart(
  { directory }: Pick<SignedEdition, 'directory'>,
  { sha256, bytes }: Pick<IndexPart, 'sha256' | 'bytes'>,
  crypto: Crypto,
): AsyncGenerator<Uint8Array> {
  const name = partFileName(sha256);
  const file = await openFile(directory, name);
  try {
    const hash = crypto.createSha256();
    const memory = new Uint8Array(READ_BYTES);
    let left = bytes;
    while (file !== undefined && left > 0) {
      const { bytesRead } = await file.handle.read(memory, 0, Math.min(left, memory.length));
      if (bytesRead === 0) break;
      left -= bytesRead;
      const piece = memory.subarray(0, bytesRead);
      hash.update(piece);
      yield piece;
    }
    const digest = Buffer.from(hash.digest()).toString('hex');
    if (file?.size === bytes && digest === sha256) return;
    throw new EncodeError(
      `${printable(join(directory, name))} is not what the index lists: it was altered, or not copied whole. Copy it again.`,
    );
  } finally {
    await file?.handle.close();
  }
}

/** @throws EncodeError when it is missing or larger than the limit */
async function readWhole(directory: string, name: string, maxBytes: number): Promise<Uint8Array> {
  const path = printable(join(directory, name));
  const file = await openFile(directory, name);
  if (file === undefined) {
    throw new EncodeError(`${path} is missing: this is not a whole edition. Copy it again.`);
  }
  const { handle, size } = file;
  try {
    if (size > maxBytes) {
      throw new EncodeError(`${path} has ${formatBytes(size)}; ${formatBytes(maxBytes)} are allowed.`);
    }
    const bytes = new Uint8Array(size);
    const { bytesRead } = await handle.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Opens a file of an edition, follows no link and waits for nobody; undefined when there is none. */
async function openFile(
  directory: string,
  name: string,
): Promise<{ readonly handle: FileHandle; readonly size: number } | undefined> {
  const path = join(directory, name);
  const notFile = () =>
    new EncodeError(
      `${printable(path)} is not a file, or a link to one: a signed edition holds files alone. Copy the files themselves.`,
    );
  // Windows has neither flag
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) throw notFile();
    throw error;
  });
  if (handle === undefined) return undefined;
  const found = await handle.stat();
  if (found.isFile()) return { handle, size: found.size };
  await handle.close();
  throw notFile();
}
