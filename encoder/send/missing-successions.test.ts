import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { signEdition } from '../content/signed-index.js';
import { createKeys, type Keys, loadKeys } from '../keys/keys.js';
import { missingSuccessions } from './missing-successions.js';
import type { BundleRecord } from './state/state.js';

it('is told when the state knows another key, and no statement leads to the present one', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-missing-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const make = async (name: string): Promise<Keys> => {
    await createKeys(join(work, name), nodeCrypto, { now: Date.now() });
    return loadKeys(join(work, name), nodeCrypto, () => Promise.reject(new Error()), Date.now());
  };
  const [before, now] = [await make('before'), await make('now')];
  const { signature } = await signEdition(nodeCrypto, before.publisher, {
    name: 'news',
    sequence: 7,
    parts: [],
  });
  const edition = { sequence: 7, index: { sha256: '', length: 0, signature }, parts: [] };
  const records = new Map<string, BundleRecord>([
    ['news', { edition, packed: [] }],
    ['new', { packed: [] }],
  ]);
  const state = { names: () => [...records.keys()], get: (name: string) => records.get(name) };
  expect(missingSuccessions(state, before)).toBeUndefined();
  expect(missingSuccessions(state, now)).toMatch(
    /^Editions that were sent before \(news\) were signed by another key .* publisher\.successions is not in the key directory/,
  );
  expect(missingSuccessions(state, { ...now, successions: [new Uint8Array(234)] })).toBeUndefined();
});
