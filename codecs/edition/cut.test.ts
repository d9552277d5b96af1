import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrng, type Prng } from '../../fixtures/prng.js';
import { cutTree, EditionError, PART_CLASSES, type PartCut, packPart, type TreeEntry } from './index.js';
import { comparePaths, printable } from './path.js';
import { collect, directory, file, read, sized, type TestFile } from './testing.js';

/** A file of a tree that is edited: its content is known by a number. */
interface Versioned {
  readonly path: string;
  readonly size: number;
  readonly version: number;
}

const FOLDERS = ['', '뉴스/', 'news/2026/', 'news/2026/11/', 'a/', 'z/deep/er/'];
const EXTENSIONS = ['html', 'html', 'html', 'txt', 'jpg', 'png', 'mp3', 'mp4', 'zip'];

function randomFile(random: Prng): Versioned {
  const folder = FOLDERS[random.below(FOLDERS.length)]!;
  const extension = EXTENSIONS[random.below(EXTENSIONS.length)]!;
  const size = Math.floor(random.chance(0.02) ? 3e6 * random.uniform() : random.exponential(40_000));
  return { path: `${folder}${random.below(1e9)}.${extension}`, size, version: 0 };
}

function randomTree(random: Prng): Map<string, Versioned> {
  const files = Array.from({ length: 1 + random.below(600) }, () => randomFile(random));
  return new Map(files.map((each) => [each.path, each]));
}

const KINDS = ['edit', 'grow', 'shrink', 'add', 'remove', 'rename'] as const;

/** The tree after one edit. */
function edited(tree: ReadonlyMap<string, Versioned>, kind: (typeof KINDS)[number], random: Prng) {
  const after = new Map(tree);
  const old = [...tree.values()][random.below(tree.size)]!;
  const put = (each: Versioned) => after.set(each.path, each);
  const change = Math.ceil(random.exponential(2000));
  if (kind === 'edit') put({ ...old, version: 1 });
  if (kind === 'grow') put({ ...old, version: 1, size: old.size + change });
  if (kind === 'shrink') put({ ...old, version: 1, size: Math.max(0, old.size - change) });
  if (kind === 'remove' || kind === 'rename') after.delete(old.path);
  if (kind === 'rename') put({ ...old, path: `${old.path.slice(0, -4)}-neu${old.path.slice(-4)}` });
  if (kind === 'add') put(randomFile(random));
  return after;
}

/** The parts as text that is the same when their archives are. */
function partsOf(tree: ReadonlyMap<string, Versioned>): string[] {
  return cutTree([...tree.values()].map(({ path, size }) => sized(path, size))).map(({ files }) =>
    files.map(({ path, size }) => `${path} ${size} ${tree.get(path)!.version}`).join('\n'),
  );
}

function changed(before: readonly string[], after: readonly string[]): number {
  const known = new Set(before);
  return after.filter((part) => !known.has(part)).length;
}

/** How many parts each of some edits changed. */
function spread(kind: (typeof KINDS)[number], runs: number): number[] {
  return Array.from({ length: runs }, (_, seed) => {
    const random = createPrng(seed);
    const tree = randomTree(random);
    return changed(partsOf(tree), partsOf(edited(tree, kind, random)));
  });
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const paths = (cuts: readonly PartCut<TestFile>[]) => cuts.map(({ files }) => files.map(({ path }) => path));
const digestOf = async (cut: PartCut<TestFile>) =>
  createHash('sha256')
    .update(await collect(packPart(cut, read)))
    .digest('hex');

describe('what an edit changes', () => {
  it('is the part that a file is in and no other, when it keeps its size', () => {
    expect(new Set(spread('edit', 60))).toEqual(new Set([1]));
  });

  it.each([
    ['grow', 1.1],
    ['shrink', 1.1],
    ['add', 1.6],
    ['remove', 1.4],
    ['rename', 1.9],
  ] as const)('is that part and at times a neighbour: %s', (kind, most) => {
    const counts = spread(kind, 60);
    expect(mean(counts)).toBeLessThan(most);
    expect(Math.max(...counts)).toBeLessThanOrEqual(6);
  });

  it('shows in the digests of the archives', async () => {
    const tree = Array.from({ length: 120 }, (_, i) => file(`뉴스/${i}.jpg`, new Uint8Array(12_000).fill(i)));
    const before = await Promise.all(cutTree(tree).map(digestOf));
    expect(before.length).toBeGreaterThan(5);
    for (const i of [0, 40, 119]) {
      const edited = tree.with(i, file(`뉴스/${i}.jpg`, new Uint8Array(12_000).fill(200)));
      const after = await Promise.all(cutTree(edited).map(digestOf));
      expect(changed(before, after)).toBe(1);
      expect(after.filter((digest) => before.includes(digest))).toHaveLength(before.length - 1);
    }
  });
});

describe('cutting a tree', () => {
  it('covers every file once, in an order that the order of entries does not change', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = createPrng(seed);
        const entries = [...randomTree(random).values()].map(({ path, size }) => sized(path, size));
        const cuts = cutTree(entries);
        const mixed = entries
          .map((entry) => ({ entry, at: random.uniform() }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => ({ ...entry, path: entry.path.normalize('NFD') }));
        expect(paths(cutTree(mixed))).toEqual(paths(cuts));
        const all = paths(cuts).flat();
        expect([...all].sort()).toEqual(entries.map(({ path }) => path).sort());
        for (const cut of paths(cuts)) expect(cut).toEqual([...cut].sort(comparePaths));
        const order = cuts.map((cut) => PART_CLASSES.indexOf(cut.class));
        expect(order).toEqual([...order].sort());
        for (const cut of cuts) {
          expect(cut.unpacked).toBe(cut.files.reduce((sum, { size }) => sum + size, 0));
          if (cut.files.length > 1)
            expect(Math.max(...cut.files.map(({ size }) => size))).toBeLessThan(2 ** 20);
        }
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('gives the front, text, pictures, sound, film and the rest, each with a label for people', () => {
    const cuts = cutTree([
      ...[sized('영상/강의.mp4', 5e6), sized('영상/다른-강의.mp4', 5e6), sized('노래.mp3', 3e6)],
      ...[sized('ko/a/1.html', 9), sized('ko/a/2.html', 9), sized('ko/b/3.html', 9), sized('ko/b/3.jpg', 9)],
      ...[sized('index.html', 9), sized('style.css', 9), sized('README', 9), sized('app.apk', 9)],
    ]);
    expect(cuts.map(({ class: partClass, label, files }) => [partClass, label, files.length])).toEqual([
      ['front', '/', 3],
      ['text', 'ko/', 3],
      ['picture', 'ko/b/3.jpg', 1],
      ['sound', '노래.mp3', 1],
      ['film', '영상/강의.mp4', 1],
      ['film', '영상/다른-강의.mp4', 1],
      ['other', 'app.apk', 1],
    ]);
  });

  it('takes small files of the root for the front up to a size, pages before pictures, or what the operator names', () => {
    const tree = Array.from({ length: 30 }, (_, i) => sized(`${i}.html`, 20_000));
    const entries = [...tree, sized('z.css', 30_000), sized('a.png', 1000), sized('sub/index.html', 5)];
    const [front, text] = cutTree([...entries, sized('index.html', 20_000)]);
    const names = front!.files.map(({ path }) => path);
    expect(names).toContain('index.html');
    expect(names).toContain('z.css');
    expect(names).not.toContain('a.png');
    expect(front!.unpacked).toBeLessThanOrEqual(256 * 1024);
    expect(text!.files.map(({ path }) => path)).toContain('sub/index.html');

    const chosen = cutTree(entries, { first: (path) => path.startsWith('sub/') });
    expect(chosen[0]).toMatchObject({ class: 'front', label: 'sub/index.html' });
    expect(chosen[1]!.files.map(({ path }) => path)).toContain('z.css');
    expect(cutTree(entries, { first: () => false })[0]!.class).toBe('text');
  });

  it('sends directories that are empty, and no others', () => {
    const cuts = cutTree([
      ...[directory('a'), directory('a/b'), directory('a-b'), directory('c/d'), sized('a/b/x.html', 1)],
    ]);
    expect(cuts.map(({ label, files, directories }) => [label, files.length, directories])).toEqual([
      ['/', 1, ['a-b', 'c/d']],
    ]);
    expect(cutTree([])).toEqual([]);
    expect(cutTree([directory('only')])).toMatchObject([{ class: 'text', label: 'only/', files: [] }]);
  });

  it.each<[string, TreeEntry<TestFile>[], string]>([
    ['a name given twice', [sized('a', 1), sized('a', 2)], 'twice'],
    ['a name in two normalisations', [sized('é', 1), sized('e\u0301', 2)], 'twice'],
    ['a file that is a directory too', [sized('a', 1), sized('a-b', 1), sized('a/b', 2)], 'twice'],
    ['a file that is an empty directory too', [sized('a', 1), directory('a')], 'twice'],
    ['names that differ in case', [sized('A.txt', 1), sized('b', 1), sized('a.txt', 2)], 'case is ignored'],
    ['directories that differ in case', [sized('Dir/a', 1), sized('dir/b', 2)], 'case is ignored'],
    ['such in different classes', [sized('D/a.jpg', 1), sized('d/b.html', 2)], 'case is ignored'],
    ['a path upwards', [sized('../a', 1)], '".."'],
    ['a device', [directory('aux')], 'device'],
    ['what turns a name around', [sized('a\u202egpj.exe', 1)], 'cannot be seen'],
    ['a space that nobody sees', [sized('a\u200bb', 1)], 'cannot be seen'],
    ['a joiner at the end of a word', [sized('a\u200c b', 1)], 'cannot be seen'],
    ['a character of private use', [sized('\ue000', 1)], 'cannot be seen'],
  ])('refuses %s', (_, entries, why) => {
    expect(() => cutTree(entries)).toThrow(EditionError);
    expect(() => cutTree(entries)).toThrow(why);
  });

  it('sends joiners inside words, which Persian, Indic scripts and emoji need', () => {
    for (const name of [
      'می\u200cخواهم.html',
      'क्\u200dष.html',
      '👩🏽\u200d🚀.png',
      '❤️\u200d🔥.png',
      '👩\u200d👩\u200d👧.png',
    ]) {
      expect(cutTree([sized(name, 1)]), name).toHaveLength(1);
    }
  });

  it('names every path that cannot be sent', () => {
    const bad = ['a:b', 'nul', 'x\u202ey', '../z', 'dot.'];
    try {
      cutTree([...bad, 'good', 'Good'].map((path) => sized(path, 1)));
      expect.unreachable();
    } catch (error) {
      const lines = (error as Error).message.split('\n');
      expect(lines).toHaveLength(6);
      for (const path of [...bad, 'Good'])
        expect(lines.some((line) => line.includes(printable(path)))).toBe(true);
    }
  });

  it('takes no long time for a hundred thousand files', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) =>
      sized(`${(i * 7919) % 1000}/${i}.html`, i % 9000),
    );
    const { user } = process.cpuUsage();
    expect(cutTree(entries).flatMap(({ files }) => files)).toHaveLength(100_000);
    expect(process.cpuUsage().user - user).toBeLessThan(10e6);
  });
});
