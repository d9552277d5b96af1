import type { KeptFile, PartRecord, Piece, Tables } from './tables.js';

/** Writes bytes behind those that were written before; it keeps a copy. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/** Verified parts as they are sent. */
export interface KeptContent {
  /** Parts that are kept. */
  parts(): ReadonlySet<string>;
  has(part: string): boolean;
  /** The files that the part had when it was put. */
  files(part: string): readonly KeptFile[] | undefined;
  /** @param make writes the part, and returns what files are in it */
  putPart(part: string, make: (write: Write) => Promise<readonly KeptFile[]>): Promise<void>;
  /** Keeps pieces that are in the tables already, the first byte of the part in the first of them. */
  putPieces(part: string, number: number, files: readonly KeptFile[]): Promise<void>;
  removePart(part: string): Promise<void>;
  /** The part, of which nothing is read before its bytes are asked for. */
  sent(part: string): Promise<Blob | undefined>;
  /** A place for what is made of parts and need not last. */
  openAside(): Aside;
}

export interface Aside {
  /** Puts a copy of bytes where the browser keeps files, or in memory where there is no room. */
  put(bytes: Uint8Array): Promise<Blob>;
  /** Gives the room back; what was put is there as long as somebody holds it. */
  remove(): Promise<void>;
}

/** Few pieces are few files, where a browser makes a file of each Blob. */
const PIECE_BYTES = 1 << 22;

/** @param numbers gives a number that names no pieces yet */
export async function openContent(
  tables: Tables,
  numbers: () => number,
  pieceBytes = PIECE_BYTES,
): Promise<KeptContent> {
  const kept = new Map<string, PartRecord>();
  for (const record of await tables.parts()) kept.set(record.part, record);
  /** Of the piece that is being filled: one part is written at a time. */
  const memory = new Uint8Array(pieceBytes);

  async function put(record: PartRecord, last: Piece | undefined): Promise<void> {
    await tables.putPart(record, last);
    const earlier = kept.get(record.part);
    kept.set(record.part, record);
    if (earlier !== undefined) await tables.removePieces(earlier.number);
  }

  return {
    parts: () => new Set(kept.keys()),
    has: (part) => kept.has(part),
    files: (part) => kept.get(part)?.files,
    async putPart(part, make) {
      const number = numbers();
      const pieces = createPieces(number, memory, tables.putPiece);
      try {
        const files = await make(pieces.add);
        await put({ part, number, files }, await pieces.end());
      } catch (error) {
        await tables.removePieces(number).catch(() => {});
        throw error;
      }
    },
    putPieces: (part, number, files) => put({ part, number, files }, undefined),
    async removePart(part) {
      const removed = kept.get(part);
      if (removed === undefined) return;
      kept.delete(part);
      await tables.removePart(part, removed.number);
    },
    async sent(part) {
      const found = kept.get(part);
      return found && new Blob(await tables.pieces(found.number));
    },
    openAside() {
      const number = numbers();
      let index = 0;
      return {
        async put(bytes) {
          const content = new Blob([bytes as Uint8Array<ArrayBuffer>]);
          const piece = { number, index: index++, content };
          try {
            await tables.putPiece(piece);
            return (await tables.pieces(number, piece.index))[0] ?? content;
          } catch {
            return content;
          }
        },
        async remove() {
          if (index > 0) await tables.removePieces(number);
        },
      };
    },
  };
}

/** Cuts what is added into pieces as long as the memory; one is written while the next is filled. The last is left to be written. */
function createPieces(number: number, memory: Uint8Array<ArrayBuffer>, write: Tables['putPiece']) {
  let length = 0;
  let index = 0;
  let writing: Promise<void> = Promise.resolve();

  function cut(): Piece {
    const content = new Blob([memory.subarray(0, length)]);
    length = 0;
    return { number, index: index++, content };
  }

  return {
    async add(bytes: Uint8Array): Promise<void> {
      for (let at = 0; at < bytes.length; ) {
        const taken = bytes.subarray(at, at + memory.length - length);
        memory.set(taken, length);
        length += taken.length;
        at += taken.length;
        if (length < memory.length) break;
        const piece = cut();
        await writing;
        writing = write(piece);
        // told to whoever waits for it next
        writing.catch(() => {});
      }
    },
    async end(): Promise<Piece | undefined> {
      await writing;
      return length > 0 ? cut() : undefined;
    },
  };
}
