import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Edition } from '../index.js';
import { WORKSHOP } from './place.js';
import { openShelf, type Shelf } from './shelf.js';

let out: string;
beforeEach(() => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-shelf-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  out = join(work, 'out');
});

const edition = (sequence: number, name = 'news', publisher = 'A'): Edition => ({
  ...{ publisher, name, sequence, sha256: new Uint8Array(32), signature: '' },
});
const writes = (text: string) => async (directory: string) => writeFileSync(join(directory, 'text'), text);
const shown = () => readdirSync(out).filter((name) => name !== WORKSHOP);
const text = (path: string) => readFileSync(join(out, path, 'text'), 'utf8');
async function withShelf<T>(use: (shelf: Shelf) => Promise<T>): Promise<T> {
  const shelf = await openShelf(out);
  try {
    return await use(shelf);
  } finally {
    await shelf.close();
  }
}

describe('the output directory', () => {
  it('holds the newest edition of each bundle, and knows that after a restart', async () => {
    await withShelf(async (shelf) => {
      expect(await shelf.put(edition(1), writes('one'))).toBe('news');
      expect(await shelf.put(edition(2), writes('two'))).toBe('news');
      expect(await shelf.put(edition(1, 'sport'), writes('ball'))).toBe('sport');
    });
    expect([shown().sort(), text('news'), text('sport')]).toEqual([['news', 'sport'], 'two', 'ball']);
    await withShelf(async (shelf) => {
      expect([1, 2, 3].map((sequence) => shelf.holds(edition(sequence)))).toEqual([true, true, false]);
      expect(shelf.holds(edition(1, 'news', 'B'))).toBe(false);
      // what somebody has removed is received again
      rmSync(join(out, 'news'), { recursive: true });
      expect(shelf.holds(edition(2))).toBe(false);
    });
  });

  it('keeps the edition before when a new one cannot be unpacked', async () => {
    await withShelf(async (shelf) => {
      await shelf.put(edition(1), writes('one'));
      const fails = async (directory: string) => {
        await writes('half')(directory);
        throw new Error('The disk is full.');
      };
      await expect(shelf.put(edition(2), fails)).rejects.toThrow('full');
      expect([text('news'), shelf.holds(edition(2))]).toEqual(['one', false]);
      expect(readdirSync(join(out, WORKSHOP, 'unpacking'))).toEqual([]);
    });
  });

  it('never replaces what it has not put there, nor what is of another publisher', async () => {
    mkdirSync(join(out, 'News'), { recursive: true });
    writeFileSync(join(out, 'News', 'text'), 'mine');
    await withShelf(async (shelf) => {
      expect(await shelf.put(edition(1), writes('one'))).toBe('news-2');
      expect(await shelf.put(edition(1, 'news', 'B'), writes('other'))).toBe('news-3');
      expect(await shelf.put(edition(2), writes('two'))).toBe('news-2');
    });
    expect([text('News'), text('news-2'), text('news-3')]).toEqual(['mine', 'two', 'other']);
  });

  it('keeps a place for a bundle that could not be written yet', async () => {
    await withShelf(async (shelf) => {
      const fails = async () => Promise.reject(new Error('The disk is full.'));
      await expect(shelf.put(edition(1), fails)).rejects.toThrow('full');
      expect(await shelf.put(edition(1, 'news', 'B'), writes('other'))).toBe('news-2');
      expect(await shelf.put(edition(2), writes('two'))).toBe('news');
    });
    expect([text('news'), text('news-2')]).toEqual(['two', 'other']);
  });

  it('gives unsafe names a safe place', async () => {
    await withShelf(async (shelf) => {
      expect(await shelf.put(edition(1, '../..'), writes('up'))).not.toMatch(/^\.|\//);
      expect(await shelf.put(edition(1, WORKSHOP), writes('hidden'))).not.toBe(WORKSHOP);
    });
  });

  /** What a kill leaves at each step of a swap. */
  const inWorkshop = (...names: string[]) => join(out, WORKSHOP, ...names);
  const make = (path: string, content: string) => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'text'), content);
  };
  it.each<[string, string, () => void]>([
    ['while it was unpacked', 'one', () => make(inWorkshop('unpacking', 'news'), 'ha')],
    ['when it was ready', 'two', () => make(inWorkshop('ready', 'news'), 'two')],
    [
      'between the renames',
      'two',
      () => {
        make(inWorkshop('ready', 'news'), 'two');
        mkdirSync(inWorkshop('replaced'), { recursive: true });
        renameSync(join(out, 'news'), inWorkshop('replaced', 'news'));
      },
    ],
    ['before the old one was removed', 'one', () => make(inWorkshop('replaced', 'news'), 'zero')],
  ])('is whole after a kill %s', async (_, expected, leave) => {
    await withShelf((shelf) => shelf.put(edition(1), writes('one')));
    leave();
    await withShelf(async () => {
      expect([shown(), text('news')]).toEqual([['news'], expected]);
      for (const name of ['unpacking', 'ready', 'replaced'])
        expect(readdirSync(inWorkshop(name))).toEqual([]);
    });
  });

  it('belongs to one process', async () => {
    await withShelf(async () => {
      writeFileSync(inWorkshop('lock'), `${process.ppid}\n`);
      await expect(openShelf(out)).rejects.toThrow(`Another process (${process.ppid}) writes to ${out}`);
    });
    expect(existsSync(inWorkshop('lock'))).toBe(false);
  });

  it('says what is wrong with a damaged record', async () => {
    await withShelf((shelf) => shelf.put(edition(1), writes('one')));
    writeFileSync(inWorkshop('editions.json'), '{"version":1,"bundles":[{}]}');
    await expect(openShelf(out)).rejects.toThrow(/editions\.json is damaged: restore it, or remove it/);
    expect(existsSync(inWorkshop('lock'))).toBe(false);
    writeFileSync(inWorkshop('editions.json'), '{"version":2,"shelves":[]}');
    await expect(openShelf(out)).rejects.toThrow(
      /editions\.json is of a later version of this program: use that/,
    );
  });
});
