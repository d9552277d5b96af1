/** A file of a part. */
export interface KeptFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A part that is kept, as it was sent, in its pieces. */
export interface PartRecord {
  readonly part: string;
  /** Names its pieces, and nothing that was kept before it. */
  readonly number: number;
  readonly files: readonly KeptFile[];
}

/** Where in the pieces that have a number: their order is that of the indexes. */
export interface Piece {
  readonly number: number;
  readonly index: number;
  readonly content: Blob;
}

/** Where parts, blocks of objects and the state are kept. Whatever ends the page, a part is there with all its pieces or not at all. */
export interface Tables {
  parts(): Promise<PartRecord[]>;
  /** Puts the record and its last piece, or neither. */
  putPart(record: PartRecord, last: Piece | undefined): Promise<void>;
  /** The record of a part and what has its number. */
  removePart(part: string, number: number): Promise<void>;
  putPiece(piece: Piece): Promise<void>;
  /** All pieces with a number, or the one at `index`; their bytes stay where they are. */
  pieces(number: number, index?: number): Promise<Blob[]>;
  removePieces(number: number): Promise<void>;
  putState(state: unknown): Promise<void>;
  /** Undefined when there is none. */
  state(): Promise<unknown>;
  close(): void;
}

/** Tables in memory, or wherever the browser puts a Blob. */
export function createMemoryTables(): Tables {
  const parts = new Map<string, PartRecord>();
  const pieces = new Map<number, Map<number, Blob>>();
  let kept: unknown;

  function put({ number, index, content }: Piece): void {
    const own = pieces.get(number) ?? new Map<number, Blob>();
    pieces.set(number, own.set(index, content));
  }

  return {
    parts: async () => [...parts.values()],
    async putPart(record, last) {
      if (last !== undefined) put(last);
      parts.set(record.part, record);
    },
    async removePart(part, number) {
      parts.delete(part);
      pieces.delete(number);
    },
    async putPiece(piece) {
      put(piece);
    },
    async pieces(number, index) {
      const own = pieces.get(number) ?? new Map<number, Blob>();
      if (index !== undefined) return [own.get(index) ?? []].flat();
      return [...own].sort(([a], [b]) => a - b).map(([, content]) => content);
    },
    async removePieces(number) {
      pieces.delete(number);
    },
    async putState(state) {
      kept = state;
    },
    state: async () => kept,
    close() {
      parts.clear();
      pieces.clear();
      kept = undefined;
    },
  };
}
