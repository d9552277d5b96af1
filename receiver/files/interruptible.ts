/** Content whose reading ends with the reason of a signal. */
export async function* interruptible(
  chunks: AsyncIterable<Uint8Array>,
  interrupted: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    interrupted.throwIfAborted();
    yield chunk;
  }
}
