import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, utf8Decode } from '../../codecs/bytes.js';
import { walk } from './walk.js';

let work: string;

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-walk-'));
});
afterAll(() => rmSync(work, { recursive: true }));

describe('walk', () => {
  it('lists files and directories with normalised names and opens what is on disk', async () => {
    const root = join(work, '소식'.normalize('NFD'));
    const page = join(root, '날씨'.normalize('NFD'), '비.html'.normalize('NFD'));
    mkdirSync(join(root, '날씨'.normalize('NFD'), 'empty'), { recursive: true });
    writeFileSync(page, '<p>비</p>');
    writeFileSync(join(root, 'style.css'), '');
    const content = await walk(`${root}/`);
    expect(content).toMatchObject({ name: '소식', files: 2, directories: 2, bytes: 10 });
    const sizes = content.entries.map((entry) => [
      entry.path,
      entry.kind === 'file' ? entry.size : 'directory',
    ]);
    expect(sizes.sort()).toEqual([
      ['style.css', 0],
      ['날씨', 'directory'],
      ['날씨/empty', 'directory'],
      ['날씨/비.html', 10],
    ]);
    const found = content.entries.find(({ path }) => path === '날씨/비.html');
    const parts: Uint8Array[] = [];
    if (found?.kind === 'file') for await (const part of content.read(found)) parts.push(part.slice());
    expect(utf8Decode(concatBytes(...parts))).toBe('<p>비</p>');
  });

  it.each([0, 1, 262_143, 262_144, 262_145, 600_000])('reads a file of %i bytes', async (size) => {
    const root = join(work, `size-${size}`);
    mkdirSync(root);
    const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
    writeFileSync(join(root, 'film'), bytes);
    const { entries, read } = await walk(root);
    const [entry] = entries;
    const parts: Uint8Array[] = [];
    if (entry?.kind === 'file') for await (const part of read(entry)) parts.push(part.slice());
    expect(Buffer.compare(concatBytes(...parts), bytes)).toBe(0);
  });

  it('takes a single file by its name', async () => {
    const file = join(work, 'one.txt');
    writeFileSync(file, 'one');
    expect(await walk(file)).toMatchObject({ name: 'one.txt', files: 1, directories: 0, bytes: 3 });
  });

  it('follows a link only when it is the path itself', async () => {
    const root = join(work, 'edition-42');
    mkdirSync(root);
    writeFileSync(join(root, 'a'), 'a');
    symlinkSync('edition-42', join(work, 'current'));
    expect(await walk(join(work, 'current'))).toMatchObject({ name: 'current', files: 1 });
    symlinkSync('a', join(root, 'b'));
    await expect(walk(root)).rejects.toThrow(/b is a symbolic link\. Put a copy/);
  });
});
