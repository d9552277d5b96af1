import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { testBundle } from '../testing.js';
import { writeFiles } from './write-files.js';

const FILES = { 'en/index.html': utf8Encode('<p>news</p>'), 'index.html': utf8Encode('<p>소식</p>') };

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-write-files-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
});

const contentOf = (...pieces: Uint8Array[]) => ({
  async *read() {
    yield* pieces;
  },
  release: async () => {},
});

it('writes all files, also where an empty directory is', async () => {
  const content = contentOf(await testBundle(crypto, FILES));
  mkdirSync(join(work, 'empty'));
  for (const name of ['new', 'empty']) {
    expect(await writeFiles(content, join(work, name))).toEqual({ files: 2, directories: 1, bytes: 24 });
    for (const [path, bytes] of Object.entries(FILES)) {
      expect(new Uint8Array(readFileSync(join(work, name, path)))).toEqual(bytes);
    }
  }
  expect(readdirSync(work)).toEqual(['empty', 'new']);
});

it('writes nothing where something is', async () => {
  const content = contentOf(await testBundle(crypto, FILES));
  writeFileSync(join(work, 'mine.txt'), 'mine');
  await expect(writeFiles(content, work)).rejects.toThrow(`${work} is not empty (it holds mine.txt)`);
  await expect(writeFiles(content, join(work, 'mine.txt'))).rejects.toThrow('ENOTDIR');
  await expect(writeFiles(content, join(work, 'no', 'where'))).rejects.toThrow('ENOENT');
  expect(readdirSync(work)).toEqual(['mine.txt']);
});

it('leaves nothing behind when the content is no bundle, too large, or cannot be read', async () => {
  const object = await testBundle(crypto, FILES);
  const directory = join(work, 'news');
  await expect(writeFiles(contentOf(utf8Encode('no bundle')), directory)).rejects.toThrow('not zstd');
  await expect(writeFiles(contentOf(object.subarray(0, -9)), directory)).rejects.toThrow('cut off');
  await expect(writeFiles(contentOf(object), directory, { maxBytes: 10 })).rejects.toThrow('10 are allowed');
  expect(readdirSync(work)).toEqual([]);
});
