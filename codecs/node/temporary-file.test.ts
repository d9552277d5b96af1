import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from './atomic-file.js';
import { readFully, writeAt } from './open-file.js';
import { withTemporaryFile } from './temporary-file.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('temporary file', () => {
  it('keeps what is written for reading at any place, without a name', async () => {
    await withTemporaryFile(directory, async (file) => {
      writeAt(file, Uint8Array.of(0, 1, 2, 3), 0);
      writeAt(file, Uint8Array.of(4, 5), 4);
      const three = new Uint8Array(3);
      readFully(file, three, 2);
      expect([...three]).toEqual([2, 3, 4]);
      expect(() => readFully(file, three, 5)).toThrow('ends before byte 8');
      expect(readdirSync(directory)).toEqual([]);
    });
  });

  it('names the directory that has no room for it', async () => {
    await expect(withTemporaryFile(join(directory, 'none'), async () => {})).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('writeAtomically', () => {
  it('puts the file in place when it is complete', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'old');
    const result = await writeAtomically(path, async (file) => {
      writeAt(file, Uint8Array.of(0x6e, 0x65), 0);
      expect(readFileSync(path, 'utf8')).toBe('old');
      writeAt(file, Uint8Array.of(0x77), 2);
      return 3;
    });
    expect(result).toBe(3);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it('leaves the old file when something goes wrong', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'old');
    const failing = writeAtomically(path, async (file) => {
      writeAt(file, Uint8Array.of(1), 0);
      throw new Error('The power went out.');
    });
    await expect(failing).rejects.toThrow('The power went out.');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['file']);
  });
});
