import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, utf8Encode } from '../bytes.js';
import { compress } from '../zstd/index.js';
import {
  decodeIndex,
  EditionError,
  type EditionIndex,
  encodeIndex,
  type IndexPart,
  PART_CLASSES,
  requireEdition,
} from './index.js';
import { collect } from './testing.js';

const LIMITS = { maxBytes: 1_000_000, maxParts: 1000 };
const digest = (i: number) => i.toString(16).padStart(64, '0');
const PART: IndexPart = {
  sha256: digest(1),
  bytes: 1000,
  unpacked: 5000,
  files: 3,
  label: '뉴스/',
  class: 'text',
};
const INDEX: EditionIndex = { name: 'news', sequence: 7, parts: [PART] };

const packed = (content: Uint8Array | string) =>
  collect(compress([typeof content === 'string' ? utf8Encode(content) : content], { level: 3 }));
const json = (change: object) =>
  JSON.stringify({ format: 'datacast edition', version: 1, ...INDEX, ...change });
const withPart = (change: object) => json({ parts: [{ ...PART, ...change }] });

async function refused(object: Uint8Array, why: string, limits = LIMITS): Promise<void> {
  await expect(decodeIndex(object, limits)).rejects.toThrow(EditionError);
  await expect(decodeIndex(object, limits)).rejects.toThrow(why);
}

describe('an index', () => {
  it('comes back as it was sent', async () => {
    const size = fc.nat({ max: 2 ** 40 });
    const part = fc.record({
      sha256: fc.integer({ min: 0, max: 2 ** 48 }).map(digest),
      bytes: size.map((value) => value + 1),
      unpacked: size,
      files: fc.nat(),
      label: fc.constantFrom('/', 'a/', '영상/강의 1.mp4', '"quoted"', '😀'),
      class: fc.constantFrom(...PART_CLASSES),
    });
    const index = fc.record({
      name: fc.constantFrom('news', '소식', 'a b'),
      sequence: fc.maxSafeNat(),
      parts: fc.uniqueArray(part, { selector: ({ sha256 }) => sha256, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(index, fc.option(fc.nat().map(digest), { nil: undefined }), async (plain, nextKey) => {
        const sent = nextKey === undefined ? plain : { ...plain, nextKey };
        expect(await decodeIndex(await encodeIndex(sent), LIMITS)).toEqual(sent);
      }),
      { numRuns: 40 },
    );
  });

  it('takes about fifty bytes a part', async () => {
    const random = Array.from({ length: 500 }, (_, i) => {
      const sha256 = Array.from({ length: 8 }, (_, j) =>
        (Math.imul(i * 8 + j + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
      );
      return {
        ...PART,
        sha256: sha256.join(''),
        bytes: 1_000_000 + i * 3331,
        unpacked: 1_000_900 + i * 3331,
      };
    });
    expect((await encodeIndex({ ...INDEX, parts: random })).length).toBeLessThan(500 * 55);
  });

  it('reads what later versions add, and what it does not know of a class', async () => {
    const object = await packed(json({ later: { a: 1 }, parts: [{ ...PART, class: 'song', more: [] }] }));
    expect(await decodeIndex(object, LIMITS)).toEqual({ ...INDEX, parts: [{ ...PART, class: 'other' }] });
  });

  it('is compared with what its signature says', () => {
    expect(() => requireEdition(INDEX, { name: 'news', sequence: 7 })).not.toThrow();
    expect(() => requireEdition(INDEX, { name: 'news', sequence: 8 })).toThrow(EditionError);
    expect(() => requireEdition(INDEX, { name: 'News', sequence: 7 })).toThrow('"News"');
  });

  it.each<[string, object]>([
    ['a digest twice', { parts: [PART, PART] }],
    ['a name of two lines', { name: 'a\nb' }],
    ['no name', { name: '' }],
    ['half a sequence number', { sequence: 1.5 }],
    ['a key that is no digest', { nextKey: 'ff' }],
    ['a part without bytes', { parts: [{ ...PART, bytes: 0 }] }],
    ['a digest in capitals', { parts: [{ ...PART, sha256: 'A'.repeat(64) }] }],
    ['a label that drives a terminal', { parts: [{ ...PART, label: '\x1b[31m' }] }],
  ])('with %s is not sent', async (_, change) => {
    await expect(encodeIndex({ ...INDEX, ...change })).rejects.toThrow(EditionError);
  });
});

describe('a hostile index', () => {
  it.each<[string, string, string]>([
    ['lists a digest twice', json({ parts: [PART, PART] }), 'twice'],
    ['has another version', json({ version: 2 }), 'version 2'],
    ['has a version that is a nest', json({ version: [[[]]] }), 'no version'],
    ['has another format', json({ format: 'x' }), 'datacast edition'],
    ['is an array', '[]', 'no JSON object'],
    ['is nothing', 'null', 'no JSON object'],
    ['is cut off', json({}).slice(0, -1), 'no JSON'],
    ['is nested deeply', '['.repeat(400_000), 'no JSON'],
    ['has no parts', json({ parts: {} }), 'no parts'],
    ['has a part that is text', json({ parts: ['x'] }), 'no JSON object'],
    ['has a negative size', withPart({ bytes: -1 }), 'no size'],
    ['has a size beyond all numbers', withPart({ bytes: 1e300 }), 'no size'],
    ['has a size that is text', withPart({ unpacked: '5' }), 'no unpacked size'],
    ['has half a file', withPart({ files: 0.5 }), 'no number of files'],
    ['has a label of a megabyte', withPart({ label: 'x'.repeat(900_000) }), 'no label'],
    ['has no label', withPart({ label: '' }), 'no label'],
    ['has no class', withPart({ class: 7 }), 'no class'],
    [
      'has sizes whose sum is no number',
      json({ parts: [1, 2].map((i) => ({ ...PART, sha256: digest(i), unpacked: 2 ** 53 - 1 })) }),
      'unpacked in all',
    ],
  ])('that %s is refused', async (_, text, why) => {
    await refused(await packed(text), why);
  });

  it('of a million parts is refused, and one of more than is allowed', async () => {
    const line = JSON.stringify(PART);
    const million = await packed(json({ parts: [] }).replace('[]', `[${`${line},`.repeat(1e6)}${line}]`));
    expect(million.length).toBeLessThan(LIMITS.maxBytes);
    await refused(million, 'allowed');
    const many = await packed(
      json({ parts: Array.from({ length: 1001 }, (_, i) => ({ ...PART, sha256: digest(i) })) }),
    );
    await refused(many, '1001 parts; 1000 are allowed');
  });

  it('that is a decompression bomb is refused before it is unpacked', async () => {
    const bomb = await packed(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(10_000);
    await refused(bomb, 'allowed');
    await refused(new Uint8Array(LIMITS.maxBytes + 1), 'allowed');
  });

  it('that is no UTF-8 is refused', async () => {
    const bytes = utf8Encode(json({ name: 'abcd' }));
    bytes[json({ name: 'abcd' }).indexOf('abcd')] = 0xff;
    await refused(await packed(bytes), 'no JSON');
  });

  it('throws nothing but EditionError on random and mutated bytes', async () => {
    const sound = await encodeIndex(INDEX);
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.uint8Array({ maxLength: 300 }),
        fc.json(),
        async (edits, random, anyJson) => {
          const mutated = sound.slice();
          for (const [at, value] of edits) mutated[at % mutated.length] = value;
          const objects = [
            mutated,
            random,
            sound.subarray(0, edits[0]![0] % sound.length),
            concatBytes(sound, random),
          ];
          for (const object of [...objects, await packed(anyJson)]) {
            await decodeIndex(object, LIMITS).catch((error) => expect(error).toBeInstanceOf(EditionError));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
