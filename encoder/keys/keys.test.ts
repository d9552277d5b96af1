import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCertificateFile, parseUplinkKey } from '../../codecs/auth/index.js';
import { parsePublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { EncodeError } from '../error.js';
import { createKeys, KEY_FILES, loadKeys } from './keys.js';

const NOW = Date.UTC(2026, 5, 1);
const noPassword = () => Promise.reject(new Error('No password should be asked for.'));

let work: string;
let ours: string;
let others: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-keys-'));
  ours = join(work, 'nested', 'ours');
  others = join(work, 'others');
  await createKeys(ours, nodeCrypto, { now: NOW });
  await createKeys(others, nodeCrypto, { now: NOW });
});
afterAll(() => rmSync(work, { recursive: true }));

/** A copy of our keys in which something is wrong. */
function damagedCopy(name: string, damage: (directory: string) => void): string {
  const directory = mkdtempSync(join(work, `${name}-`));
  for (const file of readdirSync(ours)) copyFileSync(join(ours, file), join(directory, file));
  damage(directory);
  return directory;
}

describe('createKeys', () => {
  it('makes four files, the secret ones for their owner alone', () => {
    expect(readdirSync(ours).sort()).toEqual(Object.values(KEY_FILES).sort());
    for (const name of [KEY_FILES.publisherSecret, KEY_FILES.uplinkSecret]) {
      expect(statSync(join(ours, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('makes a certificate for the uplink key that lasts for years', async () => {
    const keys = await loadKeys(ours, nodeCrypto, noPassword, NOW);
    const uplink = await parseUplinkKey(nodeCrypto, readFileSync(join(ours, KEY_FILES.uplinkSecret), 'utf8'));
    expect(keys.uplinkSeed).toEqual(uplink.seed);
    expect(keys.certificate.uplinkPublicKey).toEqual(uplink.publicKey);
    expect(keys.certificateBytes).toEqual(
      parseCertificateFile(readFileSync(join(ours, KEY_FILES.uplinkCertificate), 'utf8')),
    );
    expect(keys.certificate.notAfter - keys.certificate.notBefore).toBeGreaterThan(4 * 365 * 86_400);
    expect(keys.certificate.tsi).toBeGreaterThan(0);
    expect(keys.certificate.tsi).toBeLessThan(65_536);
    const publisher = parsePublicKey(readFileSync(join(ours, KEY_FILES.publisherPublic), 'utf8'));
    expect(keys.publisher).toMatchObject({ keyId: publisher.keyId, publicKey: publisher.publicKey });
  });

  it('never overwrites a key, nor adds to some', async () => {
    const before = readFileSync(join(ours, KEY_FILES.publisherSecret));
    await expect(createKeys(ours, nodeCrypto, { now: NOW })).rejects.toThrow(/exists already.*--out/);
    expect(readFileSync(join(ours, KEY_FILES.publisherSecret))).toEqual(before);
    const directory = damagedCopy('partial', (path) => {
      for (const name of readdirSync(path)) if (name !== KEY_FILES.uplinkSecret) rmSync(join(path, name));
    });
    await expect(createKeys(directory, nodeCrypto, { now: NOW })).rejects.toThrow(EncodeError);
    expect(readdirSync(directory)).toEqual([KEY_FILES.uplinkSecret]);
  });
});

describe('loadKeys', () => {
  it('says how to make a key directory that is not there', async () => {
    await expect(loadKeys(join(work, 'none'), nodeCrypto, noPassword, NOW)).rejects.toThrow(
      /none\/publisher\.pub does not exist\..*datacast keygen --out/,
    );
  });

  it.each(Object.values(KEY_FILES))('names %s when it is missing or damaged', async (name) => {
    const missing = damagedCopy('missing', (path) => rmSync(join(path, name)));
    await expect(loadKeys(missing, nodeCrypto, noPassword, NOW)).rejects.toThrow(`${name} does not exist`);
    const damaged = damagedCopy('damaged', (path) =>
      writeFileSync(join(path, name), 'untrusted comment: x\nAAAA\n'),
    );
    await expect(loadKeys(damaged, nodeCrypto, noPassword, NOW)).rejects.toThrow(
      new RegExp(`${name}: .*damaged`),
    );
    await expect(loadKeys(damaged, nodeCrypto, noPassword, NOW)).rejects.toBeInstanceOf(EncodeError);
  });

  it.each(Object.values(KEY_FILES))('notices that %s belongs to other keys', async (name) => {
    const mixed = damagedCopy('mixed', (path) => copyFileSync(join(others, name), join(path, name)));
    await expect(loadKeys(mixed, nodeCrypto, noPassword, NOW)).rejects.toThrow(/different key directories/);
  });

  it('refuses a certificate before and after its time', async () => {
    await expect(loadKeys(ours, nodeCrypto, noPassword, NOW - 86_400_000)).rejects.toThrow(
      /valid from 2026-06-01 00:00 UTC on/,
    );
    await expect(loadKeys(ours, nodeCrypto, noPassword, Date.UTC(2040, 0, 1))).rejects.toThrow(
      /valid until 2031/,
    );
  });
});
