import type { ContentFile } from '../../library/content-file.js';
import type { KeptFile, PartRecord, Piece, Tables } from './tables.js';

/** Verified parts and the files in them. */
export interface KeptContent {
  /** Parts that are kept. */
  parts(): ReadonlySet<string>;
  has(part: string): boolean;
  files(part: string): readonly KeptFile[] | undefined;
  /** @param parts their files, by what names them */
  putFiles(parts: Readonly<Record<string, AsyncIterable<ContentFile>>>): Promise<void>;
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

  /** @returns its record and its last piece, which are still to be put */
  async function writePart(
    part: string,
    number: number,
    contents: AsyncIterable<ContentFile>,
  ): Promise<{ record: PartRecord; last: readonly Piece[] }> {
    const files: KeptFile[] = [];
    const pieces = createPieces(number, pieceBytes, tables.putPiece);
    for await (const file of contents) {
      files.push({ path: file.path, size: file.size });
      for await (const bytes of file.stream()) await pieces.add(bytes as Uint8Array<ArrayBuffer>);
    }
    return { record: { part, number, files, pieceBytes }, last: await pieces.end() };
  }

  return {
    parts: () => new Set(kept.keys()),
    has: (part) => kept.has(part),
    files: (part) => kept.get(part)?.record.files,
    async putFiles(parts) {
      const records: PartRecord[] = [];
      const last: Piece[] = [];
      const begun: number[] = [];
      try {
        for (const [part, files] of Object.entries(parts)) {
          const number = numbers();
          begun.push(number);
          const written = await writePart(part, number, files);
          records.push(written.record);
          last.push(...written.last);
        }
        await tables.putParts(records, last);
      } catch (error) {
        for (const number of begun) await tables.removePieces(number).catch(() => {});
        throw error;
      }
      for (const record of records) {
        const earlier = kept.get(record.part);
        kept.set(record.part, { record, places: undefined });
        if (earlier !== undefined) await tables.removePieces(earlier.record.number);
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

/** Cuts what is added into pieces of one length; one is written while the next is filled. The last is left to be written. */
function createPieces(number: number, pieceBytes: number, write: Tables['putPiece']) {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let room = pieceBytes;
  let index = 0;
  let writing: Promise<void> = Promise.resolve();

  function cut(): Piece {
    const piece = { number, index: index++, content: new Blob(parts) };
    parts = [];
    room = pieceBytes;
    return piece;
  }

  async function flush(): Promise<void> {
    const piece = cut();
    await writing;
    writing = write(piece);
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
    async end(): Promise<readonly Piece[]> {
      await writing;
      return parts.length > 0 ? [cut()] : [];
    },
  };
}
