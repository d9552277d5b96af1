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
import type { Edition } from '../engine/ports/events.js';
import { WORK_DIRECTORY } from './edition-directories.js';
import { type OutputDirectory, openOutputDirectory } from './output-directory.js';

let out: string;
beforeEach(() => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-output-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  out = join(work, 'out');
});

const edition = (sequence: number, name = 'news', publisher = 'A'): Edition => ({
  publisher,
  name,
  sequence,
  sha256: new Uint8Array(32),
  signature: '',
});
const writes = (text: string) => async (directory: string) => writeFileSync(join(directory, 'text'), text);
const shown = () => readdirSync(out).filter((name) => name !== WORK_DIRECTORY);
const text = (path: string) => readFileSync(join(out, path, 'text'), 'utf8');
async function withOutput<T>(use: (output: OutputDirectory) => Promise<T>): Promise<T> {
  const output = await openOutputDirectory(out);
  try {
    return await use(output);
  } finally {
    await output.close();
  }
}

describe('the output directory', () => {
  it('holds the newest edition of each bundle, and knows that after a restart', async () => {
    await withOutput(async (output) => {
      expect(await output.put(edition(1), writes('one'))).toBe('news');
      expect(await output.put(edition(2), writes('two'))).toBe('news');
      expect(await output.put(edition(1, 'sport'), writes('ball'))).toBe('sport');
    });
    expect([shown().sort(), text('news'), text('sport')]).toEqual([['news', 'sport'], 'two', 'ball']);
    await withOutput(async (output) => {
      expect([1, 2, 3].map((sequence) => output.holds(edition(sequence)))).toEqual([true, true, false]);
      expect(output.holds(edition(1, 'news', 'B'))).toBe(false);
      // what somebody has removed is received again
      rmSync(join(out, 'news'), { recursive: true });
      expect(output.holds(edition(2))).toBe(false);
    });
  });

  it('keeps the edition before when a new one cannot be unpacked', async () => {
    await withOutput(async (output) => {
      await output.put(edition(1), writes('one'));
      const fails = async (directory: string) => {
        await writes('half')(directory);
        throw new Error('The disk is full.');
      };
      await expect(output.put(edition(2), fails)).rejects.toThrow('full');
      expect([text('news'), output.holds(edition(2))]).toEqual(['one', false]);
      expect(readdirSync(join(out, WORK_DIRECTORY, 'unpacking'))).toEqual([]);
    });
  });

  it('never replaces what it has not put there, nor what is of another publisher', async () => {
    mkdirSync(join(out, 'News'), { recursive: true });
    writeFileSync(join(out, 'News', 'text'), 'mine');
    await withOutput(async (output) => {
      expect(await output.put(edition(1), writes('one'))).toBe('news-2');
      expect(await output.put(edition(1, 'news', 'B'), writes('other'))).toBe('news-3');
      expect(await output.put(edition(2), writes('two'))).toBe('news-2');
    });
    expect([text('News'), text('news-2'), text('news-3')]).toEqual(['mine', 'two', 'other']);
  });

  it('keeps a place for a bundle that could not be written yet', async () => {
    await withOutput(async (output) => {
      const fails = async () => Promise.reject(new Error('The disk is full.'));
      await expect(output.put(edition(1), fails)).rejects.toThrow('full');
      expect(await output.put(edition(1, 'news', 'B'), writes('other'))).toBe('news-2');
      expect(await output.put(edition(2), writes('two'))).toBe('news');
    });
    expect([text('news'), text('news-2')]).toEqual(['two', 'other']);
  });

  it('gives unsafe names a safe place', async () => {
    await withOutput(async (output) => {
      expect(await output.put(edition(1, '../..'), writes('up'))).not.toMatch(/^\.|\//);
      expect(await output.put(edition(1, WORK_DIRECTORY), writes('hidden'))).not.toBe(WORK_DIRECTORY);
    });
  });

  /** What a kill leaves at each step of a swap. */
  const inWorkDirectory = (...names: string[]) => join(out, WORK_DIRECTORY, ...names);
  const make = (path: string, content: string) => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'text'), content);
  };
  it.each<[string, string, () => void]>([
    ['while it was unpacked', 'one', () => make(inWorkDirectory('unpacking', 'news'), 'ha')],
    ['when it was ready', 'two', () => make(inWorkDirectory('ready', 'news'), 'two')],
    [
      'between the renames',
      'two',
      () => {
        make(inWorkDirectory('ready', 'news'), 'two');
        mkdirSync(inWorkDirectory('replaced'), { recursive: true });
        renameSync(join(out, 'news'), inWorkDirectory('replaced', 'news'));
      },
    ],
    ['before the old one was removed', 'one', () => make(inWorkDirectory('replaced', 'news'), 'zero')],
  ])('is whole after a kill %s', async (_, expected, leave) => {
    await withOutput((output) => output.put(edition(1), writes('one')));
    leave();
    await withOutput(async () => {
      expect([shown(), text('news')]).toEqual([['news'], expected]);
      for (const name of ['unpacking', 'ready', 'replaced'])
        expect(readdirSync(inWorkDirectory(name))).toEqual([]);
    });
  });

  it('belongs to one process', async () => {
    await withOutput(async () => {
      writeFileSync(inWorkDirectory('lock'), `${process.ppid}\n`);
      await expect(openOutputDirectory(out)).rejects.toThrow(
        `Another process (${process.ppid}) writes to ${out}`,
      );
    });
    expect(existsSync(inWorkDirectory('lock'))).toBe(false);
  });

  it('says what is wrong with a damaged record', async () => {
    await withOutput((output) => output.put(edition(1), writes('one')));
    writeFileSync(inWorkDirectory('editions.json'), '{"version":1,"bundles":[{}]}');
    await expect(openOutputDirectory(out)).rejects.toThrow(
      /editions\.json is damaged: restore it, or remove it/,
    );
    expect(existsSync(inWorkDirectory('lock'))).toBe(false);
    writeFileSync(inWorkDirectory('editions.json'), '{"version":2,"shelves":[]}');
    await expect(openOutputDirectory(out)).rejects.toThrow(/editions\.json has version 2, .*run that one/);
  });
});
