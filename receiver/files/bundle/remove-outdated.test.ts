import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeOutdated } from './remove-outdated.js';

it('goes on after names of a damaged list that are too long for any file', async () => {
  const target = mkdtempSync(join(tmpdir(), 'datacast-outdated-'));
  onTestFinished(() => rmSync(target, { recursive: true }));
  mkdirSync(join(target, 'a'));
  writeFileSync(join(target, 'a/gone.txt'), 'gone');
  writeFileSync(join(target, 'kept.txt'), 'kept');
  const long = 'x'.repeat(300);
  const list = {
    files: [long, `a/${long}`, `${long}/file`, 'a/gone.txt', 'kept.txt'],
    directories: [long, `a/${long}`],
  };
  await removeOutdated(target, list, (path) => path === 'kept.txt');
  expect(readdirSync(target)).toEqual(['kept.txt']);
});
