import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHex, utf8Encode } from '../../../../codecs/bytes.js';
import { EditionError, type IndexPart } from '../../../../codecs/edition/index.js';
import { nodeCrypto as crypto } from '../../../../codecs/node/crypto.js';
import { CHUNK_BYTES, createFrameMemory } from '../../../../codecs/zstd/index.js';
import { createPrng } from '../../../../fixtures/prng.js';
import { type TestFiles, testPart } from '../../../testing.js';
import { type Kept, openKept } from '../../keep/index.js';
import { keepPart, openParts } from './parts.js';

const memory = createFrameMemory();
const noise = createPrng(7).bytes(20_000);
const FILES: TestFiles = {
  'a.html': utf8Encode('word '.repeat(4000)),
  'empty.txt': new Uint8Array(0),
  'film.webm': noise,
};

let names = 0;
const open = () => openKept({ name: `parts ${names++}`, isLasting: false });

async function partOf(files: TestFiles): Promise<{ part: IndexPart; sent: Uint8Array }> {
  const sent = await testPart(files);
  const lengths = Object.values(files).map(({ length }) => length);
  const unpacked = lengths.reduce((sum, length) => sum + length, 0);
  const about = { label: '/', class: 'text', unpacked, files: lengths.length } as const;
  return { part: { ...about, sha256: toHex(crypto.sha256(sent)), bytes: sent.length }, sent };
}

function put(kept: Kept, part: IndexPart, sent: Uint8Array): Promise<void> {
  async function* read() {
    for (let at = 0; at < sent.length; at += 10_000) {
      const lent = sent.slice(at, at + 10_000);
      yield lent;
      lent.fill(0);
    }
  }
  return keepPart(kept, part, read, memory);
}

async function filesOf(parts: ReturnType<typeof openParts>, part: IndexPart): Promise<TestFiles> {
  const files: Record<string, Uint8Array> = {};
  for (const { path } of parts.files(part.sha256) ?? []) {
    files[path] = new Uint8Array(await (await parts.file(part, path))!.arrayBuffer());
  }
  return files;
}

const never = () => expect.unreachable();

it('gives back the files of a part, whether they are compressed or not', async () => {
  const random = fc.dictionary(fc.stringMatching(/^[a-c]{1,4}$/), fc.uint8Array({ maxLength: 300 }), {
    minKeys: 1,
    noNullPrototype: true,
  });
  const trees = fc.oneof(fc.constant(FILES), random);
  await fc.assert(
    fc.asyncProperty(trees, async (files) => {
      const kept = await open();
      const { part, sent } = await partOf(files);
      await put(kept, part, sent);
      const parts = openParts(kept, crypto, never);
      expect(await filesOf(parts, part)).toEqual(files);
      expect(await parts.file(part, 'not there')).toBeUndefined();
      for (const [path, content] of Object.entries(files)) {
        const head = (await parts.file(part, path, 7))!;
        expect(new Uint8Array(await head.arrayBuffer())).toEqual(content.slice(0, 7));
      }
      const blob = (await kept.sent(part.sha256))!;
      expect(new Uint8Array(await blob.arrayBuffer())).toEqual(sent);
    }),
    { numRuns: 20 },
  );
});

it('unpacks a part once, and of a film no more than its ends: the rest is read where it lies', async () => {
  const kept = await open();
  // three frames
  const film = createPrng(8).bytes(2.1 * CHUNK_BYTES);
  const { part, sent } = await partOf({ 'film.webm': film });
  await put(kept, part, sent);
  let opened = 0;
  let aside = 0;
  const watched: Kept = {
    ...kept,
    sent(sha256) {
      opened++;
      return kept.sent(sha256);
    },
    openAside() {
      const own = kept.openAside();
      return {
        ...own,
        put(bytes) {
          aside++;
          return own.put(bytes);
        },
      };
    },
  };
  const parts = openParts(watched, crypto, never);
  const [file] = await Promise.all([1, 2, 3].map(() => parts.file(part, 'film.webm')));
  expect(opened).toBe(1);
  expect(aside).toBeLessThan(3);
  for (const at of [0, CHUNK_BYTES - 1000, 1.5 * CHUNK_BYTES, film.length - 5]) {
    const piece = await file!.slice(at, at + 10).arrayBuffer();
    expect(new Uint8Array(piece)).toEqual(film.slice(at, at + 10));
  }
});

it('keeps nothing of a part that is not what its index says', async () => {
  const kept = await open();
  const { part, sent } = await partOf(FILES);
  await expect(put(kept, { ...part, files: 2 }, sent)).rejects.toThrow(EditionError);
  await expect(put(kept, { ...part, unpacked: 5 }, sent)).rejects.toThrow(EditionError);
  expect(kept.has(part.sha256)).toBe(false);
});

it.each([
  ['a letter of a text', { ...FILES, 'a.html': utf8Encode('Word '.repeat(4000)) }],
  ['a byte of a film', { ...FILES, 'film.webm': noise.with(5, noise[5]! ^ 1) }],
  ['all of it', { 'a.html': utf8Encode('something else') }],
])('gives nothing of a part in which somebody has changed %s, and forgets it', async (_, files) => {
  const kept = await open();
  const { part, sent } = await partOf(FILES);
  await put(kept, part, sent);
  const other = await testPart(files);
  const altered: IndexPart[] = [];
  const changed = { ...kept, sent: async () => new Blob([other as Uint8Array<ArrayBuffer>]) };
  const parts = openParts(changed, crypto, (each) => altered.push(each));
  expect(await parts.file(part, 'a.html')).toBeUndefined();
  expect(altered).toEqual([part]);
  expect(kept.has(part.sha256)).toBe(false);
  // it can arrive anew
  await put(kept, part, sent);
  expect(await filesOf(openParts(kept, crypto, never), part)).toEqual(FILES);
});
