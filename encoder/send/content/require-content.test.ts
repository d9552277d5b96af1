import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createKeys, type Keys, loadKeys } from '../../keys/keys.js';
import type { ChannelBundle } from '../channel/channel.js';
import { requireContent } from './require-content.js';

const NOW = Date.UTC(2026, 5, 1);

let work = '';
let keys: Keys;
const at = (...names: string[]) => join(work, ...names);
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-require-'));
  await createKeys(at('keys'), nodeCrypto, { now: NOW });
  keys = await loadKeys(at('keys'), nodeCrypto, () => Promise.reject(new Error()), NOW);
  for (const name of ['news', 'empty', 'linked', 'signed']) mkdirSync(at(name));
  writeFileSync(at('news/index.html'), 'news');
  symlinkSync('/etc/hostname', at('linked/host'));
  writeFileSync(at('signed/index.json.zst'), 'no index');
});
afterAll(() => rmSync(work, { recursive: true }));

function bundle(name: string, changes: Partial<ChannelBundle> = {}): ChannelBundle {
  const defaults = { weight: 1, level: 3, rules: {}, order: 'mixed' as const, frontInterval: 30_000 };
  return { name, path: at(name), ...defaults, repair: { kind: 'loss', loss: 0.1 }, ...changes };
}

async function problemsOf(bundles: ChannelBundle[], of: Partial<Keys> = keys): Promise<string[]> {
  const given = { ...keys, ...of, publisher: of.publisher };
  const error = await requireContent(bundles, { keys: given, crypto: nodeCrypto, now: NOW }).then(
    () => undefined,
    (error: Error) => error,
  );
  return error?.message.split('\n') ?? [];
}

it('takes what can be sent', async () => {
  expect(await problemsOf([bundle('news'), bundle('file', { path: at('news/index.html') })])).toEqual([]);
});

it('looks at what is sent: nothing that is left out, what links lead to, and the name that receivers see', async () => {
  mkdirSync(at(' unnamed'));
  writeFileSync(at(' unnamed/index.html'), 'news');
  writeFileSync(at('linked/index.html'), 'news');
  const taken = [
    bundle('linked', { exclude: ['host'] }),
    bundle('followed', { path: at('linked'), followLinks: true }),
    bundle('named', { path: at(' unnamed') }),
  ];
  expect(await problemsOf(taken)).toEqual([]);
  const [excluded] = await problemsOf([bundle('news', { exclude: ['*.html'] })]);
  expect(excluded).toMatch(/^news: .* holds no files but what is left out/);
});

it('says of each bundle what is wrong with it', async () => {
  const names = ['missing', 'news', 'empty', 'linked', 'signed'];
  const [missing, empty, linked, signed, advice, ...more] = await problemsOf(
    names.map((name) => bundle(name)),
  );
  expect(missing).toBe(`missing: ${at('missing')} does not exist.`);
  expect(empty).toMatch(/^empty: .* holds no files: there is nothing to send\.$/);
  expect(linked).toMatch(/^linked: .*host is a symbolic link\./);
  expect(signed).toMatch(/^signed: .*index\.json\.zst\.minisig/);
  expect(advice).toMatch(/^Nothing is sent\. .* "optional: true"/);
  expect(more).toEqual([]);
});

it('wants the key of the publisher for content that nobody has signed', async () => {
  const [first] = await problemsOf([bundle('news')], { publisher: undefined as never });
  expect(first).toMatch(/^news: .*news is no signed edition, and publisher\.key was not read at the start/);
});

it('leaves alone what may come later, and what has expired', async () => {
  const bundles = [bundle('missing', { optional: true }), bundle('gone', { rules: { expires: NOW - 1 } })];
  expect(await problemsOf(bundles)).toEqual([]);
  expect(await problemsOf([bundle('later', { rules: { start: NOW + 1 } })])).toHaveLength(2);
});
