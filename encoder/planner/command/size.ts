import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import {
  cutTree,
  encodeIndex,
  type IndexPart,
  type PartCut,
  packPart,
} from '../../../codecs/edition/index.js';
import { compress } from '../../../codecs/zstd/index.js';
import type { Selection } from '../../content/exclusion.js';
import { firstOf } from '../../content/first-files.js';
import { DEFAULT_LEVEL } from '../../content/level.js';
import { type SourceFile, walk } from '../../content/walk.js';
import type { OnProgress } from '../../progress.js';
import type { PlannedObject } from '../edition/prepare.js';

/** The edition to plan for. */
export interface EditionSize {
  /** The index, then the parts in the order in which they matter. */
  readonly objects: readonly PlannedObject[];
  /** `given`; `computed` as `datacast encode` does by default; `estimated` by compressing quickly, a little too high. */
  readonly source: 'given' | 'computed' | 'estimated';
  /** Name of the content. */
  readonly name: string;
}

/** How content is packed, where it is not as `datacast encode` does by default. */
export interface Packing extends Selection {
  /** What receivers call it. */
  readonly name?: string;
  /** Level of zstd, 1..22. */
  readonly level?: number;
  /** Patterns of the files that a reader opens first. */
  readonly first?: readonly string[] | undefined;
}

/** More content is estimated: at the level above 4 MB take a second. */
const MOST_COMPUTED = 8_000_000;
const QUICK_LEVEL = 3;
/** As many digits as a time in seconds has. */
const SEQUENCE = 2_000_000_000;

/**
 * The sizes of the index and the parts that a directory or a file becomes: cut, packed and compressed, and thrown away.
 *
 * @throws EncodeError, EditionError or an error of the operating system
 */
export async function measureEdition(
  path: string,
  crypto: Crypto,
  onProgress: OnProgress,
  { level = DEFAULT_LEVEL, first, ...walking }: Packing = {},
): Promise<EditionSize> {
  const content = await walk(path, walking);
  const isComputed = content.bytes <= MOST_COMPUTED;
  const options = { level: isComputed ? level : Math.min(level, QUICK_LEVEL) };
  let packed = 0;
  async function* archive(cut: PartCut<SourceFile>): AsyncGenerator<Uint8Array> {
    for await (const piece of packPart(cut, content.read)) {
      packed += piece.length;
      onProgress('Compressing', Math.min(packed, content.bytes), content.bytes);
      yield piece;
    }
  }
  const parts: IndexPart[] = [];
  for (const cut of cutTree(content.entries, { first: firstOf(first) })) {
    const hash = crypto.createSha256();
    let bytes = 0;
    for await (const frame of compress(archive(cut), options)) {
      bytes += frame.length;
      hash.update(frame);
    }
    const { label, unpacked, files, class: partClass } = cut;
    const sha256 = toHex(hash.digest());
    parts.push({ sha256, bytes, unpacked, files: files.length, label, class: partClass });
  }
  const index = await encodeIndex({ name: content.name, sequence: SEQUENCE, parts });
  return {
    objects: [
      { kind: 'index', bytes: index.length },
      ...parts.map(({ class: kind, bytes }): PlannedObject => ({ kind, bytes })),
    ],
    source: isComputed ? 'computed' : 'estimated',
    name: content.name,
  };
}
