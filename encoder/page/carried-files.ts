import { type FileHandle, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isPartFileName, SIGNED_FILES } from '../../codecs/edition/index.js';
import { isTransportStream } from '../../codecs/mpegts/index.js';
import { namedError } from '../../codecs/node/open-file.js';
import { gunzip } from '../../codecs/node/recordings/gunzip.js';
import { STANDARD_STREAM } from '../../codecs/node/standard-stream.js';
import { type CarriedFile, PIECE_BYTES, pieceText } from '../../codecs/page/index.js';
import { isPcap, PcapError } from '../../codecs/pcap/index.js';
import { datagramsOf, decompressed } from '../../codecs/recording/index.js';
import { EncodeError } from '../error.js';

/** A file that a page is to carry. */
export interface SourceFile extends CarriedFile {
  readonly path: string;
  /** Otherwise it is of an edition as it was signed. */
  readonly isRecording?: boolean;
}

const HEAD_BYTES = 4096;

/**
 * Gives `use` the files of recordings, and of directories with editions as they were signed. What comes from standard input is in
 * a temporary file meanwhile.
 *
 * @throws EncodeError when one is neither; errors of the operating system
 */
export async function withCarriedFiles<T>(
  paths: readonly string[],
  use: (files: readonly SourceFile[]) => Promise<T>,
): Promise<T> {
  if (!paths.includes(STANDARD_STREAM)) return use(await carriedFiles(paths));
  const directory = await mkdtemp(join(tmpdir(), 'datacast-page-'));
  try {
    const piped = join(directory, 'standard-input');
    await writeFile(piped, process.stdin);
    return await use(await carriedFiles(paths.map((path) => (path === STANDARD_STREAM ? piped : path))));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The files of recordings, and of directories with editions as they were signed.
 *
 * @throws EncodeError when one is neither; errors of the operating system
 */
async function carriedFiles(paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const entry = await stat(path);
    if (entry.isDirectory()) files.push(...(await signedFiles(path)));
    else {
      // one of another kind could wait for ever
      if (!entry.isFile()) throw noRecording(path);
      await requireRecording(path);
      files.push({ path, name: basename(path), bytes: entry.size, isRecording: true });
    }
  }
  return files;
}

/** An edition in the directory itself, or one in each directory below. */
async function signedFiles(directory: string): Promise<SourceFile[]> {
  const here = await editionIn(directory);
  if (here !== undefined) return here;
  const below = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const editions = await Promise.all(below.map(({ name }) => editionIn(join(directory, name))));
  const files = editions.flatMap((edition) => edition ?? []);
  if (files.length > 0) return files;
  throw new EncodeError(
    `${directory} holds no signed edition: ${SIGNED_FILES.index} and ${SIGNED_FILES.signature} are needed, as "datacast-receive --keep-bundle" writes them.`,
  );
}

async function editionIn(directory: string): Promise<SourceFile[] | undefined> {
  const { index, signature } = SIGNED_FILES;
  const isOfEdition = (name: string) => name === index || name === signature || isPartFileName(name);
  const names = (await readdir(directory)).filter(isOfEdition).sort();
  if (!names.includes(index) || !names.includes(signature)) return undefined;
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const entry = await stat(path);
      if (!entry.isFile())
        throw new EncodeError(`${path} is not a file: a signed edition holds files alone.`);
      return { path, name, bytes: entry.size };
    }),
  );
}

/** What a set-top box has recorded may begin like anything: it is read up to its first datagram. */
async function requireRecording(path: string): Promise<void> {
  const file = await open(path).catch(namedError(path));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isPcap(head) || isTransportStream(head)) return;
    const pieces = file.createReadStream({ start: 0, autoClose: false });
    for await (const _ of datagramsOf(decompressed(pieces, gunzip))) return;
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
  } finally {
    await file.close();
  }
  throw noRecording(path);
}

function noRecording(path: string): EncodeError {
  return new EncodeError(
    `${path} is no recording, neither pcap nor transport stream. --content takes recordings, and directories with signed editions.`,
  );
}

/** The text of all pieces, in order. @throws EncodeError when a file has become shorter or longer */
export async function* piecesOf(files: readonly SourceFile[]): AsyncGenerator<string> {
  for (const [i, { path, bytes }] of files.entries()) {
    const file = await open(path).catch(namedError(path));
    try {
      let done = 0;
      for (;;) {
        const piece = await readPiece(file);
        if (piece.length === 0) break;
        done += piece.length;
        yield pieceText(i, piece.toString('base64'));
      }
      if (done !== bytes) throw new EncodeError(`${path} has changed while it was read. Run it again.`);
    } finally {
      await file.close();
    }
  }
}

/** A whole piece, unless the file ends before. */
async function readPiece(file: FileHandle): Promise<Buffer> {
  const piece = Buffer.alloc(PIECE_BYTES);
  let length = 0;
  while (length < piece.length) {
    const { bytesRead } = await file.read(piece, length, piece.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return piece.subarray(0, length);
}
