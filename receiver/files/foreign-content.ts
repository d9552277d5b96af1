import { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { decompress } from '../../codecs/zstd/index.js';
import { ReceiveError } from '../error.js';

/**
 * The file in an object of another sender: its content encoding undone where it is known (RFC 9110 section 8.4.1),
 * otherwise as it is.
 *
 * @param maxSize bytes that it may have
 * @throws ReceiveError or ZstdError when it is damaged or larger
 */
export async function* decodeContent(
  object: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  maxSize: number,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of decoded(object, encoding?.toLowerCase(), maxSize)) {
    length += chunk.length;
    if (length > maxSize) throw new ReceiveError('It is larger than --max-size allows.');
    yield chunk;
  }
}

function decoded(
  object: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  maxSize: number,
): AsyncIterable<Uint8Array> {
  if (encoding === 'zstd') return decompress(object, { maxSize });
  if (encoding === 'gzip' || encoding === 'x-gzip') return inflated(object, createGunzip());
  if (encoding === 'deflate') return inflated(object, createInflate());
  return object;
}

async function* inflated(
  object: AsyncIterable<Uint8Array>,
  inflate: ReturnType<typeof createGunzip>,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(object);
  source.on('error', (error) => inflate.destroy(error));
  try {
    for await (const chunk of source.pipe(inflate)) yield chunk as Uint8Array;
  } catch (error) {
    const isDamage = /^Z_/.test(String((error as { code?: unknown }).code));
    throw isDamage ? new ReceiveError('Its content encoding is damaged.') : error;
  } finally {
    source.destroy();
  }
}
