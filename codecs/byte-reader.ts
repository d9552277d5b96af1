/** Reads exact amounts from pieces of any size, holding no more than one piece and what is asked for. */
export interface ByteReader {
  /** Bytes that were read or stepped over so far. */
  readonly position: number;
  /** The next `length` bytes; fewer only at the end of the input. */
  read(length: number): Promise<Uint8Array>;
  /** The next bytes that are there, at least one and at most `length`; none at the end of the input. */
  readSome(length: number): Promise<Uint8Array>;
  /** Fills memory of the caller and returns how many bytes: fewer than it has only at the end of the input. */
  fill(into: Uint8Array): Promise<number>;
  /** Steps over bytes without keeping them; false when the input ends before. */
  skip(length: number): Promise<boolean>;
  /** Gives up the rest of the input. */
  close(): Promise<void>;
}

export function createByteReader(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteReader {
  const iterator = iterate(source);
  let piece: Uint8Array = new Uint8Array(0);
  let position = 0;

  /** Fills `piece` when it is used up; false at the end of the input. */
  async function refill(): Promise<boolean> {
    while (piece.length === 0) {
      const next = await iterator.next();
      if (next.done) return false;
      piece = next.value;
    }
    return true;
  }

  function takeUpTo(length: number): Uint8Array {
    const taken = piece.subarray(0, length);
    piece = piece.subarray(taken.length);
    position += taken.length;
    return taken;
  }

  async function fill(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length && (await refill())) {
      const part = takeUpTo(into.length - filled);
      into.set(part, filled);
      filled += part.length;
    }
    return filled;
  }

  return {
    get position() {
      return position;
    },
    fill,
    async read(length) {
      if (length === 0 || !(await refill())) return new Uint8Array(0);
      if (piece.length >= length) return takeUpTo(length);
      const whole = new Uint8Array(length);
      return whole.subarray(0, await fill(whole));
    },
    async readSome(length) {
      return (await refill()) ? takeUpTo(length) : new Uint8Array(0);
    },
    async skip(length) {
      let left = length;
      while (left > 0 && (await refill())) left -= takeUpTo(left).length;
      return left === 0;
    },
    async close() {
      await iterator.return?.(undefined);
    },
  };
}

async function* iterate(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* source;
}
