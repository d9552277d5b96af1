/** Content whose pieces may be kept: those of the engine are valid until the next is asked for. */
export async function* ownPieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of content) yield piece.slice();
}
