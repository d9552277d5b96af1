import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatPublicKey, parsePublicKey, publicKeyLine } from '../minisign/index.js';
import { CliError } from './command.js';
import { loadTrust } from './trust.js';

const key = { keyId: new Uint8Array(8).fill(1), publicKey: new Uint8Array(32).fill(2) };
const line = publicKeyLine(key);

it('takes a public key as a file, as its line, and as a line with a space', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-trust-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const path = join(work, 'publisher.pub');
  writeFileSync(path, formatPublicKey(key));
  expect(parsePublicKey(line)).toEqual(key);
  for (const given of [path, line, ` ${line}\n`]) expect(await loadTrust([given])).toEqual([key]);
  expect(await loadTrust([path, line])).toEqual([key]);
});

it('says that a line was not copied whole, and that a file does not exist', async () => {
  const cut = loadTrust([line.slice(0, -1)]);
  await expect(cut).rejects.toThrow(
    /is neither a file nor the line of a public key: that has 56 characters, and this has 55/,
  );
  await expect(cut).rejects.toThrow(CliError);
  await expect(loadTrust(['RWOOD.pub'])).rejects.toThrow(/ENOENT/);
});
