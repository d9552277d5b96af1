import { packBundle } from '../../../codecs/bundle/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { compress } from '../../../codecs/zstd/index.js';
import { walk } from '../../content/walk.js';
import type { OnProgress } from '../../progress.js';

/** The transfer object to plan for. */
export interface ObjectSize {
  /** Bytes of the object, as it is sent. */
  readonly bytes: number;
  /** `given`; `computed` as `datacast encode` does by default; `estimated` by compressing quickly, a little too high. */
  readonly source: 'given' | 'computed' | 'estimated';
  /** Name of the content. */
  readonly name: string;
}

/** Level of zstd that `datacast encode` takes by default. */
const LEVEL = 19;
/** More content is estimated: at the level above 4 MB take a second. */
const MOST_COMPUTED = 8_000_000;
const QUICK_LEVEL = 3;

/**
 * The size of the object that a directory or a file becomes: packed and compressed, and thrown away.
 *
 * @throws EncodeError, BundleError or an error of the operating system
 */
export async function measureObject(
  path: string,
  crypto: Crypto,
  onProgress: OnProgress,
): Promise<ObjectSize> {
  const content = await walk(path);
  const isComputed = content.bytes <= MOST_COMPUTED;
  const options = { level: isComputed ? LEVEL : QUICK_LEVEL };
  let packed = 0;
  async function* archive(): AsyncGenerator<Uint8Array> {
    for await (const piece of packBundle(content.entries, { crypto })) {
      packed += piece.length;
      onProgress('Compressing', Math.min(packed, content.bytes), content.bytes);
      yield piece;
    }
  }
  let bytes = 0;
  for await (const frame of compress(archive(), options)) bytes += frame.length;
  return { bytes, source: isComputed ? 'computed' : 'estimated', name: content.name };
}
