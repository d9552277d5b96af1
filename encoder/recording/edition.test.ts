import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartClass } from '../../codecs/edition/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { type PublicKey, parsePublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { writeCorpus } from '../../fixtures/corpus.js';
import { createKeys, KEY_FILES, type Keys, loadKeys } from '../keys/keys.js';
import { encode } from './encode.js';
import type { EncodeOptions } from './encode-options.js';
import type { EncodeReport } from './encode-report.js';
import { datagramsIn, filesOf, lose, type Received, receive } from './testing.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const LOSS = 0.1;

let work: string;
let keys: Keys;
let trusted: PublicKey;
let schemes: FecSchemes;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-edition-'));
  await createKeys(join(work, 'keys'), nodeCrypto, { now: NOW });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), NOW);
  trusted = parsePublicKey(readFileSync(join(work, 'keys', KEY_FILES.publisherPublic), 'utf8'));
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

function record(directory: string, changes: Partial<EncodeOptions> = {}): Promise<EncodeReport> {
  return encode(directory, join(work, 'out.pcap'), {
    keys,
    crypto: nodeCrypto,
    schemes,
    fec: 'raptorq',
    level: 1,
    mtu: 1500,
    authDepth: 4,
    sequence: 7,
    order: 'sequence',
    fluteVersion: 2,
    rate: 512_000,
    now: NOW,
    onProgress: () => {},
    repair: { kind: 'loss', loss: LOSS },
    destination: { address: '239.255.0.1', port: 4001 },
    ...changes,
  });
}

/** What a recorder with some loss has from a share of the last recording, from its beginning on. */
async function receiveShare(share: number): Promise<Received> {
  const datagrams = await datagramsIn(join(work, 'out.pcap'));
  return receive(lose(datagrams.slice(0, share * datagrams.length), LOSS), schemes, trusted);
}

/** Which share of the bytes of some classes is complete. */
function shareOf({ index, complete }: Received, ...classes: PartClass[]): number {
  const bytes = (parts: typeof complete) =>
    parts.filter((part) => classes.includes(part.class)).reduce((sum, { unpacked }) => sum + unpacked, 0);
  return bytes(complete) / bytes(index.parts);
}

function corpus(name: string, bytes: number): string {
  const directory = join(work, name);
  writeCorpus(directory, { bytes, seed: 5 });
  return directory;
}

describe('an edition in sequence', () => {
  it('gives the front, all text and a third of the rest from the first third of a recording', async () => {
    const report = await record(corpus('large', 95e6), { jobs: 2, level: 3 });
    expect(report.parts.length).toBeGreaterThan(50);
    const received = await receiveShare(1 / 3);
    expect(shareOf(received, 'front', 'text')).toBe(1);
    expect(shareOf(received, 'picture', 'sound', 'film', 'other')).toBeGreaterThan(1 / 3 - 0.06);
    rmSync(join(work, 'large'), { recursive: true });
  });

  it('repeats index and front for those who begin later, with symbols that are new to the others', async () => {
    const directory = corpus('late', 6e6);
    const report = await record(directory);
    expect(report.datagrams.repeated).toBeGreaterThan(0);
    expect(report.packetBytes.repeated / report.packetBytes.total).toBeLessThan(0.03);
    const datagrams = await datagramsIn(join(work, 'out.pcap'));
    // the bare receiver throws for a symbol that comes twice
    const all = await receive(lose(datagrams, LOSS), schemes, trusted);
    expect(all.files).toEqual(filesOf(directory));
    const late = await receive(lose(datagrams.slice(datagrams.length / 4), LOSS), schemes, trusted);
    expect(shareOf(late, 'front')).toBe(1);
    expect(shareOf(late, 'text')).toBe(0);
  });
});

describe('a mixed edition', () => {
  it('is complete everywhere at about the same time', async () => {
    const directory = corpus('mixed', 6e6);
    await record(directory, { order: 'mixed' });
    const half = await receiveShare(0.6);
    expect([shareOf(half, 'front'), shareOf(half, 'text', 'picture', 'sound', 'film')]).toEqual([1, 0]);
    expect((await receiveShare(1)).files).toEqual(filesOf(directory));
  });
});

describe('an edit', () => {
  it('changes the part that it is in, its TOI and the index, and nothing else', async () => {
    const directory = corpus('edited', 6e6);
    const before = await record(directory);
    const edited = before.parts.find((part) => part.class === 'text')!;
    const page = [...filesOf(directory).keys()].find((path) => path.endsWith('.html') && path.includes('/'))!;
    appendFileSync(join(directory, page), '<p>수정</p>');
    const after = await record(directory, { sequence: 8 });
    const digestsOf = ({ parts }: EncodeReport) =>
      new Set(parts.map(({ sha256, toi }) => `${sha256} ${toi}`));
    const gone = [...digestsOf(before)].filter((part) => !digestsOf(after).has(part));
    const come = [...digestsOf(after)].filter((part) => !digestsOf(before).has(part));
    expect([gone.length, come.length]).toEqual([1, 1]);
    expect(before.parts.find(({ sha256 }) => gone[0]!.startsWith(sha256))!.class).toBe(edited.class);
    expect(after.index.sha256).not.toBe(before.index.sha256);
    const { files, index } = await receiveShare(1);
    expect(files).toEqual(filesOf(directory));
    expect(index.sequence).toBe(8);
  });
});

describe('the front', () => {
  it('is what the operator says', async () => {
    const directory = join(work, 'first');
    mkdirSync(join(directory, '오늘'), { recursive: true });
    for (const name of ['index.html', 'style.css', '오늘/.소식.html', '오늘/사진.png', 'other.html']) {
      writeFileSync(join(directory, name), name);
    }
    const frontOf = async (...first: string[]) => {
      await record(directory, { first });
      const { complete } = await receiveShare(1);
      return complete.filter((part) => part.class === 'front').map(({ label, files }) => `${label} ${files}`);
    };
    expect(await frontOf('index.html')).toEqual(['index.html 1']);
    expect(await frontOf('오늘/**'.normalize('NFD'), 'style.css')).toEqual(['/ 3']);
    await expect(record(directory, { first: ['index.html', '*.htm'] })).rejects.toThrow(
      'No file of first matches the pattern *.htm',
    );
  });

  it('leaves the repetition to the index when it is large', async () => {
    const directory = join(work, 'broad');
    mkdirSync(directory);
    for (let i = 0; i < 3; i++) writeFileSync(join(directory, `${i}.mp4`), Buffer.alloc(900_000, i + 1));
    const all = await record(directory, { first: ['*'], level: 1, rate: 4_000 });
    expect(all.parts.every((part) => part.class === 'front')).toBe(true);
    expect(all.datagrams.repeated).toBeLessThan(all.datagrams.source);
  });
});

it('names everything that cannot be sent at once', async () => {
  const directory = join(work, 'hostile');
  mkdirSync(join(directory, 'deep'), { recursive: true });
  writeFileSync(join(directory, 'page.html'), 'x');
  symlinkSync('/etc/passwd', join(directory, 'deep', 'link'));
  symlinkSync('page.html', join(directory, 'other'));
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff)]), 'x');
  const refusal = (await record(directory).catch((error: Error) => error)) as Error;
  expect(refusal.name).toBe('EncodeError');
  expect(refusal.message.split('\n')).toHaveLength(3);
  expect(refusal.message).toMatch(/deep\/link is a symbolic link/);
  rmSync(directory, { recursive: true });

  mkdirSync(directory);
  for (const name of ['con.txt', 'a:b', 'A.html', 'a.html', 'dot.', '밑\u202e위']) {
    writeFileSync(join(directory, name), 'x');
  }
  const names = (await record(directory).catch((error: Error) => error)) as Error;
  expect(names.name).toBe('EditionError');
  for (const part of ['con.txt', 'a:b', 'A.html', 'dot.', '밑']) expect(names.message).toContain(part);
});
