import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  commitmentTo,
  parseSuccession,
  parseSuccessions,
  verifySuccession,
} from '../../../codecs/auth/index.js';
import { toHex } from '../../../codecs/bytes.js';
import { decodeIndex } from '../../../codecs/edition/index.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { parsePublicKey, publisherId } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { receive } from '../../../receiver/recordings/receive.js';
import { openRollBackMemory } from '../../../receiver/state/roll-back-memory.js';
import { createBundleTables } from '../../send/multiplex/bundle-tables.js';
import { uplinkTables } from '../../send/multiplex/table-options.js';
import { runProgram } from '../../testing-program.js';
import { loadUplinkKeys } from '../keys.js';

const NOW = Date.UTC(2026, 5, 1);

let work: string;
const at = (...names: string[]) => join(work, ...names);
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-succession-'));
  mkdirSync(at('news'));
  await run('keygen', '--publisher', '--out', at('keys'), '--no-password');
  await run('keygen', '--successor', at('keys'), '--out', at('next'), '--no-password');
});
afterEach(() => rmSync(work, { recursive: true }));

let now = NOW;
async function attempt(...argv: string[]) {
  now += 3_600_000;
  return runProgram(argv, { now });
}
async function run(...argv: string[]) {
  const result = await attempt(...argv);
  expect(result.stderr).toBe('');
  expect(result.code).toBe(0);
  return result.stdout;
}

const publicKeyIn = (directory: string) =>
  parsePublicKey(readFileSync(at(directory, 'publisher.pub'), 'utf8'));
const statementsIn = (directory: string) =>
  parseSuccessions(readFileSync(at(directory, 'publisher.successions'), 'utf8'));
const succeed = (from: string, to: string, out: string, ...more: string[]) => [
  'succeed',
  '--publisher',
  at(from),
  '--successor',
  at(to),
  '--out',
  at(out),
  ...more,
];

/** What an index of the news names as the next key. */
async function nextKeyOf(keys: string, out: string): Promise<string | undefined> {
  writeFileSync(at('news', 'index.html'), out);
  await run('sign', at('news'), '--publisher', at(keys), '--out', at(out), '--jobs', '1');
  const object = new Uint8Array(readFileSync(at(out, 'index.json.zst')));
  return (await decodeIndex(object, { maxBytes: 10_000, maxParts: 10 })).nextKey;
}

describe('datacast keygen --successor', () => {
  it('makes a key that all later editions name', async () => {
    const commitment = toHex(commitmentTo(nodeCrypto, publicKeyIn('next')));
    expect(readFileSync(at('keys', 'publisher.next'), 'utf8')).toBe(`${commitment}\n`);
    expect(await nextKeyOf('keys', 'signed')).toBe(commitment);
    expect(existsSync(at('next', 'publisher.key'))).toBe(true);
  });

  it('makes one successor of a key', async () => {
    const again = await attempt('keygen', '--successor', at('keys'), '--out', at('other'), '--no-password');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('has a successor');
    expect(existsSync(at('other'))).toBe(false);
    const nobody = await attempt('keygen', '--successor', at('news'), '--out', at('other'), '--no-password');
    expect(nobody.code).toBe(1);
    expect((await attempt('keygen', '--successor', at('keys'), '--uplink', '--out', at('other'))).code).toBe(
      2,
    );
  });

  it('says when the digest is damaged', async () => {
    writeFileSync(at('keys', 'publisher.next'), 'abc\n');
    const signed = await attempt('sign', at('news'), '--publisher', at('keys'), '--out', at('signed'));
    expect(signed.code).toBe(1);
    expect(signed.stderr).toContain('publisher.next is damaged');
  });
});

describe('datacast succeed', () => {
  it('makes a directory that takes the place of the one before', async () => {
    await nextKeyOf('keys', 'signed');
    await run('keygen', '--successor', at('next'), '--out', at('after'), '--no-password');
    const told = JSON.parse(await run(...succeed('keys', 'next', 'keys-2', '--json')));
    expect(told).toEqual({
      publisher: publisherId(publicKeyIn('next')),
      replaces: publisherId(publicKeyIn('keys')),
      signedBy: ['successor', 'publisher'],
      out: at('keys-2'),
    });
    const [statement] = statementsIn('keys-2');
    expect(parseSuccession(statement!)).toMatchObject({
      oldKey: publicKeyIn('keys').publicKey,
      newKey: publicKeyIn('next'),
      nextKey: commitmentTo(nodeCrypto, publicKeyIn('after')),
    });
    expect(await verifySuccession(nodeCrypto, statement!, 'old')).toBe(true);
    const sequences = readFileSync(at('keys', 'sequences.json'), 'utf8');
    expect(readFileSync(at('keys-2', 'sequences.json'), 'utf8')).toBe(sequences);
    expect(await nextKeyOf('keys-2', 'signed-2')).toBe(toHex(commitmentTo(nodeCrypto, publicKeyIn('after'))));
    expect((await attempt(...succeed('keys', 'next', 'keys-2'))).stderr).toContain('exists already');
  });

  it.each<[string, () => void, string[]]>([
    ['the key is lost', () => rmSync(at('keys', 'publisher.key')), []],
    ['its password is lost', () => {}, ['--lost']],
  ])('works when %s', async (_, lose, more) => {
    lose();
    expect(await run(...succeed('keys', 'next', 'keys-2', ...more))).toContain('signed by the new key alone');
    expect(parseSuccession(statementsIn('keys-2')[0]!).oldSignature).toBeUndefined();
  });

  it('warns of secret keys that others may use', async () => {
    const secrets = [at('keys', 'publisher.key'), at('next', 'publisher.key')];
    for (const secret of secrets) chmodSync(secret, 0o640);
    const { code, stderr } = await attempt(...succeed('keys', 'next', 'keys-2'));
    expect(code).toBe(0);
    for (const secret of secrets) expect(stderr).toContain(`${secret} is secret, and others`);
  });

  it('says when the editions before may have named nobody', async () => {
    rmSync(at('keys', 'publisher.next'));
    const both = await attempt(...succeed('keys', 'next', 'keys-2'));
    expect(both.code).toBe(0);
    expect(both.stderr).toContain('because the old one signed');
    const lost = await attempt(...succeed('keys', 'next', 'keys-3', '--lost'));
    expect(lost.stderr).toContain('only if the editions before named it');
  });

  it('takes no other key than the one that the editions name', async () => {
    await run('keygen', '--publisher', '--out', at('other'), '--no-password');
    const refused = await attempt(...succeed('keys', 'other', 'keys-2'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is not the one');
    expect(existsSync(at('keys-2'))).toBe(false);
  });

  it('refuses statements that lead to another key', async () => {
    await run(...succeed('keys', 'next', 'keys-2'));
    copyFileSync(at('keys-2', 'publisher.successions'), at('keys', 'publisher.successions'));
    const refused = await attempt(...succeed('keys', 'next', 'keys-3'));
    expect(refused.stderr).toContain('leads to another key');
  });
});

it('a recording of the third key is received by who trusts the first, and live tables have the statements in turn', async () => {
  await run('keygen', '--uplink', '--out', at('uplink'));
  const certify = (keys: string, ...more: string[]) =>
    run(
      'certify',
      '--publisher',
      at(keys),
      '--uplink',
      at('uplink', 'uplink.pub'),
      '--out',
      at('uplink', 'uplink.cert'),
      ...more,
    );
  await certify('keys');
  await run('keygen', '--successor', at('next'), '--out', at('after'), '--no-password');
  rmSync(at('keys', 'publisher.key'));
  await run(...succeed('keys', 'next', 'keys-2'));
  await run(...succeed('keys-2', 'after', 'keys-3'));
  // the certificate of a key before goes on, and so does its generation
  const renewed = await certify('keys-3', '--renew', at('uplink', 'uplink.cert'));
  expect(renewed).toContain('generation 1');
  for (const name of ['publisher.pub', 'publisher.successions'])
    copyFileSync(at('keys-3', name), at('uplink', name));
  await nextKeyOf('keys-3', 'signed');
  await run('encode', at('signed'), '--keys', at('uplink'), '--out', at('news.pcap'), '--jobs', '1');

  const [lost, signed] = JSON.parse(await run('inspect', at('news.pcap'), '--json')).sessions[0].successions;
  expect(lost).toMatchObject({ oldKey: publisherId(publicKeyIn('keys')), signedBy: ['new'] });
  expect(signed).toMatchObject({ newKey: publisherId(publicKeyIn('after')), signedBy: ['new', 'old'] });
  expect(await run('inspect', at('news.pcap'))).toContain('signed by new and old key');

  const trust = [publicKeyIn('keys')];
  const schemes = await loadFecSchemes();
  const options = {
    crypto: nodeCrypto,
    schemes,
    trust,
    verify: 'lazy',
    allowUnsigned: false,
    whole: false,
    progress: { start() {}, show() {}, read() {}, end() {} },
    jobs: 1,
    maxSize: 100_000,
    keepBundle: undefined,
    interrupted: new AbortController().signal,
    onProblem() {},
  } as const;
  // the first statement has the signature of the new key alone, and nothing was heard before
  const alone = await receive([at('news.pcap')], { ...options, out: at('nothing') });
  expect(alone.bundles).toEqual([]);
  expect(alone.counters['bad-succession']).toBeGreaterThan(1);

  const keys = await loadUplinkKeys(at('uplink'), nodeCrypto, now);
  expect(keys.successions).toEqual(statementsIn('keys-3'));
  const session = { tsi: keys.certificate.tsi, authDepth: 0, mtu: 1500, packetOverhead: 28 };
  const tables = uplinkTables(session, keys, nodeCrypto, schemes);
  const { ofIndex } = createBundleTables([], [], { ...tables, expires: tables.notAfter });
  expect(ofIndex).toHaveLength(1);
  const heard = [0, 1, 2].map(() => toHex(ofIndex[0]!.next(0).subarray(-234)));
  const [first, second] = statementsIn('keys-3').map(toHex);
  expect(heard).toEqual([first, second, first]);

  const seen = {
    generations: [],
    sequences: [],
    successions: [
      {
        publisher: publisherId(trust[0]!),
        statements: [],
        nextKey: toHex(commitmentTo(nodeCrypto, publicKeyIn('next'))),
      },
    ],
  };
  mkdirSync(at('state'));
  const memory = await openRollBackMemory(at('state'), trust, () => {});
  memory.save(seen);
  await memory.settled();
  const report = await receive([at('news.pcap')], { ...options, out: at('out'), state: at('state') });
  expect(report.bundles).toMatchObject([
    { name: 'news', isComplete: true, publisher: publisherId(trust[0]!) },
  ]);
  expect(report.successions.map(({ key }) => key)).toEqual(
    ['next', 'after'].map((name) => publisherId(publicKeyIn(name))),
  );
  expect(readFileSync(at('out', 'index.html'), 'utf8')).toBe('signed');
});
