import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutTree, type PartCut, packPart, type TreeFile } from '../../codecs/edition/index.js';
import { readFully } from '../../codecs/node/open-file.js';
import { withTemporaryFile } from '../../codecs/node/temporary-file.js';
import { decompress } from '../../codecs/zstd/index.js';
import { type PackedPart, packParts } from './pack-parts.js';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'datacast-pack-'));
});
afterAll(() => rmSync(work, { recursive: true }));

const MIB = 2 ** 20;

interface TestFile extends TreeFile {
  open(): AsyncIterable<Uint8Array>;
}

const read = (file: TestFile) => file.open();

function fileOf(path: string, size: number): TestFile {
  async function* open() {
    for (let left = size; left > 0; left -= MIB) yield new Uint8Array(Math.min(left, MIB)).fill(path.length);
  }
  return { kind: 'file', path, size, open };
}

/** Archives around a chunk of 8 MiB: a header of 512 bytes before each file, two blocks behind the last. */
const FILES = [
  fileOf('a.html', 3),
  fileOf('chunk.mp4', 8 * MIB - 1536),
  fileOf('less.mp4', 8 * MIB - 2048),
  fileOf('more.mp4', 8 * MIB - 1024),
  fileOf('several.mp4', 17 * MIB),
  fileOf('empty/b.jpg', 0),
];

async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

describe.each([0, 2])('packParts with %i threads', (threads) => {
  it('compresses archives of any length one after the other, each whole', async () => {
    await withTemporaryFile(work, async (file) => {
      const cuts = cutTree(FILES);
      const packed: PackedPart[] = [];
      const opened: PartCut[] = [];
      let archived = 0;
      let position = 100;
      await packParts(cuts, {
        level: 1,
        read,
        threads,
        openTarget(cut) {
          opened.push(cut);
          return { file, position };
        },
        onPacked(part) {
          packed.push(part);
          position += part.length;
        },
        onArchived(bytes) {
          expect(bytes).toBeGreaterThan(archived);
          archived = bytes;
        },
      });
      expect(opened).toEqual(cuts);
      expect(packed.map(({ cut }) => cut)).toEqual(cuts);
      for (const [i, { position: at, length, sha256 }] of packed.entries()) {
        const object = new Uint8Array(length);
        readFully(file, object, at);
        expect(createHash('sha256').update(object).digest()).toEqual(Buffer.from(sha256));
        expect(await digestOf(decompress([object], { maxSize: 1e9 }))).toBe(
          await digestOf(packPart(cuts[i]!, read)),
        );
      }
    });
  });

  it('stops at a file that has changed, and when it is interrupted', async () => {
    await withTemporaryFile(work, async (file) => {
      const options = { level: 1, read, threads, onPacked() {}, onArchived() {} };
      const openTarget = () => ({ file, position: 0 });
      const changed = cutTree([FILES[0]!, { ...fileOf('b.html', 5), size: 6 }]);
      await expect(packParts(changed, { ...options, openTarget })).rejects.toThrow(/b\.html.*changed/);
      const interruption = new AbortController();
      const onArchived = () => interruption.abort(new Error('Enough.'));
      const stopped = packParts(cutTree(FILES), {
        ...options,
        openTarget,
        onArchived,
        interrupted: interruption.signal,
      });
      await expect(stopped).rejects.toThrow('Enough.');
    });
  });
});
