import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldPath, parentsOf } from '../../codecs/edition/index.js';
import { type OutputDirectory, openOutputDirectory, WORK_DIRECTORY } from './output-directory.js';
import {
  known,
  piecesOf,
  readTree,
  type TestEdition,
  type TestPart,
  type Tree,
  testEdition,
} from './testing.js';
import { killedAfter } from './testing-kill.js';

const SEED = Number(process.env.DATACAST_KILL_SEED ?? 20_260_101);
const RUNS = 120;
/** A file system that need not wait for a disk. */
const MEMORY = '/dev/shm';
const BUNDLE = { publisher: 'a'.repeat(64), name: 'news' };

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'datacast-output-kill-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Files become directories and the other way round, and letters change their case. */
const PATHS = ['a', 'a/b', 'a/b/c', 'a/d', 'B', 'b', 'c/e', 'c/', 'C/e', 'c/f/', 'c/f', 'g', 'h/i/j', 'h/k'];
const tree = fc
  .array(fc.record({ path: fc.constantFrom(...PATHS), text: fc.constantFrom('1', '22', '333') }), {
    minLength: 0,
    maxLength: 8,
  })
  .map(sound);
/** What is in a part follows from the path and these. */
const cut = fc.record({ parts: fc.integer({ min: 1, max: 4 }), salt: fc.integer({ min: 0, max: 99 }) });
const plan = fc.record({ tree, cut });
/** The parts of another edition come back. */
const again = fc.record({ again: fc.nat(4) });
type Plan = { readonly tree: Tree; readonly cut: { readonly parts: number; readonly salt: number } };

/** Without what cannot stand beside what comes before it. */
function sound(entries: readonly { path: string; text: string }[]): Tree {
  const kept: Record<string, string> = {};
  const names = new Map<string, string>();
  for (const { path, text } of entries) {
    const bare = path.replace(/\/$/, '');
    const above = parentsOf(bare);
    const isTaken = names.has(foldPath(bare)) || above.some((each) => kept[each] !== undefined);
    const isOther = above.some((each) => (names.get(foldPath(each)) ?? each) !== each);
    const isIn = above.some((each) => kept[`${each}/`] !== undefined);
    if (isTaken || isOther || isIn) continue;
    for (const each of [...above, bare]) names.set(foldPath(each), each);
    kept[path] = path.endsWith('/') ? '' : text;
  }
  return kept;
}

async function editionsOf(plans: readonly (Plan | { readonly again: number })[]): Promise<TestEdition[]> {
  const editions: TestEdition[] = [];
  for (const each of plans) {
    const found = 'again' in each ? plans[each.again % plans.length]! : each;
    if ('again' in found) continue;
    const { tree, cut } = found;
    const trees: Record<string, string>[] = Array.from({ length: cut.parts }, () => ({}));
    for (const [path, text] of Object.entries(tree)) {
      const hash = [...path].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), cut.salt);
      trees[hash % cut.parts]![path] = text;
    }
    const filled = trees.filter((each) => Object.keys(each).length > 0);
    editions.push(await testEdition(editions.length + 1, filled));
  }
  return editions;
}

type Step = { readonly edition: TestEdition; readonly part: TestPart | undefined };

/** An edition after the other: its index, and some of its parts in some order; all of the last one. */
function stepsOf(editions: readonly TestEdition[], order: (count: number) => number): Step[] {
  return editions.flatMap((edition) => {
    const left = [...edition.parts];
    const shuffled = edition.parts.map(() => left.splice(order(left.length), 1)[0]!);
    const isLast = edition === editions.at(-1);
    const arrived = isLast ? shuffled : shuffled.slice(0, order(shuffled.length + 1));
    return [undefined, ...arrived].map((part) => ({ edition, part }));
  });
}

async function carryOut(output: OutputDirectory, { edition, part }: Step): Promise<void> {
  if (part === undefined) await output.announce(known(BUNDLE.publisher, edition.index));
  else if (!output.holds(BUNDLE, part.listed.sha256)) {
    await output.put(BUNDLE, part.listed.sha256, piecesOf([part.object]));
  }
}

const isFile = (path: string) => !path.endsWith('/');
const filesOf = (tree: Tree) => Object.keys(tree).filter(isFile);

/** Files of a tree once those of a part stand over them. */
function over(tree: Tree, part: Tree): Tree {
  const paths = Object.keys(part).map((path) => path.replace(/\/$/, ''));
  const files = new Set(Object.keys(part).filter(isFile));
  const folders = new Set([...paths.flatMap(parentsOf), ...paths.filter((path) => !files.has(path))]);
  const kept = filesOf(tree).filter(
    (path) => !folders.has(path) && !parentsOf(path).some((parent) => files.has(parent)),
  );
  const result: Record<string, string> = {};
  for (const path of kept) result[path] = tree[path]!;
  for (const path of files) result[path] = part[path]!;
  return result;
}

/** What readers may find while a step is carried out. */
interface Expected {
  /** What they found before. */
  readonly before: Tree | undefined;
  /** What they find when the part has been placed. */
  readonly placed: Tree;
  /** What they find when that completes the newest edition; undefined when it does not. */
  readonly complete: Tree | undefined;
  readonly whole: boolean;
}

function expectedOf(
  output: OutputDirectory,
  { edition, part }: Step,
  before: Tree | undefined,
  whole: boolean,
): Expected {
  const others = edition.parts.filter((each) => each !== part);
  const completes = others.every(({ listed }) => output.holds(BUNDLE, listed.sha256));
  return {
    before,
    placed: part === undefined ? (before ?? {}) : over(before ?? {}, part.tree),
    complete: completes ? edition.tree : undefined,
    whole,
  };
}

/** Of a process that was killed: each file is the old or the new one, and none is gone that stays. */
function expectBetween(found: Tree | undefined, { before, placed, complete, whole }: Expected): void {
  // between two renames there is no directory, until the next start
  if (whole && found !== undefined) expect([before, complete]).toContainEqual(found);
  if (whole) return;
  const trees = [before ?? {}, placed];
  const there = filesOf(found ?? {});
  for (const path of there) expect(trees.map((tree) => tree[path])).toContain(found![path]);
  const lasting = filesOf(placed).filter((path) => before?.[path] !== undefined);
  const staying = lasting.filter((path) => complete === undefined || complete[path] !== undefined);
  expect(there).toEqual(expect.arrayContaining(staying));
}

/** After the next start a part is there with all its files or with none. */
function expectAtStart(found: Tree | undefined, { before, placed, complete, whole }: Expected): void {
  if (whole) expect([before, complete]).toContainEqual(found);
  const possible = [before ?? {}, placed, complete ?? placed];
  if (!whole) expect(possible.map(onlyFiles)).toContainEqual(onlyFiles(found ?? {}));
}

function onlyFiles(tree: Tree): Tree {
  return Object.fromEntries(filesOf(tree).map((path) => [path, tree[path]!]));
}

/** What is left for the next start when nothing is under way. */
function expectTidy(out: string, { parts }: TestEdition): void {
  const left = Object.keys(readTree(join(out, WORK_DIRECTORY, 'bundles', 'news'))!);
  // a process removes what others were writing when they were killed, not its own
  const files = left.filter((path) => isFile(path) && !path.endsWith('.part'));
  const standing = parts.map(({ listed }) => `standing/${listed.sha256}.json`);
  expect(files.sort()).toEqual(['edition.json', ...standing].sort());
  expect(readdirSync(out).sort()).toEqual([WORK_DIRECTORY, 'news']);
}

interface Random {
  /** Calls to the operating system until the next kill. */
  moment(): number;
  below(limit: number): number;
}

/** Receives editions with many interruptions; how many there were. */
async function receiveKilled(
  out: string,
  editions: readonly TestEdition[],
  { moment, below }: Random,
  whole: boolean,
): Promise<number> {
  const target = join(out, 'news');
  const options = { whole, maxSize: 1_000_000 };
  let kills = 0;
  let output = await openOutputDirectory(out, options);

  /** Starts again until it is not killed while it starts. */
  async function restart(expected: Expected): Promise<void> {
    // the system gives the lock of a process back that ends
    await output.close();
    for (;;) {
      kills++;
      expectBetween(readTree(target), expected);
      const started = await killedAfter(moment(), async () => {
        output = await openOutputDirectory(out, options);
      });
      if (started !== undefined) return expectAtStart(readTree(target), expected);
    }
  }

  let shown: Tree | undefined;
  for (const step of stepsOf(editions, below)) {
    const { edition } = step;
    const expected = expectedOf(output, step, shown, whole);
    while ((await killedAfter(moment(), () => carryOut(output, step))) === undefined) await restart(expected);
    shown = readTree(target);
    expectAtStart(shown, expected);
    const state = output.state(BUNDLE)!;
    expect([state.sequence, state.isComplete]).toEqual([
      edition.index.sequence,
      expected.complete !== undefined,
    ]);
    if (state.isComplete) expect(shown).toEqual(edition.tree);
    for (const { listed, tree } of whole ? [] : edition.parts) {
      if (output.holds(BUNDLE, listed.sha256)) expect(shown ?? {}).toMatchObject(onlyFiles(tree));
    }
  }
  await output.close();
  expectTidy(out, editions.at(-1)!);
  expect(readTree(target)).toEqual(editions.at(-1)!.tree);
  return kills;
}

/** Files that stay, change, go, come, and become directories or the other way round. */
const FIRST: readonly Tree[] = [{ a: '1', b: '1', c: '1', 'd/e': '1', f: '1' }, { x: '1' }];
const SECOND: readonly Tree[] = [{ a: '2', b: '2', d: '2', 'f/g': '2', 'h/': '' }, { x: '1' }];

it.each([false, true])('is whole at whichever call it is killed (whole: %s)', async (whole) => {
  const editions = [await testEdition(1, FIRST), await testEdition(2, SECOND)];
  const below = (limit: number) => limit - 1;
  const steps = stepsOf(editions, below).length;
  let runs = 0;
  for (let killed = 0; killed < steps; killed++) {
    for (let calls = 0, kills = 1; kills > 0; calls++) {
      let step = -1;
      const moment = () => (++step === killed ? calls : 10_000);
      const out = join(directory, `${whole} ${runs++}`);
      kills = await receiveKilled(out, editions, { moment, below }, whole);
      rmSync(out, { recursive: true });
    }
  }
  expect(runs).toBeGreaterThan(100);
});

it('is whole whenever it is killed, and in the end what the newest edition is', async () => {
  let kills = 0;
  let number = 0;
  const plans = fc.array(fc.oneof({ weight: 3, arbitrary: plan }, again), { minLength: 1, maxLength: 5 });
  const moments = fc.infiniteStream(fc.oneof(fc.nat(60), fc.constant(10_000)));
  const numbers = fc.infiniteStream(fc.nat(1_000));
  const property = fc.asyncProperty(
    plans,
    moments,
    numbers,
    fc.boolean(),
    async (plans, moments, numbers, whole) => {
      const out = join(directory, String(number++));
      const editions = await editionsOf(plans);
      if (editions.length === 0) return;
      const moment = () => moments.next().value as number;
      const below = (limit: number) => (limit < 2 ? 0 : (numbers.next().value as number) % limit);
      kills += await receiveKilled(out, editions, { moment, below }, whole);
      rmSync(out, { recursive: true });
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  expect(kills).toBeGreaterThan(RUNS);
});
