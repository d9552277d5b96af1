import type { ContentFile } from '../../library/content-file.js';
import type { KeptFile, PartRecord, Tables } from './tables.js';

/** Verified parts and the files in them. */
export interface KeptContent {
  /** Parts that are kept. */
  parts(): ReadonlySet<string>;
  has(part: string): boolean;
  files(part: string): readonly KeptFile[] | undefined;
  putFiles(part: string, files: AsyncIterable<ContentFile>): Promise<void>;
  removePart(part: string): Promise<void>;
  file(part: string, path: string): Promise<Blob | undefined>;
}

/** Where a file lies in the pieces of its part. */
interface Place {
  readonly start: number;
  readonly size: number;
}

interface KeptPart {
  readonly record: PartRecord;
  /** Made when the first file is asked for. */
  places: Map<string, Place> | undefined;
}

/** Small files share a piece, so that a browser that makes a file of each Blob makes few. */
const PIECE_BYTES = 1 << 22;

/** @param numbers gives a number that names no pieces yet */
export async function openContent(
  tables: Tables,
  numbers: () => number,
  pieceBytes = PIECE_BYTES,
): Promise<KeptContent> {
  const kept = new Map<string, KeptPart>();
  for (const record of await tables.parts()) kept.set(record.part, { record, places: undefined });

  async function writePieces(
    number: number,
    files: AsyncIterable<ContentFile>,
  ): Promise<readonly KeptFile[]> {
    const listed: KeptFile[] = [];
    const pieces = createPieces(pieceBytes, (index, piece) => tables.putPiece(number, index, piece));
    for await (const file of files) {
      listed.push({ path: file.path, size: file.size });
      for await (const bytes of file.stream()) await pieces.add(bytes as Uint8Array<ArrayBuffer>);
    }
    await pieces.end();
    return listed;
  }

  return {
    parts: () => new Set(kept.keys()),
    has: (part) => kept.has(part),
    files: (part) => kept.get(part)?.record.files,
    async putFiles(part, files) {
      const number = numbers();
      try {
        const record = { part, number, files: await writePieces(number, files), pieceBytes };
        await tables.putPart(record);
        const earlier = kept.get(part);
        kept.set(part, { record, places: undefined });
        if (earlier !== undefined) await tables.removePieces(earlier.record.number);
      } catch (error) {
        if (kept.get(part)?.record.number !== number) await tables.removePieces(number).catch(() => {});
        throw error;
      }
    },
    async removePart(part) {
      const removed = kept.get(part);
      if (removed === undefined) return;
      kept.delete(part);
      await tables.removePart(part, removed.record.number);
    },
    async file(part, path) {
      const found = kept.get(part);
      if (found === undefined) return undefined;
      found.places ??= placesOf(found.record.files);
      const place = found.places.get(path);
      if (place === undefined) return undefined;
      return readFile(tables, found.record, place);
    },
  };
}

function placesOf(files: readonly KeptFile[]): Map<string, Place> {
  const places = new Map<string, Place>();
  let start = 0;
  for (const { path, size } of files) {
    places.set(path, { start, size });
    start += size;
  }
  return places;
}

/** Composes a file of its pieces, none of which is read. */
async function readFile(
  tables: Tables,
  { number, pieceBytes }: PartRecord,
  { start, size }: Place,
): Promise<Blob> {
  if (size === 0) return new Blob([]);
  const first = Math.floor(start / pieceBytes);
  const pieces = await tables.pieces(number, first, Math.floor((start + size - 1) / pieceBytes));
  const offset = start - first * pieceBytes;
  const slices = pieces.map((piece, i) => {
    const before = i * pieceBytes;
    return piece.slice(Math.max(0, offset - before), Math.min(piece.size, offset + size - before));
  });
  return new Blob(slices);
}

/** Cuts what is added into pieces of one length; one is written while the next is filled. */
function createPieces(pieceBytes: number, write: (index: number, piece: Blob) => Promise<void>) {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let room = pieceBytes;
  let index = 0;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const piece = new Blob(parts);
    parts = [];
    room = pieceBytes;
    await writing;
    writing = write(index++, piece);
    // told to whoever waits for it next
    writing.catch(() => {});
  }

  return {
    async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      for (let rest = bytes; rest.length > 0; ) {
        const taken = rest.subarray(0, room);
        parts.push(taken);
        room -= taken.length;
        rest = rest.subarray(taken.length);
        if (room === 0) await flush();
      }
    },
    async end(): Promise<void> {
      if (parts.length > 0) await flush();
      await writing;
    },
  };
}
