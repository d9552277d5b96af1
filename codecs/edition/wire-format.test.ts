import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8Decode } from '../bytes.js';
import { compress, decompress } from '../zstd/index.js';
import { cutTree, decodeIndex, type EditionIndex, encodeIndex, packPart, readPart } from './index.js';
import { collect, directory, file, read } from './testing.js';

const page = readFileSync(new URL('../../docs/edition-format.md', import.meta.url), 'utf8');
const vector = (name: string) =>
  fromHex(new RegExp(`^\`\`\`hex ${name}\n([^\`]*)`, 'm').exec(page)![1]!.replace(/\s/g, ''));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const unpack = (object: Uint8Array) => collect(decompress([object], { maxSize: 1e6 }));

const CONTENT: Record<string, string> = {
  'index.html': '<p>datacast</p>\n',
  '뉴스/오늘.html': '<p>비가 내립니다.</p>\n',
};
const EXPECTED: EditionIndex = {
  name: 'news',
  sequence: 12,
  nextKey: sha256(new Uint8Array(32).fill(7)),
  parts: [
    {
      sha256: sha256(vector('part-front')),
      bytes: vector('part-front').length,
      unpacked: 16,
      files: 1,
      label: 'index.html',
      class: 'front',
    },
    {
      sha256: sha256(vector('part-text')),
      bytes: vector('part-text').length,
      unpacked: 28,
      files: 1,
      label: '뉴스/',
      class: 'text',
    },
  ],
};

describe('docs/edition-format.md', () => {
  it('has parts', async () => {
    const cuts = cutTree([
      ...Object.entries(CONTENT).map(([path, content]) => file(path, content)),
      directory('뉴스/그림'),
    ]);
    expect(cuts.map(({ class: partClass }) => partClass)).toEqual(['front', 'text']);
    const found: Record<string, string> = {};
    for (const [i, name] of ['part-front', 'part-text'].entries()) {
      const archive = await collect(packPart(cuts[i]!, read));
      expect(archive.length).toBe([2048, 2560][i]);
      expect(await unpack(vector(name))).toEqual(archive);
      expect(toHex(await collect(compress([archive], { level: 19 })))).toBe(toHex(vector(name)));
      for await (const item of readPart([archive], { maxSize: 1000, maxEntries: 10 })) {
        found[item.path] = item.kind === 'file' ? utf8Decode(await collect(item.content)) : item.kind;
      }
    }
    expect(found).toEqual({ ...CONTENT, '뉴스/그림': 'directory' });
  });

  it('has an index', async () => {
    expect(await decodeIndex(vector('index'), { maxBytes: 10_000, maxParts: 10 })).toEqual(EXPECTED);
    expect(toHex(await encodeIndex(EXPECTED))).toBe(toHex(vector('index')));
    const text = /^```json index\n([^`]*)```$/m.exec(page)![1];
    expect(utf8Decode(await unpack(vector('index')))).toBe(text);
  });
});
