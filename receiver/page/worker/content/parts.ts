import type { IndexPart } from '../../../../codecs/edition/index.js';
import type { ContentFile } from '../../../library/content-file.js';
import type { Kept } from '../../keep/index.js';

/** A part whose digest is verified. */
export interface PartContent {
  /** As it is sent. */
  read(): AsyncIterable<Uint8Array>;
  /** The files in it. @throws EditionError on iteration */
  files(): AsyncIterable<ContentFile>;
}

/** A part is kept as files, to be read, and as it is sent, to be passed on: only that can be verified by others. */
export function sentName(sha256: string): string {
  return `sent ${sha256}`;
}
const SENT_PATH = 'part';

/** @throws EditionError when its files are not what its index says; errors of the browser */
export async function keepPart(
  kept: Kept,
  { sha256, bytes }: IndexPart,
  { read, files }: PartContent,
): Promise<void> {
  if (kept.has(sha256)) return;
  await kept.putFiles({ [sentName(sha256)]: oneFile(bytes, read), [sha256]: files() });
}

/** The part as it is sent; undefined: not there. */
export function sentPart(kept: Kept, sha256: string): Promise<Blob | undefined> {
  return kept.file(sentName(sha256), SENT_PATH);
}

async function* oneFile(size: number, stream: PartContent['read']): AsyncGenerator<ContentFile> {
  const bytes = () => Promise.reject(new Error('A part as it is sent is read as a stream.'));
  yield { path: SENT_PATH, size, stream, bytes };
}
