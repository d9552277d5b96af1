/** Read at a time: each time costs a browser a millisecond or two, however little it is. */
const CHUNK_BYTES = 1 << 21;

/**
 * The bytes of a Blob, piece by piece; the next piece is read while one is used.
 *
 * @throws DOMException when the file has changed or is gone
 */
export async function* bytesOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const read = async (at: number) => new Uint8Array(await blob.slice(at, at + CHUNK_BYTES).arrayBuffer());
  let next = read(0);
  for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
    const piece = await next;
    if (at + CHUNK_BYTES < blob.size) {
      next = read(at + CHUNK_BYTES);
      // told to whoever waits for it
      next.catch(() => {});
    }
    yield piece;
  }
}
