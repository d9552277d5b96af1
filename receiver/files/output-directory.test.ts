import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EditionError } from '../../codecs/edition/index.js';
import { writeRecords } from '../../codecs/node/record-file.js';
import { unpackPart } from './bundle/unpack-part.js';
import { describeBundleState } from './bundle-state.js';
import {
  type OutputDirectory,
  type OutputOptions,
  openOutputDirectory,
  WORK_DIRECTORY,
} from './output-directory.js';
import {
  editionOf,
  known,
  piecesOf,
  readTree,
  type TestEdition,
  type TestPart,
  testEdition,
  testPart,
} from './testing.js';
import { describeUntrusted } from './trust-mark.js';

let out: string;
beforeEach(() => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-output-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  out = join(work, 'out');
});

/** Public keys of publishers. */
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const NEWS = { publisher: A, name: 'news' };
const shown = () => readdirSync(out).filter((name) => name !== WORK_DIRECTORY);
const tree = (path = 'news') => readTree(join(out, path));
const inWorkDirectory = (...names: string[]) => join(out, WORK_DIRECTORY, ...names);
const claims = () => readdirSync(inWorkDirectory()).filter((name) => name.startsWith('lock'));

async function withOutput<T>(
  use: (output: OutputDirectory) => Promise<T>,
  options: Partial<OutputOptions> = {},
): Promise<T> {
  const output = await openOutputDirectory(out, { whole: false, maxSize: 1_000, ...options });
  try {
    return await use(output);
  } finally {
    await output.close();
  }
}

function put(output: OutputDirectory, { listed, object }: TestPart, bundle = NEWS) {
  return output.put(bundle, listed.sha256, piecesOf([object]));
}

async function receive(output: OutputDirectory, edition: TestEdition, publisher = A) {
  const { path } = await output.announce(known(publisher, edition.index));
  for (const part of edition.parts) await put(output, part, { publisher, name: edition.index.name });
  return path;
}

describe('the output directory', () => {
  it('changes part by part, and what an edition no longer has goes when it is complete', async () => {
    const film = await testPart({ 'film/long.mp4': 'film' }, 'film');
    const [one, two] = [
      await testPart({ 'a.html': '1', 'old/b.html': '1' }),
      await testPart({ 'a.html': '2' }),
    ];
    const page = await testPart({ 'new/c.html': '2', 'empty/': '' });
    await withOutput(async (output) => {
      await receive(output, editionOf(1, [one, film]));
      expect(tree()).toEqual({ 'a.html': '1', 'old/b.html': '1', 'film/long.mp4': 'film' });
      const announced = await output.announce(known(A, editionOf(2, [two, page, film]).index));
      expect(announced.parts.map(({ state }) => state)).toEqual(['missing', 'missing', 'there']);
      expect(tree()).toEqual({ 'a.html': '1', 'old/b.html': '1', 'film/long.mp4': 'film' });
      expect(await put(output, two)).toEqual({ files: 1, directories: 0, bytes: 1 });
      expect(tree()).toEqual({ 'a.html': '2', 'old/b.html': '1', 'film/long.mp4': 'film' });
      expect(output.state(NEWS)!.isComplete).toBe(false);
      await put(output, page);
      expect(tree()).toEqual({ 'a.html': '2', 'new/c.html': '2', 'empty/': '', 'film/long.mp4': 'film' });
      expect(output.state(NEWS)!.isComplete).toBe(true);
    });
  });

  it('receives a part again that lost a file meanwhile, and not one that did not', async () => {
    const [front, other] = [await testPart({ a: '1', b: '1' }), await testPart({ c: '1' })];
    const edited = await testPart({ a: '2' });
    await withOutput(async (output) => {
      await receive(output, editionOf(1, [front, other]));
      const unfinished = await testPart({ z: '2' });
      await output.announce(known(A, editionOf(2, [edited, unfinished]).index));
      await put(output, edited);
      await output.announce(known(A, editionOf(3, [front, other]).index));
      expect([front, other].map(({ listed }) => output.holds(NEWS, listed.sha256))).toEqual([false, true]);
      expect(tree()).toEqual({ a: '2', b: '1', c: '1' });
      await put(output, front);
      expect(tree()).toEqual({ a: '1', b: '1', c: '1' });
    });
  });

  it('knows after a restart what stands there, and takes an edition that is given twice once', async () => {
    const edition = await testEdition(1, [{ a: '1' }, { b: '1' }]);
    const [first, second] = edition.parts as [TestPart, TestPart];
    await withOutput(async (output) => {
      await output.announce(known(A, edition.index));
      await put(output, first);
    });
    await withOutput(async (output) => {
      expect(output.state(NEWS)!.parts.map(({ state }) => state)).toEqual(['there', 'missing']);
      expect((await output.announce(known(A, edition.index))).files).toEqual({ there: 1, of: 2 });
      expect(await put(output, first)).toEqual({ files: 0, directories: 0, bytes: 0 });
      await put(output, second);
      const older = await testEdition(0, [{ c: '0' }]);
      expect((await output.announce(known(A, older.index))).sequence).toBe(1);
      expect(await put(output, older.parts[0]!)).toEqual({ files: 0, directories: 0, bytes: 0 });
    });
    expect(tree()).toEqual({ a: '1', b: '1' });
    // what somebody has removed is received again
    rmSync(join(out, 'news'), { recursive: true });
    await withOutput(async (output) => {
      expect(output.holds(NEWS, first.listed.sha256)).toBe(false);
      await receive(output, edition);
      expect(tree()).toEqual({ a: '1', b: '1' });
    });
  });

  it('shows an edition as a whole when it is told to', async () => {
    const [kept, gone] = [await testPart({ a: '1' }), await testPart({ b: '1' })];
    const added = await testPart({ c: '2', 'd/': '' });
    const second = editionOf(2, [kept, added]);
    await withOutput(
      async (output) => {
        await output.announce(known(A, editionOf(1, [kept, gone]).index));
        await put(output, kept);
        expect([shown(), output.holds(NEWS, kept.listed.sha256)]).toEqual([[], true]);
      },
      { whole: true },
    );
    await withOutput(
      async (output) => {
        expect(output.state(NEWS)).toMatchObject({ isHidden: true, files: { there: 1, of: 2 } });
        await put(output, gone);
        expect(tree()).toEqual({ a: '1', b: '1' });
        await output.announce(known(A, second.index));
        expect(tree()).toEqual({ a: '1', b: '1' });
        await put(output, added);
        expect(tree()).toEqual({ a: '1', c: '2', 'd/': '' });
        // less than before is another edition, too
        await output.announce(known(A, editionOf(3, [kept]).index));
        expect(tree()).toEqual({ a: '1' });
      },
      { whole: true },
    );
    // from now on part by part, and back again
    await withOutput(async (output) => {
      await output.announce(known(A, editionOf(4, [added, gone]).index));
      await put(output, added);
      expect(tree()).toEqual({ a: '1', c: '2', 'd/': '' });
    });
    await withOutput(
      async (output) => {
        await put(output, gone);
        expect(tree()).toEqual({ b: '1', c: '2', 'd/': '' });
      },
      { whole: true },
    );
  });

  it('keeps what is there when a part cannot be unpacked, and names the file', async () => {
    const edition = await testEdition(2, [{ a: '2', 'b/c': '2' }]);
    const [part] = edition.parts as [TestPart];
    await withOutput(async (output) => {
      await receive(output, await testEdition(1, [{ a: '1' }]));
      await output.announce(known(A, edition.index));
      const full = async function* () {
        yield part.object.subarray(0, 5);
        throw new Error('The disk is full.');
      };
      await expect(output.put(NEWS, part.listed.sha256, full())).rejects.toThrow('full');
      expect([tree(), output.state(NEWS)!.parts[0]!.state]).toEqual([{ a: '1' }, 'missing']);
      expect(readdirSync(inWorkDirectory('bundles', 'news', 'unpacking'))).toEqual([]);
      await put(output, part);
      expect(tree()).toEqual({ a: '2', 'b/c': '2' });
    });
  });

  it('names the file that cannot be written as it is to be called', async () => {
    const part = await testPart({ 'a/b': '1', c: '2' });
    mkdirSync(out);
    writeFileSync(join(out, '1'), 'in the way');
    const unpacking = unpackPart(piecesOf([part.object]), part.listed, out, { target: '/content/news' });
    await expect(unpacking).rejects.toMatchObject({ code: 'EEXIST', path: '/content/news/c' });
  });

  it('takes a part once that is put twice at a time, and none of an edition that is replaced meanwhile', async () => {
    const [old, both] = [await testPart({ a: '1' }), await testPart({ b: '1' })];
    const newer = await testPart({ a: '2' });
    await withOutput(async (output) => {
      await output.announce(known(A, editionOf(1, [old, both]).index));
      const results = await Promise.all([
        put(output, both),
        put(output, both),
        put(output, old),
        output.announce(known(A, editionOf(2, [newer, both]).index)),
      ]);
      expect(results.slice(0, 2).map((written) => 'bytes' in written && written.bytes)).toContainEqual(1);
      expect(tree()).toEqual({ b: '1' });
      expect(output.state(NEWS)!.files).toEqual({ there: 1, of: 2 });
      await put(output, newer);
      expect(tree()).toEqual({ a: '2', b: '1' });
    });
  });

  it('receives a part again that somebody has taken a file of, before an edition appears as a whole', async () => {
    const [kept, added] = [await testPart({ a: '1', b: '1' }), await testPart({ c: '2' })];
    await withOutput(
      async (output) => {
        await receive(output, editionOf(1, [kept]));
        rmSync(join(out, 'news', 'b'));
        await output.announce(known(A, editionOf(2, [kept, added]).index));
        await put(output, added);
        expect(tree()).toEqual({ a: '1' });
        expect(output.state(NEWS)!.parts.map(({ state }) => state)).toEqual(['missing', 'there']);
        await put(output, kept);
        expect(tree()).toEqual({ a: '1', b: '1', c: '2' });
      },
      { whole: true },
    );
  });

  it('never replaces what it has not put there, nor what is of another publisher', async () => {
    mkdirSync(join(out, 'News'), { recursive: true });
    writeFileSync(join(out, 'News', 'text'), 'mine');
    await withOutput(async (output) => {
      const [one, other] = [await testEdition(1, [{ a: 'one' }]), await testEdition(1, [{ a: 'other' }])];
      const paths = await Promise.all([receive(output, one), receive(output, other, B)]);
      expect(paths).toEqual(['news-2', 'news-3']);
      expect(await receive(output, await testEdition(2, [{ a: 'two' }]))).toBe('news-2');
      expect(output.bundles().map(({ publisher, path }) => [publisher, path])).toEqual([
        [A, 'news-2'],
        [B, 'news-3'],
      ]);
    });
    expect(['News', 'news-2', 'news-3'].map(tree)).toEqual([{ text: 'mine' }, { a: 'two' }, { a: 'other' }]);
  });

  it('marks what is of a publisher who is not trusted any more, and keeps the name for him', async () => {
    const isTrusted = (publisher: string) => publisher !== A;
    const news = await testEdition(1, [{ a: 'A' }]);
    await withOutput((output) => receive(output, news));
    const others = await testEdition(1, [{ a: 'B' }]);
    for (const sequence of [1, 2]) {
      await withOutput(
        async (output) => {
          const [bundle, ...more] = output.untrusted;
          expect([bundle, more]).toEqual([{ publisher: A, path: 'news', place: 'news-NOT-TRUSTED' }, []]);
          expect(output.state(NEWS)).toMatchObject({ path: 'news-NOT-TRUSTED', isComplete: true });
          expect(await receive(output, { ...others, index: { ...others.index, sequence } }, B)).toBe(
            'news-2',
          );
        },
        { isTrusted },
      );
      expect(['news-NOT-TRUSTED', 'news-2'].map(tree)).toEqual([{ a: 'A' }, { a: 'B' }]);
      expect(shown()).toHaveLength(2);
    }
    await withOutput(async (output) => {
      expect(output.untrusted).toEqual([]);
      expect(output.holds(NEWS, news.parts[0]!.listed.sha256)).toBe(true);
      expect(await receive(output, await testEdition(2, [{ a: 'again' }]))).toBe('news');
    });
    expect(['news', 'news-2'].map(tree)).toEqual([{ a: 'again' }, { a: 'B' }]);
    expect(shown()).toHaveLength(2);
  });

  it('marks it also when the record of its names is lost, and says nothing of what somebody has removed', async () => {
    const isTrusted = () => false;
    await withOutput(async (output) => receive(output, await testEdition(1, [{ a: 'A' }])));
    writeFileSync(inWorkDirectory('editions.json'), '');
    await withOutput(async ({ untrusted }) => expect(untrusted).toHaveLength(1), { isTrusted });
    writeFileSync(inWorkDirectory('editions.json'), '');
    await withOutput(async ({ untrusted }) => expect(untrusted).toHaveLength(1), { isTrusted });
    expect(tree('news-NOT-TRUSTED')).toEqual({ a: 'A' });
    rmSync(join(out, 'news-NOT-TRUSTED'), { recursive: true });
    await withOutput(async ({ untrusted }) => expect(untrusted).toEqual([]), { isTrusted });
  });

  it('gives nobody a marked directory that no record names', async () => {
    mkdirSync(join(out, 'news-NOT-TRUSTED'), { recursive: true });
    writeFileSync(join(out, 'news-NOT-TRUSTED', 'b'), 'B');
    await withOutput(async (output) =>
      expect(await receive(output, await testEdition(1, [{ a: 'A' }]))).toBe('news-2'),
    );
    expect(['news-NOT-TRUSTED', 'news-2'].map(tree)).toEqual([{ b: 'B' }, { a: 'A' }]);
  });

  it('replaces nothing by the mark, and says why there is none', async () => {
    const isTrusted = () => false;
    await withOutput(async (output) => receive(output, await testEdition(1, [{ a: 'A' }])));
    mkdirSync(join(out, 'news-NOT-TRUSTED'));
    await withOutput(
      async ({ untrusted: [bundle] }) => {
        expect(bundle).toMatchObject({ place: 'news' });
        expect(describeUntrusted(bundle!, out)).toMatch(
          /news is of publisher \d{5} .* cannot be marked: .*news-NOT-TRUSTED stands there already/,
        );
      },
      { isTrusted },
    );
    expect(['news', 'news-NOT-TRUSTED'].map(tree)).toEqual([{ a: 'A' }, {}]);
  });

  it('gives no bundle a name that looks marked', async () => {
    await withOutput(async (output) => {
      for (const name of ['news-NOT-TRUSTED', 'Other.x-not-trusted']) {
        expect(await receive(output, await testEdition(1, [{ a: '1' }], name), B)).toBe(`${name}_`);
      }
    });
  });

  it('gives unsafe names a safe place', async () => {
    await withOutput(async (output) => {
      expect(await receive(output, await testEdition(1, [{ a: '1' }], '../..'))).not.toMatch(/^\.|\//);
      expect(await receive(output, await testEdition(1, [{ a: '1' }], WORK_DIRECTORY))).toBe('receiving');
    });
  });

  it('writes nothing through a link that somebody has put there', async () => {
    const elsewhere = join(out, '..', 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'b'), 'mine');
    await withOutput(async (output) => {
      await receive(output, await testEdition(1, [{ 'a/b': '1', 'c/b': '1' }]));
      for (const name of ['a', 'c']) {
        rmSync(join(out, 'news', name), { recursive: true });
        symlinkSync(elsewhere, join(out, 'news', name));
      }
      await receive(output, await testEdition(2, [{ 'a/b': '2' }]));
      expect(readFileSync(join(out, 'news', 'a', 'b'), 'utf8')).toBe('2');
    });
    expect(readTree(elsewhere)).toEqual({ b: 'mine' });
  });

  it('takes over what the version before has written', async () => {
    mkdirSync(inWorkDirectory('ready'), { recursive: true });
    mkdirSync(join(out, 'news', 'old', 'empty'), { recursive: true });
    for (const name of ['a', 'old/b']) writeFileSync(join(out, 'news', name), '0');
    await writeRecords(inWorkDirectory('editions.json'), [{ ...NEWS, path: 'news' }]);
    await withOutput(async (output) => {
      expect(output.state(NEWS)).toBeUndefined();
      const edition = await testEdition(8, [{ a: '8' }, { c: '8' }]);
      await output.announce(known(A, edition.index));
      await put(output, edition.parts[0]!);
      expect(tree()).toEqual({ a: '8', 'old/b': '0', 'old/empty/': '' });
      await put(output, edition.parts[1]!);
      expect(tree()).toEqual({ a: '8', c: '8' });
    });
  });

  it('belongs to one process', async () => {
    await withOutput(async () => {
      await expect(openOutputDirectory(out, { whole: false, maxSize: 1 })).rejects.toThrow(
        `Another process (${process.pid}) writes to ${out}`,
      );
    });
    expect(claims()).toEqual([]);
  });

  it.each([
    ['is garbage', () => '{"version":1,"bund'],
    ['leads out of the directory', () => record({ publisher: A, name: 'news', path: '../n' })],
    ['is empty', () => ''],
  ])('finds a bundle by its edition when the record of all bundles %s', async (_, damaged) => {
    await withOutput(async (output) => receive(output, await testEdition(1, [{ a: '1' }])));
    writeFileSync(inWorkDirectory('editions.json'), damaged());
    const said: string[] = [];
    const options = { whole: false, maxSize: 1_000, onDamage: (sentence: string) => said.push(sentence) };
    const output = await openOutputDirectory(out, options);
    expect(output.state(NEWS)).toMatchObject({ path: 'news', sequence: 1, isComplete: true });
    expect(said).toEqual([expect.stringMatching(/^A record in .*editions\.json is damaged and left out\./)]);
    await receive(output, await testEdition(2, [{ a: '2' }]));
    expect(tree()).toEqual({ a: '2' });
    await output.close();
  });

  it('is not opened when a later version has written it', async () => {
    await withOutput(async (output) => receive(output, await testEdition(1, [{ a: '1' }])));
    writeFileSync(inWorkDirectory('editions.json'), record({ version: 2 }));
    await expect(withOutput(async () => {})).rejects.toThrow(/editions\.json has version 2, .*run that one/);
    expect(claims()).toEqual([]);
  });

  it.each(['edition.json', 'standing/0', 'standing/1'])(
    'receives again what a damaged %s stood for, and no more',
    async (name) => {
      const edition = await testEdition(1, [{ a: '1' }, { b: '1' }]);
      await withOutput((output) => receive(output, edition));
      const standing = inWorkDirectory('bundles', 'news', 'standing');
      const [, number] = name.split('/');
      const file =
        number === undefined
          ? inWorkDirectory('bundles', 'news', name)
          : join(standing, readdirSync(standing)[Number(number)]!);
      writeFileSync(file, new Uint8Array(statSync(file).size));
      await withOutput(async (output) => {
        expect(output.state(NEWS)?.sequence).toBe(number === undefined ? undefined : 1);
        await receive(output, edition);
        expect(output.state(NEWS)).toMatchObject({ isComplete: true });
        const next = await testEdition(2, [{ a: '1' }, { b: '2' }, { c: '2' }]);
        await receive(output, next);
        // one that turned out to be damaged is received again
        await receive(output, next);
        expect(output.state(NEWS)).toMatchObject({ sequence: 2, isComplete: true });
        await receive(output, await testEdition(3, [{ c: '2' }]));
        expect(tree()).toEqual({ c: '2' });
      });
    },
  );
});

/** A line of a record file. */
function record(value: unknown): string {
  const text = JSON.stringify(value);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n\n`;
}

describe('a part that is hostile', () => {
  /** Announces an edition after a good one and puts all its parts; the sentences of those that were refused. */
  async function refusals(edition: TestEdition, whole: boolean): Promise<string[]> {
    return withOutput(
      async (output) => {
        await receive(output, await testEdition(1, [{ good: '1' }]));
        await output.announce(known(A, edition.index));
        for (const part of edition.parts) {
          await put(output, part).catch((error) => {
            if (!(error instanceof EditionError)) throw error;
          });
        }
        const state = output.state(NEWS)!;
        expect(state.isComplete).toBe(false);
        expect(Object.keys(tree()!)).toContain('good');
        for (const name of ['unpacking', 'ready']) {
          const left = readdirSync(inWorkDirectory('bundles', 'news', name));
          const there = state.parts.filter((part) => part.state === 'there');
          expect(left.length).toBe(whole && name === 'ready' ? there.length : 0);
        }
        return state.parts.flatMap(({ why }) => why ?? []);
      },
      { whole },
    );
  }
  const saying = ({ listed, ...part }: TestPart, other: Partial<TestPart['listed']>): TestPart => ({
    ...part,
    listed: { ...listed, ...other },
  });

  it.each([false, true])('is refused and remembered (whole: %s)', async (whole) => {
    const part = await testPart({ 'a/b': '123', 'c/d': '456' });
    const parts = [
      saying(part, { unpacked: 5 }),
      saying(await testPart({ e: '123' }), { unpacked: 4 }),
      saying(await testPart({ f: '1', g: '2' }), { files: 1 }),
      saying(await testPart({ h: '1' }), { files: 2 }),
      { ...(await testPart({ i: '1' })), object: Uint8Array.of(1, 2, 3, 4, 5) },
      await testPart({ 'j/k': '1' }),
    ];
    expect(await refusals(editionOf(2, parts), whole)).toEqual([
      'The part / is not what its index says: with c/d it has 6 bytes or more, and its index says 5.',
      'The part e is not what its index says: it has 1 file of 3 bytes, and its index says 1 of 4.',
      'The part / is not what its index says: it has more than the 1 file that its index says.',
      'The part h is not what its index says: it has 1 file of 1 byte, and its index says 2 of 1.',
      expect.stringMatching(/^The part i is not what its index says: /),
    ]);
    await withOutput(
      async (output) => {
        expect(output.state(NEWS)!.parts.map(({ state }) => state)).toEqual([
          ...Array(5).fill('refused'),
          'there',
        ]);
      },
      { whole },
    );
  });

  it.each([
    [{ a: '1' }, { a: '2', x: '1' }, 'The parts a and / both have "a".'],
    [{ 'd/': '' }, { 'd/': '', x: '1' }, 'The parts d/ and / both have "d".'],
    [
      { a: '1' },
      { 'a/b': '2' },
      'The parts a and a/b have "a", in one of them a file and in the other a directory.',
    ],
    [
      { 'a/b': '1' },
      { a: '2' },
      'The parts a/b and a have "a", in one of them a file and in the other a directory.',
    ],
    [
      { a: '1' },
      { 'a/': '' },
      'The parts a and a/ have "a", in one of them a file and in the other a directory.',
    ],
    [
      { a: '1' },
      { A: '2' },
      'The parts a and A have the names "a" and "A", which are the same where case is ignored.',
    ],
    [
      { 'a/b': '1' },
      { 'A/c': '2' },
      'The parts a/b and A/c have the names "a" and "A", which are the same where case is ignored.',
    ],
  ] as const)('is refused that has what another one has: %j, %j', async (one, two, sentence) => {
    for (const whole of [false, true]) {
      const parts = [await testPart(one), await testPart(two)];
      expect(await refusals(editionOf(2, parts), whole)).toEqual([sentence]);
      if (!whole) expect(tree()).toEqual({ good: '1', ...one });
      rmSync(out, { recursive: true });
    }
  });

  it('may stand in a later edition, without the other one', async () => {
    const [one, two] = [await testPart({ a: '1' }), await testPart({ a: '2' })];
    await withOutput(async (output) => {
      await output.announce(known(A, editionOf(1, [one, two]).index));
      await put(output, one);
      await expect(put(output, two)).rejects.toThrow(/both have "a"/);
      await receive(output, editionOf(2, [two]));
      expect(tree()).toEqual({ a: '2' });
    });
  });

  it('is refused that unpacks to a hundred million bytes, of which the index says a thousand', async () => {
    const bomb = await testPart({ bomb: '\0'.repeat(1e8) });
    expect(bomb.object.length).toBeLessThan(20_000);
    expect(await refusals(editionOf(2, [saying(bomb, { unpacked: 1000 })]), false)).toEqual([
      'The part bomb is not what its index says: with bomb it has 100,000,000 bytes or more, and its index says 1,000.',
    ]);
  });

  it('is not asked for when the edition is too large', async () => {
    const part = await testPart({ a: '1' });
    await withOutput(async (output) => {
      const large = editionOf(1, [saying(part, { unpacked: 1_001 })]).index;
      await expect(output.announce(known(A, large))).rejects.toThrow(
        'unpacks to 1,001 bytes; 1,000 are allowed',
      );
      const many = editionOf(1, [saying(part, { files: 1_000_001 })]).index;
      await expect(output.announce(known(A, many))).rejects.toThrow(
        'has 1,000,001 files; 1,000,000 are allowed',
      );
      expect(output.state(NEWS)).toBeUndefined();
    });
  });
});

describe('what there is', () => {
  it('is told in words', async () => {
    const front = await testPart({ 'index.html': '1' }, 'front');
    const texts = [await testPart({ 'a.html': '1' }), await testPart({ 'b.html': '1' })];
    const films = [
      await testPart({ 'f.mp4': '1' }, 'film'),
      await testPart({ 'g.mp4': '1', 'h.mp4': '1' }, 'film'),
    ];
    const sound = await testPart({ 's.mp3': '1' }, 'sound');
    const edition = editionOf(1, [front, ...texts, sound, ...films]);
    await withOutput(async (output) => {
      const words = () => describeBundleState(output.state(NEWS)!);
      await output.announce(known(A, edition.index));
      expect(words()).toBe('nothing is there yet');
      const said: string[] = [];
      for (const part of edition.parts) {
        await put(output, part);
        said.push(words());
      }
      expect(said).toEqual([
        'the front is there; the text is missing; the sound is missing; 0 of 3 films',
        'the front is there; text 1 of 2 parts; the sound is missing; 0 of 3 films',
        'the front is there; the text is there; the sound is missing; 0 of 3 films',
        'the front is there; the text is there; the sound is there; 0 of 3 films',
        'the front is there; the text is there; the sound is there; 1 of 3 films',
        'everything is there, 7 files',
      ]);
    });
  });
});
