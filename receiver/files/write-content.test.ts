import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { toHex, utf8Encode } from '../../codecs/bytes.js';
import { encodeIndex } from '../../codecs/edition/index.js';
import { createSigner, formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { requireTool } from '../../fixtures/tools.js';
import type { ContentReader, ReceivedEdition } from './keep-edition.js';
import { openOutputDirectory, type StandingBundle } from './output-directory.js';
import { openStaging } from './staging.js';
import {
  editionOf,
  known,
  piecesOf,
  readTree,
  type TestEdition,
  type TestPart,
  testPart,
} from './testing.js';
import { type UnsignedObject, type WriteOptions, type Written, writeContent } from './write-content.js';

const PUBLISHER = 'a'.repeat(64);

let out: string;
let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-write-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  out = join(work, 'out');
});

const reader = (bytes: Uint8Array): ContentReader => ({ read: () => piecesOf([bytes]) });

/** What was received of an edition: all of its parts, or these. */
interface Received extends TestEdition {
  readonly of?: readonly TestPart[];
  readonly signature?: string;
}

async function asSent({ index, parts, of = parts, signature = '' }: Received): Promise<ReceivedEdition> {
  const objects = of.map(({ listed, object }) => [listed.sha256, reader(object)] as const);
  return { index, indexObject: await encodeIndex(index), signature, parts: new Map(objects) };
}

async function write(
  editions: readonly Received[],
  unsigned: readonly UnsignedObject[] = [],
  options: Partial<WriteOptions> = {},
  whole = false,
): Promise<Written<UnsignedObject>> {
  const staging = await openStaging(out);
  const output = await openOutputDirectory(join(staging.work, 'bundles'), { whole, maxSize: 10_000 });
  try {
    const sent = new Map<string, ReceivedEdition>();
    for (const edition of editions) {
      const { name } = edition.index;
      sent.set(name, await asSent(edition));
      await output.announce(known(PUBLISHER, edition.index));
      for (const { listed, object } of edition.of ?? edition.parts) {
        await output.put({ publisher: PUBLISHER, name }, listed.sha256, piecesOf([object]));
      }
    }
    const content = { output, unsigned, edition: ({ name }: StandingBundle) => sent.get(name)! };
    const written = await writeContent(content, staging, {
      crypto: nodeCrypto,
      maxSize: 10_000,
      keepBundle: undefined,
      interrupted: new AbortController().signal,
      ...options,
    });
    await staging.commit();
    return written;
  } finally {
    await output.close();
    await staging.remove();
  }
}

const unsignedFile = (contentLocation: string, text: string): UnsignedObject => ({
  toi: 1,
  contentLocation,
  content: reader(utf8Encode(text)),
});

describe('what recordings have', () => {
  let page: TestPart;
  let film: TestPart;
  beforeEach(async () => {
    page = await testPart({ 'a/b.html': '1', 'empty/': '' });
    film = await testPart({ 'film.mp4': '2' }, 'film');
  });

  it('is the output directory itself when it is one bundle', async () => {
    const { bundles } = await write([editionOf(1, [page, film])]);
    expect(bundles).toMatchObject([
      { path: '', state: { isComplete: true, files: { there: 2, of: 2 } }, kept: undefined },
    ]);
    expect(readTree(out)).toEqual({ 'a/b.html': '1', 'empty/': '', 'film.mp4': '2' });
  });

  it('is written though parts are missing, unless it is to be whole', async () => {
    const part = { ...editionOf(1, [page, film]), of: [film] };
    const { bundles } = await write([part]);
    expect(bundles).toMatchObject([{ path: '', state: { isComplete: false, files: { there: 1, of: 2 } } }]);
    expect(readTree(out)).toEqual({ 'film.mp4': '2' });
    rmSync(out, { recursive: true });
    const whole = await write([part], [], {}, true);
    expect(whole.bundles).toMatchObject([
      { path: undefined, state: { isHidden: true, files: { there: 1 } } },
    ]);
    expect(readTree(out)).toEqual({});
  });

  it('stands in directories of its own when it is several things', async () => {
    const editions = [
      editionOf(1, [page]),
      editionOf(1, [film], 'News'),
      editionOf(1, [film], 'unsigned'),
      { ...editionOf(1, [film], 'other'), of: [] },
    ];
    const { bundles, unsigned } = await write(editions, [
      unsignedFile('../x.txt', '3'),
      unsignedFile('x.txt', '4'),
    ]);
    expect(bundles.map(({ path }) => path)).toEqual(['news', 'News-2', 'unsigned-2', undefined]);
    expect(unsigned.map(({ path }) => path)).toEqual(['unsigned/x.txt', 'unsigned/x-2.txt']);
    expect(readTree(out)).toEqual({
      'news/a/b.html': '1',
      'news/empty/': '',
      'News-2/film.mp4': '2',
      'unsigned-2/film.mp4': '2',
      'unsigned/x.txt': '3',
      'unsigned/x-2.txt': '4',
    });
  });

  it('has a file once that nobody signed and that came on several channels', async () => {
    const files = ['a', 'b', 'a', 'c', 'a'].map((text) => unsignedFile('x.txt', text));
    const encoded = { ...unsignedFile('x.txt', 'a'), contentEncoding: 'identity' };
    const { unsigned } = await write([], [...files, unsignedFile('y.txt', 'a'), encoded]);
    expect(unsigned.map(({ path }) => path)).toEqual(['x.txt', 'x-2.txt', 'x-3.txt', 'y.txt', 'x-4.txt']);
    expect(readTree(out)).toMatchObject({ 'x.txt': 'a', 'x-2.txt': 'b', 'x-3.txt': 'c', 'y.txt': 'a' });
  });

  it('ends early, with nothing written', async () => {
    const interrupted = AbortSignal.abort(new Error('Interrupted.'));
    await expect(write([editionOf(1, [page])], [], { interrupted })).rejects.toThrow('Interrupted.');
    expect(readTree(out)).toBeUndefined();
  });
});

describe('an edition that is kept', () => {
  it('is checked and unpacked by ordinary tools', async (context) => {
    for (const tool of ['minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
    const edition = editionOf(1, [
      await testPart({ 'a/b.html': '1' }),
      await testPart({ 'film.mp4': '2' }, 'film'),
    ]);
    const [seed, keyId] = [new Uint8Array(32).fill(7), new Uint8Array(8).fill(1)];
    const publicKey = await nodeCrypto.ed25519PublicKey(seed);
    const signature = await createSigner(nodeCrypto)
      .update(await encodeIndex(edition.index))
      .sign({ keyId, seed, publicKey }, 'datacast sequence:1 name:news');
    const keepBundle = join(work, 'kept');
    const { bundles } = await write([{ ...edition, of: edition.parts.slice(0, 1), signature }], [], {
      keepBundle,
    });
    const kept = bundles[0]!.kept!;
    expect(kept).toBe(join(keepBundle, 'news'));
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: kept, encoding: 'utf8' });
    writeFileSync(join(work, 'key.pub'), formatPublicKey({ keyId, publicKey }));
    expect(run('minisign', '-V', '-p', join(work, 'key.pub'), '-m', 'index.json.zst')).toContain(
      'sequence:1',
    );
    expect(JSON.parse(run('zstd', '-dc', 'index.json.zst')).parts).toHaveLength(2);
    const name = `${edition.parts[0]!.listed.sha256.slice(0, 16)}.tar.zst`;
    expect(run('sha256sum', '-c', '--ignore-missing', 'SHA256SUMS')).toBe(`${name}: OK\n`);
    expect(run('tar', '--zstd', '-tf', name)).toBe('a/b.html\n');
    // the rest of it comes with another recording
    rmSync(out, { recursive: true });
    await write([{ ...edition, signature }], [], { keepBundle });
    expect(run('sha256sum', '-c', 'SHA256SUMS').match(/OK/g)).toHaveLength(2);
    expect(toHex(nodeCrypto.sha256(readFileSync(join(kept, name))))).toBe(edition.parts[0]!.listed.sha256);
  });

  it('takes the place of no other', async () => {
    const keepBundle = join(work, 'kept');
    await write([editionOf(1, [await testPart({ a: '1' })])], [], { keepBundle });
    rmSync(out, { recursive: true });
    const other = editionOf(2, [await testPart({ a: '2' })]);
    await expect(write([other], [], { keepBundle })).rejects.toThrow(
      /index\.json\.zst exists already and is of another edition/,
    );
    expect(readTree(out)).toBeUndefined();
  });
});
