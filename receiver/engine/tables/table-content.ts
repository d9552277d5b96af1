import type { FdtContentEncoding } from '../../../codecs/alc/index.js';
import { concatBytes } from '../../../codecs/bytes.js';
import { FdtError } from '../../../codecs/fdt/index.js';

/** Names of the content encodings of RFC 6726 section 3.4.3 in the Compression Streams standard. */
const FORMATS = { zlib: 'deflate', deflate: 'deflate-raw', gzip: 'gzip' } as const;

/**
 * The XML of a table that was sent compressed (EXT_CENC, RFC 6726 section 3.4.3).
 *
 * @throws FdtError when the data is damaged or unpacks to more than `maxSize` bytes
 */
export async function decodeTable(
  bytes: Uint8Array,
  encoding: FdtContentEncoding,
  maxSize: number,
): Promise<Uint8Array> {
  if (encoding === 'null') return bytes;
  const compressed = new Blob([bytes.slice()]).stream();
  const reader = compressed.pipeThrough(new DecompressionStream(FORMATS[encoding])).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      length += part.value.length;
      if (length > maxSize) break;
    }
  } catch {
    throw new FdtError(`The FDT cannot be decompressed: it is no sound ${encoding} data.`);
  }
  await reader.cancel().catch(() => {});
  if (length > maxSize) throw new FdtError(`The FDT unpacks to more than the ${maxSize} bytes allowed.`);
  return concatBytes(...parts);
}
