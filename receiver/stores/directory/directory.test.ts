import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { utf8Encode } from '../../../codecs/bytes.js';
import { openDirectoryStore } from './directory.js';
import { writeRecord } from './record.js';

let directory = '';
let names = 0;
const fresh = () => join(directory, `${names++}`);
beforeAll(() => {
  // thousands of cases are quicker in memory, where there is such a file system
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  directory = mkdtempSync(join(parent, 'datacast-directory-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PLENTY = { maxBytes: 2 ** 40 };

/** Random numbers below a bound that follow from a seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What was appended to each object, and how much of it was safe at each sync: in the file, and in datagrams. */
interface History {
  readonly appended: Map<string, Uint8Array[]>;
  readonly files: Map<string, { readonly name: string; readonly bytes: Uint8Array }>;
  readonly syncs: Map<string, { readonly size: number; readonly count: number }>[];
}

async function makeHistory(random: (below: number) => number): Promise<History> {
  const path = fresh();
  const store = await openDirectoryStore(path, PLENTY);
  const appended = new Map<string, Uint8Array[]>();
  const fileOf = new Map<string, string>();
  const syncs: History['syncs'] = [new Map()];
  for (let sync = 0; sync < 6; sync++) {
    for (let i = random(40); i >= 0; i--) {
      const object = `object ${random(3)}`;
      const datagram = Uint8Array.from({ length: random(200) }, () => random(256));
      const before = new Set(readdirSync(path));
      store.append(object, datagram, random(5), random(4) === 0 ? '239.0.0.1:1' : undefined);
      for (const name of readdirSync(path)) if (!before.has(name)) fileOf.set(object, name);
      appended.set(object, [...(appended.get(object) ?? []), datagram]);
    }
    await store.sync();
    const at = [...appended].map(([object, datagrams]) => {
      const { size } = statSync(join(path, fileOf.get(object)!));
      return [object, { size, count: datagrams.length }] as const;
    });
    syncs.push(new Map(at));
  }
  const files = [...fileOf].map(([object, name]) => {
    return [object, { name, bytes: new Uint8Array(readFileSync(join(path, name))) }] as const;
  });
  await store.close();
  return { appended, files: new Map(files), syncs };
}

/** The file as a power cut leaves it: whole up to the last sync, and anything from there on. */
function damaged(
  bytes: Uint8Array,
  safe: number,
  written: number,
  random: (below: number) => number,
): Uint8Array {
  const cut = bytes.slice(0, safe + random(written - safe + 1));
  const kind = random(4);
  if (kind === 0) return cut;
  // blocks that were not written read as zeros, or as what was there before
  const from = safe + random(cut.length - safe + 1);
  const to = from + random(cut.length - from + 1);
  if (kind === 1) cut.fill(0, from, to);
  if (kind === 2) for (let i = from; i < to; i++) cut[i] = random(256);
  if (kind === 3) return Uint8Array.from([...cut, ...new Uint8Array(random(300))]);
  return cut;
}

async function read(path: string): Promise<Map<string, Uint8Array[]>> {
  const store = await openDirectoryStore(path, PLENTY);
  const found = new Map<string, Uint8Array[]>();
  for await (const { object, datagram } of store.restore()) {
    found.set(object, [...(found.get(object) ?? []), datagram.slice()]);
  }
  await store.close();
  return found;
}

const asText = (datagrams: readonly Uint8Array[] = []) =>
  datagrams.map((each) => Buffer.from(each).toString('hex'));

function isSubsequence(some: readonly string[], all: readonly string[]): boolean {
  let next = 0;
  for (const each of all) if (each === some[next]) next++;
  return next === some.length;
}

it('after a power cut at any moment it holds what was synced, in order and unaltered, and takes more', async () => {
  let cases = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomFrom(seed);
    const { appended, files, syncs } = await makeHistory(random);
    for (let variant = 0; variant < 40; variant++, cases++) {
      const moment = `seed ${seed}, variant ${variant}`;
      const path = fresh();
      mkdirSync(path);
      const last = random(syncs.length - 1);
      for (const [object, { name, bytes }] of files) {
        const safe = syncs[last]!.get(object)?.size ?? 0;
        const written = syncs[last + 1]!.get(object)?.size ?? 0;
        // a name that was not synced may be missing
        if (written === 0 || (safe === 0 && random(3) === 0)) continue;
        writeFileSync(join(path, name), damaged(bytes, safe, written, random));
      }
      const found = await read(path);
      if (variant % 20 > 0) rmSync(path, { recursive: true });
      for (const [object, datagrams] of appended) {
        const held = asText(found.get(object));
        const count = syncs[last]!.get(object)?.count ?? 0;
        expect(held.slice(0, count), moment).toEqual(asText(datagrams.slice(0, count)));
        // what was written before or after a block that was not
        expect(isSubsequence(held, asText(datagrams)), moment).toBe(true);
      }
      if (variant % 20 > 0) continue;
      const store = await openDirectoryStore(path, PLENTY);
      for (const object of appended.keys()) {
        const reference = store.append(object, Uint8Array.of(7, 7), 0) as number;
        let back: Uint8Array | undefined;
        await store.read(object, [reference], (datagram) => {
          back = datagram.slice();
        });
        expect(back, moment).toEqual(Uint8Array.of(7, 7));
      }
      await store.close();
      const again = await read(path);
      for (const object of appended.keys()) {
        expect(asText(again.get(object)), moment).toEqual([...asText(found.get(object)), '0707']);
      }
    }
  }
  expect(cases).toBe(2000);
});

it('sees what was appended onto the disk by itself', async () => {
  const path = fresh();
  const store = await openDirectoryStore(path, PLENTY);
  store.append('a', new Uint8Array(100), 0);
  const file = join(path, readdirSync(path).find((name) => name.endsWith('.journal'))!);
  const size = () => statSync(file).size;
  expect(size()).toBe(0);
  while (size() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await store.close();
});

it('leaves alone what is not its own', async () => {
  const path = fresh();
  mkdirSync(path);
  const name = `${'ab'.repeat(32)}.journal`;
  writeFileSync(join(path, 'notes.txt'), 'mine');
  writeFileSync(join(path, 'AB.journal'), 'mine too');
  mkdirSync(join(path, name.replace('ab', 'cd')));
  symlinkSync(join(path, 'notes.txt'), join(path, name.replace('ab', 'ef')));
  // its own by name, but of a run that was killed before there was anything in it
  writeFileSync(join(path, name), 'torn');
  const before = readdirSync(path).filter((each) => each !== name);
  expect(await read(path)).toEqual(new Map());
  expect(readdirSync(path).sort()).toEqual(before.sort());
  expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
});

it('a link in the place of a journal is not followed', async () => {
  const path = fresh();
  const store = await openDirectoryStore(path, PLENTY);
  store.append('a', new Uint8Array(100), 0);
  await store.close();
  const journal = join(path, readdirSync(path).find((name) => name.endsWith('.journal'))!);
  rmSync(journal);
  const victim = join(path, 'victim');
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, journal);
  const next = await openDirectoryStore(path, PLENTY);
  next.append('a', new Uint8Array(100), 0);
  await next.close();
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(statSync(journal).size).toBeGreaterThan(100);
});

it('is for one process at a time', async () => {
  const path = fresh();
  const first = await openDirectoryStore(path, PLENTY);
  await expect(openDirectoryStore(path, PLENTY)).rejects.toThrow(
    `Another process (${process.pid}) uses the store`,
  );
  await first.close();
  const next = await openDirectoryStore(path, PLENTY);
  await next.close();
  expect(readdirSync(path)).toEqual([]);
});

it('reports a file that is shorter than it was', async () => {
  const path = fresh();
  const store = await openDirectoryStore(path, PLENTY);
  const reference = store.append('a', new Uint8Array(100), 0) as number;
  await store.sync();
  truncateSync(join(path, readdirSync(path).find((name) => name.endsWith('.journal'))!), 50);
  expect(() => store.read('a', [reference], () => {})).toThrow(/journal: the store ends before byte/);
  await store.close();
});

it('takes text that is no UTF-8 for damage, though its check is right', async () => {
  const path = fresh();
  const first = await openDirectoryStore(path, PLENTY);
  for (const object of ['a', 'b']) first.append(object, Uint8Array.of(1), 0, '239.0.0.1:1');
  await first.close();
  const record = (group: number, flow: Uint8Array, datagram: Uint8Array) => {
    const bytes = new Uint8Array(100);
    return bytes.slice(0, writeRecord(bytes, { group, flow, datagram }));
  };
  const noText = Uint8Array.of(0x61, 0xff);
  const fileOf = (object: string) =>
    join(path, `${createHash('sha256').update(object).digest('hex')}.journal`);
  appendFileSync(fileOf('a'), record(0, noText, Uint8Array.of(2)));
  const head = record(2 ** 32 - 2, utf8Encode('datacast journal 1'), noText);
  writeFileSync(fileOf('nobody'), head);

  const second = await openDirectoryStore(path, PLENTY);
  const restored: unknown[] = [];
  for await (const { object, datagram } of second.restore()) restored.push([object, [...datagram]]);
  expect(restored.sort()).toEqual([
    ['a', [1]],
    ['b', [1]],
  ]);
  expect(second.append('a', Uint8Array.of(3), 0)).toBeDefined();
  await second.close();
  expect(existsSync(fileOf('nobody'))).toBe(false);
});

it('goes on when what it gives back is dropped at once, and appended to anew', async () => {
  const path = fresh();
  const first = await openDirectoryStore(path, PLENTY);
  for (const object of ['a', 'b', 'c'])
    for (const byte of [1, 2]) first.append(object, Uint8Array.of(byte), 0);
  await first.close();

  const second = await openDirectoryStore(path, PLENTY);
  for await (const { object, datagram } of second.restore()) {
    if (object === 'c' || datagram[0] !== 2) continue;
    await second.drop(object);
    if (object === 'a') second.append(object, Uint8Array.of(3), 0);
  }
  await second.close();
  expect(await read(path)).toEqual(
    new Map([
      ['a', [Uint8Array.of(3)]],
      ['c', [Uint8Array.of(1), Uint8Array.of(2)]],
    ]),
  );
});

it('a store that is full is there again as a whole: what others have filled it with displaces nothing at a restart', async () => {
  const path = fresh();
  const limit = { maxBytes: 50_000 };
  const store = await openDirectoryStore(path, limit);
  const append = (object: string) => store.append(object, new Uint8Array(100), 0) !== undefined;
  // each sync writes a head more
  let count = 0;
  for (; count < 50; count++) if (append('genuine')) await store.sync();
  for (; append('of a replay'); count++) await store.sync();
  await store.close();
  const again = await openDirectoryStore(path, limit);
  expect(again.usage()).toMatchObject({ objects: 2 });
  expect(again.usage().bytes).toBeLessThanOrEqual(50_000);
  await again.close();
  const found = await read(path);
  expect(found.get('genuine')).toHaveLength(50);
  expect([...found.values()].flat().length).toBe(count);
  const smaller = await openDirectoryStore(path, { maxBytes: 20_000 });
  expect(smaller.usage().bytes).toBeLessThanOrEqual(20_000);
  await smaller.close();
});
