import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CachedPart, type KnownPart, type PackJob, packHere } from './pack.js';
import { packInThread } from './pack-thread.js';

let work: string;
let job: PackJob;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-pack-thread-'));
  const path = join(work, 'content');
  for (const name of ['pages', 'pictures']) mkdirSync(join(path, name), { recursive: true });
  writeFileSync(join(path, 'index.html'), '<h1>소식</h1>');
  for (let i = 0; i < 5; i++) writeFileSync(join(path, 'pages', `${i}.html`), `<p>${i}</p>`.repeat(1000));
  writeFileSync(join(path, 'pictures', 'rain.jpg'), randomBytes(20_000));
  writeFileSync(join(path, 'film.mp4'), randomBytes(1_100_000));
  job = { name: 'content', path, level: 3, objects: join(work, 'objects'), known: new Map() };
});
afterAll(() => rmSync(work, { recursive: true }));

/** Packs in threads, and notes what is told meanwhile. */
async function pack(known: ReadonlyMap<string, KnownPart>) {
  const told: CachedPart[] = [];
  const toPack: number[] = [];
  const progress: number[] = [];
  const parts = await packInThread(new AbortController().signal).pack(
    { ...job, known },
    {
      onCut: (_, count) => toPack.push(count),
      onPart: (part) => told.push(part),
      onProgress: (done, total) => progress.push(done / total),
    },
  );
  return { parts, told, toPack, progress };
}

describe('packInThread', () => {
  it('packs text in one thread and the rest in the next, as if it were one', async () => {
    const { parts, told, toPack, progress } = await pack(job.known);
    expect(parts.map((part) => part.class)).toEqual(['front', 'text', 'picture', 'film']);
    expect(told).toEqual(parts);
    expect(toPack).toEqual([4]);
    expect(progress.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    for (const { sha256 } of parts) {
      const object = readFileSync(join(job.objects, `${sha256}.tar.zst`));
      expect(createHash('sha256').update(object).digest('hex')).toBe(sha256);
    }
    const here = await packHere().pack(
      { ...job, objects: join(work, 'here') },
      { onCut() {}, onPart() {}, onProgress() {} },
    );
    expect(parts).toEqual(here);
  });

  it('packs again what is there no more, or is not what it was, and tells each part once', async () => {
    const { parts } = await pack(job.known);
    const known = new Map(
      parts.map(({ key, sha256, bytes }) => [key, { sha256, length: bytes, isVerified: false }]),
    );
    expect(await pack(known)).toMatchObject({ parts, told: parts, toPack: [0], progress: [] });
    const [, text, , film] = parts;
    rmSync(join(job.objects, `${text!.sha256}.tar.zst`));
    writeFileSync(join(job.objects, `${film!.sha256}.tar.zst`), randomBytes(film!.bytes));
    const again = await pack(known);
    expect(again.parts).toEqual(parts);
    expect(again.toPack).toEqual([1]);
    expect(again.told.map((part) => part.class)).toEqual(['front', 'picture', 'text', 'film']);
  });

  it('is over when the content is gone, and when it is interrupted', async () => {
    const listener = { onCut() {}, onPart() {}, onProgress() {} };
    const missing = packInThread(new AbortController().signal).pack(
      { ...job, path: join(work, 'gone') },
      listener,
    );
    await expect(missing).rejects.toThrow(/ENOENT/);
    const interruption = new AbortController();
    const packing = packInThread(interruption.signal).pack(job, {
      ...listener,
      onPart: () => interruption.abort(new Error('Enough.')),
    });
    await expect(packing).rejects.toThrow('Enough.');
  });
});
