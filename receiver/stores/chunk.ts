/** Datagrams of one group and flow that are written to a database, and read again, as one. */
export interface Chunk {
  /** Counts the chunks of an object. */
  readonly number: number;
  readonly group: number;
  readonly flow: string | undefined;
  /** Where each datagram ends in `bytes`. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array;
}

/** A chunk that is being filled. */
export interface OpenChunk extends Chunk {
  readonly ends: number[];
  bytes: Uint8Array;
}

const FIRST_BYTES = 1 << 12;
/** A longer datagram has a chunk of its own. Browsers take several times as long for chunks of 64 KiB. */
const MAX_BYTES = 1 << 18;
const MAX_DATAGRAMS = 2 ** 12;
/** Chunks that are read at a time. */
const READ_BATCH = 16;

/** Memory of chunks that are filled no more, for those to come: fresh memory takes longer than what is put in it. */
export interface ChunkMemory {
  take(): Uint8Array;
  give(memory: Uint8Array): void;
}

/** Memories that are held: as many as may wait to be written. */
const MAX_SPARE = 64;

export function createChunkMemory(): ChunkMemory {
  const spare: Uint8Array[] = [];
  return {
    take: () => spare.pop() ?? new Uint8Array(FIRST_BYTES),
    give(memory) {
      if (memory.length === MAX_BYTES && spare.length < MAX_SPARE) spare.push(memory);
    },
  };
}

export function openChunk(
  number: number,
  group: number,
  flow: string | undefined,
  bytes: Uint8Array,
): OpenChunk {
  return { number, group, flow, ends: [], bytes };
}

/** Adds a copy of a datagram; false when the chunk is full. */
export function addToChunk(chunk: OpenChunk, datagram: Uint8Array): boolean {
  const start = chunk.ends.at(-1) ?? 0;
  const end = start + datagram.length;
  if (start > 0 && (end > MAX_BYTES || chunk.ends.length === MAX_DATAGRAMS)) return false;
  if (end > chunk.bytes.length) {
    const larger = new Uint8Array(Math.max(end, Math.min(2 * chunk.bytes.length, MAX_BYTES)));
    larger.set(chunk.bytes.subarray(0, start));
    chunk.bytes = larger;
  }
  chunk.bytes.set(datagram, start);
  chunk.ends.push(end);
  return true;
}

export function datagramOf(chunk: Chunk, index: number): Uint8Array {
  return chunk.bytes.subarray(index === 0 ? 0 : chunk.ends[index - 1]!, chunk.ends[index]!);
}

/** What the last datagram of a chunk, or the one at `index`, is read by. */
export function chunkReference({ number, ends }: Chunk, index = ends.length - 1): number {
  return number * MAX_DATAGRAMS + index;
}

/** Number of the chunk, and index in it, that a reference means. */
export function placeOf(reference: number): { readonly number: number; readonly index: number } {
  return { number: Math.floor(reference / MAX_DATAGRAMS), index: reference % MAX_DATAGRAMS };
}

/** Numbers of the chunks that hold what `references` name from the one at `first` on, so many as are read at a time. */
export function nextNumbers(references: readonly number[], first: number): number[] {
  const numbers = new Set<number>();
  for (let i = first; i < references.length; i++) {
    const { number } = placeOf(references[i]!);
    if (numbers.size === READ_BATCH && !numbers.has(number)) break;
    numbers.add(number);
  }
  return [...numbers];
}

/** A copy that is filled no more. */
export function closedChunk({ number, group, flow, ends, bytes }: OpenChunk): Chunk {
  return { number, group, flow, ends: [...ends], bytes: bytes.slice(0, ends.at(-1)) };
}
