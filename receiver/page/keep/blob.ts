/** Read at a time: each time costs a browser a millisecond or two, however little it is. */
const CHUNK_BYTES = 1 << 21;
/** A stream gives what is there, which may be little: it is asked for so much. */
const MIN_BYTES = 1 << 20;
/** Memories that wait for the next Blob: two are in use at a time, and one Blob may be read while another is. */
const MAX_SPARE = 4;

const spare: ArrayBuffer[] = [];

function give(memory: ArrayBuffer): void {
  if (memory.byteLength === CHUNK_BYTES && spare.length < MAX_SPARE) spare.push(memory);
}

/**
 * The bytes of a Blob, piece by piece, each valid until the next is asked for; the next piece is read while one is used. All are read
 * into the same memory: a browser takes longer to give fresh memory than to fill it, and frees it late.
 *
 * @throws DOMException when the file has changed or is gone
 */
export async function* bytesOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = openReader(blob);
  if (reader === undefined) return yield* slicesOf(blob);
  let left = blob.size;
  try {
    let next = read(reader);
    for (let isLast = false; !isLast; ) {
      const { done, value } = await next;
      isLast = done;
      if (!isLast) next = read(reader);
      if (value === undefined) continue;
      left -= value.length;
      // the last one may be empty
      if (value.length > 0) yield value;
      give(value.buffer);
    }
  } catch (error) {
    throw error instanceof DOMException ? error : changed();
  } finally {
    await reader.cancel().catch(() => {});
  }
  // one that is still recorded may have more
  if (left > 0) throw changed();
}

function read(reader: ReadableStreamBYOBReader) {
  const memory = spare.pop() ?? new ArrayBuffer(CHUNK_BYTES);
  const reading = reader.read(new Uint8Array(memory), { min: MIN_BYTES });
  // told to whoever waits for it
  reading.catch(() => {});
  return reading;
}

const changed = () => new DOMException('The file has changed.', 'NotReadableError');

/** Undefined where Blobs have no streams of bytes, as in browsers before 2022. */
function openReader(blob: Blob): ReadableStreamBYOBReader | undefined {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

async function* slicesOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const read = async (at: number) => new Uint8Array(await blob.slice(at, at + CHUNK_BYTES).arrayBuffer());
  let next = read(0);
  for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
    const piece = await next;
    if (at + CHUNK_BYTES < blob.size) {
      next = read(at + CHUNK_BYTES);
      next.catch(() => {});
    }
    yield piece;
  }
}
