import { type OpenFile, readAt } from '../../../codecs/node/open-file.js';

/** No UDP datagram is longer; a reference is position times this, plus length. */
const LENGTHS = 2 ** 16;
/** Read at a time, at most; more than the longest datagram. */
const RUN_BYTES = 1 << 18;
/** To read so much that nobody asked for takes no longer than to read once more. */
const GAP_BYTES = 1 << 14;

/** What a datagram in a file is read by; positions go up to 2^37. */
export function referenceTo(position: number, length: number): number {
  return position * LENGTHS + length;
}

const positionOf = (reference: number) => Math.floor(reference / LENGTHS);
const endOf = (reference: number) => positionOf(reference) + (reference % LENGTHS);

/** Memory that one reading after the other uses. */
export interface ReadMemory {
  bytes: Uint8Array;
}

export function createReadMemory(): ReadMemory {
  return { bytes: new Uint8Array(0) };
}

/**
 * Reads datagrams, those that stand close together at once.
 *
 * @param visit gets a view that is valid during the call only
 */
export function readDatagrams(
  file: OpenFile,
  references: ArrayLike<number>,
  visit: (datagram: Uint8Array, index: number) => void,
  memory: ReadMemory = createReadMemory(),
): void {
  const read = (into: Uint8Array, position: number) => readAt(file, into, position);
  readDatagramsWith({ path: file.path, read }, references, visit, memory);
}

/** What datagrams are read from; `read` fills a buffer as `readAt` does. */
export interface DatagramSource {
  readonly path: string;
  read(into: Uint8Array, position: number): number;
}

/** The same for what is not only in a file. */
export function readDatagramsWith(
  { path, read }: DatagramSource,
  references: ArrayLike<number>,
  visit: (datagram: Uint8Array, index: number) => void,
  memory: ReadMemory,
): void {
  for (let first = 0; first < references.length; ) {
    const last = endOfRun(references, first);
    const start = positionOf(references[first]!);
    const length = endOf(references[last - 1]!) - start;
    if (memory.bytes.length < length) {
      memory.bytes = new Uint8Array(last < references.length ? RUN_BYTES : length);
    }
    const buffer = memory.bytes;
    if (read(buffer.subarray(0, length), start) < length) {
      throw new RangeError(`${path}: the store ends before byte ${start + length}.`);
    }
    for (let index = first; index < last; index++) {
      const reference = references[index]!;
      visit(buffer.subarray(positionOf(reference) - start, endOf(reference) - start), index);
    }
    first = last;
  }
}

/** Where the datagrams that are read together with the one at `first` end. */
function endOfRun(references: ArrayLike<number>, first: number): number {
  const start = positionOf(references[first]!);
  let end = endOf(references[first]!);
  let next = first + 1;
  for (; next < references.length; next++) {
    const reference = references[next]!;
    const gap = positionOf(reference) - end;
    if (gap < 0 || gap > GAP_BYTES || endOf(reference) - start > RUN_BYTES) break;
    end = endOf(reference);
  }
  return next;
}
