import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { createStandingFiles, type StandingFiles } from './standing-files.js';

let work: string;
let standing: StandingFiles;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-standing-'));
  standing = createStandingFiles();
  add(1, { 'index.html': 'one', 'a/page.html': 'same', 'old.html': 'old' });
  add(2, { 'index.html': 'two', 'a/page.html': 'same' });
  write({ 'index.html': 'one', 'a/page.html': 'same', 'old.html': 'old' });
});

function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  onTestFinished(() => rmSync(work, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

function add(number: number, files: Readonly<Record<string, string>>): void {
  writeFiles(join(work, `news-${number}`), files);
  standing.add({ bundle: 'news', number }, join(work, `news-${number}`));
}

const write = (files: Readonly<Record<string, string>>) => writeFiles(join(work, 'out', 'news'), files);
const remove = (path: string) => rmSync(join(work, 'out', 'news', path));
const look = () => standing.look('A', join(work, 'out'));

it('finds nothing wrong while files become those of a newer edition, one after the other', () => {
  expect(look()).toEqual([]);
  write({ 'index.html': 'two' });
  expect(look()).toEqual([]);
  remove('old.html');
  expect(look()).toEqual([]);
  expect(standing.compared).toBe(8);
});

it('finds nothing in a directory that is not there yet', () => {
  expect(standing.look('B', join(work, 'none'))).toEqual([]);
});

it('tells a file that is of no edition', () => {
  write({ 'a/page.html': 'half' });
  const message = 'In the directory of receiver A, news/a/page.html is of no edition.';
  expect(look()).toEqual([message]);
});

it('tells a file that never was in an edition', () => {
  write({ 'a/forged.html': 'same' });
  expect(look()).toEqual(['In the directory of receiver A, news/a/forged.html is of no edition.']);
});

it('tells a file that is of an older edition than before', () => {
  write({ 'index.html': 'two' });
  expect(look()).toEqual([]);
  write({ 'index.html': 'one' });
  expect(look()).toEqual([
    'In the directory of receiver A, news/index.html is of edition 1, and was of edition 2 or a later one before.',
  ]);
});

it('tells a file that disappeared though all editions have it', () => {
  expect(look()).toEqual([]);
  remove('a/page.html');
  expect(look()).toEqual(['In the directory of receiver A, news/a/page.html has disappeared.']);
});
