import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.js';

const NEWEST = Date.UTC(2026, 5, 1);
const FILES = 150;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'datacast-fingerprint-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  for (let i = 0; i < FILES; i++) write(`a/b/${i}`, 'text');
  for (const directory of ['a/b', 'a', '.']) utimesSync(join(root, directory), 0, 0);
});
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, content: string, time = 0): void {
  writeFileSync(join(root, path), content);
  utimesSync(join(root, path), time / 1000, time / 1000);
}

describe('fingerprint', () => {
  it('is another one when a file far down has another size, time or name', async () => {
    const before = await fingerprint(root);
    expect(before.newest).toBe(0);
    expect(before.bytes).toBeGreaterThanOrEqual(4 * FILES);
    expect(await fingerprint(root)).toEqual(before);
    const seen = new Set([before.digest]);
    write('a/b/77', 'texts');
    seen.add((await fingerprint(root)).digest);
    write('a/b/77', 'texts', NEWEST);
    expect((await fingerprint(root)).newest).toBe(NEWEST);
    seen.add((await fingerprint(root)).digest);
    write('a/b/77', 'text');
    expect(await fingerprint(root)).toEqual(before);
    renameSync(join(root, 'a/b/77'), join(root, 'a/b/x'));
    utimesSync(join(root, 'a/b'), 0, 0);
    seen.add((await fingerprint(root)).digest);
    expect(seen.size).toBe(4);
  });

  it('of a single file, and of nothing', async () => {
    expect(await fingerprint(join(root, 'a/b/1'))).toMatchObject({ newest: 0, bytes: 4 });
    await expect(fingerprint(join(root, 'none'))).rejects.toThrow(/ENOENT/);
  });
});
