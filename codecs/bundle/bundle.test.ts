import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { concatBytes, equalBytes, utf8Encode } from '../bytes.js';
import { nodeCrypto } from '../node/crypto.js';
import { type BundleEntry, BundleError, MANIFEST_PATH, packBundle, readBundle } from './index.js';

const crypto = nodeCrypto;
const LIMITS = { crypto, maxSize: 1e9, maxEntries: 1000 };

function file(path: string, content: string | Uint8Array): BundleEntry {
  const bytes = typeof content === 'string' ? utf8Encode(content) : content;
  return { kind: 'file', path, size: bytes.length, open: () => piecesOf(bytes, 1000) };
}

const directory = (path: string): BundleEntry => ({ kind: 'directory', path });

async function* piecesOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concatBytes(...parts);
}

const pack = (...entries: BundleEntry[]) => collect(packBundle(entries, { crypto }));

/** Path to content, null for a directory. */
async function unpack(archive: Uint8Array, limits: Partial<typeof LIMITS> = {}, cut = 700) {
  const found: Record<string, Uint8Array | null> = {};
  for await (const item of readBundle(piecesOf(archive, cut), { ...LIMITS, ...limits })) {
    found[item.path] = item.kind === 'file' ? await collect(item.content) : null;
  }
  return found;
}

const SAMPLE = [
  file('뉴스/오늘.html', '<p>비가 내립니다.</p>'),
  file('index.html', 'x'.repeat(5000)),
  file('empty.txt', ''),
  directory('leer/noch leerer'),
  file('a-b', 'sorts between a and a/b'),
  file('a/b', '512'.repeat(512)),
];

/** A manifest for entries that are written by hand. */
function manifestEntry(
  files: { path: string; content: string; size?: number; sha256?: string }[],
  directories: string[] = [],
): TarEntry {
  const listed = files.map(({ path, content, size, sha256 }) => ({
    path,
    size: size ?? utf8Encode(content).length,
    sha256: sha256 ?? createHash('sha256').update(content).digest('hex'),
  }));
  return rawManifest(JSON.stringify({ version: 1, files: listed, directories }));
}

function rawManifest(text: string): TarEntry {
  const body = utf8Encode(text);
  return { header: { name: MANIFEST_PATH, size: body.length, type: 'file' }, body };
}

function tarFile(name: string, content: string, more: Partial<TarEntry['header']> = {}): TarEntry {
  return { header: { name, size: utf8Encode(content).length, type: 'file', ...more }, body: content };
}

async function refused(entries: TarEntry[], why: string | RegExp): Promise<void> {
  const archive = await packTar(entries);
  await expect(unpack(archive)).rejects.toThrow(BundleError);
  await expect(unpack(archive)).rejects.toThrow(why);
}

describe('packing a bundle', () => {
  it('gives the same bytes for the same content, in whatever order and normalisation it comes', async () => {
    const one = await pack(...SAMPLE);
    const mixed = SAMPLE.toReversed().map((entry) => ({ ...entry, path: entry.path.normalize('NFD') }));
    expect(equalBytes(await pack(...mixed), one)).toBe(true);
    expect(equalBytes(await pack(...SAMPLE, directory('a'), directory('뉴스')), one)).toBe(true);
  });

  it('gives the bytes that it always gave', async () => {
    const archive = await pack(...SAMPLE);
    expect(archive.length).toBe(14848);
    expect(createHash('sha256').update(archive).digest('hex')).toBe(
      '6c4d99292591dc4a8445def8c7867b583925e355435a801b968c1e08497b2796',
    );
  });

  it('is a tar archive that tar lists and unpacks', async (context) => {
    if (!requireTool('tar', context)) return;
    const target = mkdtempSync(join(tmpdir(), 'datacast-bundle-'));
    const long = `${'긴이름'.repeat(20)}/${'ordner'.repeat(20)}/${'z'.repeat(200)}.txt`;
    try {
      const input = await pack(...SAMPLE, file(long, 'long name'));
      const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
      const listing = execFileSync('tar', ['-tv', '--numeric-owner', '--quoting-style=literal', '-f', '-'], {
        input,
        env,
        encoding: 'utf8',
      });
      const lines = listing.trim().split('\n');
      expect(lines[0]).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 \.datacast-manifest\.json$/);
      const names = lines.map((line) => line.replace(/^.* 00:00 /, ''));
      expect(names.slice(1, 10)).toEqual([
        ...['a/', 'a-b', 'a/b', 'empty.txt', 'index.html', 'leer/', 'leer/noch leerer/'],
        ...[`${'긴이름'.repeat(20)}/`, `${'긴이름'.repeat(20)}/${'ordner'.repeat(20)}/`],
      ]);
      expect(lines.every((line) => /^(-rw-r--r--|drwxr-xr-x) 0\/0 /.test(line))).toBe(true);
      execFileSync('tar', ['-x', '-C', target, '-f', '-'], { input, env });
      expect(readFileSync(join(target, '뉴스/오늘.html'), 'utf8')).toBe('<p>비가 내립니다.</p>');
      expect(readFileSync(join(target, long), 'utf8')).toBe('long name');
      expect(statSync(join(target, 'empty.txt')).size).toBe(0);
      expect(readdirSync(join(target, 'leer/noch leerer'))).toEqual([]);
      const manifest = JSON.parse(readFileSync(join(target, MANIFEST_PATH), 'utf8'));
      for (const { path, size, sha256 } of manifest.files) {
        const content = readFileSync(join(target, path));
        expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([size, sha256]);
      }
    } finally {
      rmSync(target, { recursive: true });
    }
  });

  it.each<[string, BundleEntry[], string]>([
    ['a name given twice', [file('a', '1'), file('a', '2')], 'twice'],
    ['a name in two normalisations', [file('é', '1'), file('e\u0301', '2')], 'twice'],
    ['a file that is a directory too', [file('a', '1'), file('a/b', '2')], 'twice'],
    ['names that differ in case', [file('A.txt', '1'), file('a.txt', '2')], 'same where case is ignored'],
    [
      'directories that differ in case',
      [file('Dir/a', '1'), file('dir/b', '2')],
      'same where case is ignored',
    ],
    ['the name of the manifest', [file(MANIFEST_PATH, '{}')], 'reserved for the bundle'],
    [
      'the name of the manifest in capitals',
      [file('.Datacast-Manifest.JSON', '{}')],
      'reserved for the bundle',
    ],
    ['a path upwards', [file('../a', '1')], '".."'],
    ['a device', [directory('aux')], 'device'],
  ])('refuses %s', async (_, entries, why) => {
    await expect(pack(...entries)).rejects.toThrow(BundleError);
    await expect(pack(...entries)).rejects.toThrow(why);
  });

  it('refuses a file that changes meanwhile', async () => {
    const changing = (...contents: string[]): BundleEntry => {
      const versions = contents.map(utf8Encode);
      return { kind: 'file', path: 'log', size: 5, open: () => piecesOf(versions.shift()!, 2) };
    };
    for (const contents of [
      ['1234'],
      ['123456'],
      ['12345', '1234'],
      ['12345', '123456'],
      ['12345', '12346'],
    ]) {
      await expect(pack(changing(...contents)), contents.join()).rejects.toThrow(/"log" changed while/);
    }
    expect(Object.keys(await unpack(await pack(changing('12345', '12345'))))).toEqual(['log']);
  });

  it('passes on the error of a file, and closes it when the reader stops', async () => {
    const failing: BundleEntry = {
      kind: 'file',
      path: 'x',
      size: 3,
      // biome-ignore lint/correctness/useYield: it fails before the first piece
      async *open() {
        throw new RangeError('the disk is gone');
      },
    };
    await expect(pack(failing)).rejects.toThrow(RangeError);

    let opened = 0;
    let closed = 0;
    const large: BundleEntry = {
      kind: 'file',
      path: 'large',
      size: 40_000_000,
      async *open() {
        opened++;
        try {
          for (let i = 0; i < 40; i++) yield new Uint8Array(1_000_000);
        } finally {
          closed++;
        }
      },
    };
    let taken = 0;
    for await (const piece of packBundle([large], { crypto })) {
      taken += piece.length;
      if (taken > 2_000_000) break;
    }
    expect([opened, closed]).toEqual([2, 2]);
  });
});

describe('reading a bundle', () => {
  it('gives back what was packed, without the manifest', async () => {
    const found = await unpack(await pack(...SAMPLE));
    expect(Object.keys(found)).toEqual([
      ...['a', 'a-b', 'a/b', 'empty.txt', 'index.html', 'leer', 'leer/noch leerer', '뉴스', '뉴스/오늘.html'],
    ]);
    expect(found['a/b']).toEqual(utf8Encode('512'.repeat(512)));
    expect(found['empty.txt']).toHaveLength(0);
    expect(found.leer).toBeNull();
    expect(await unpack(await pack())).toEqual({});
  });

  it('round-trips any tree, however the archive is cut', async () => {
    const name = fc.constantFrom('a', 'b', 'B-1', '한글', 'é', 'x'.repeat(90), 'y'.repeat(200));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    const tree = fc.dictionary(path, fc.option(fc.uint8Array({ maxLength: 1500 })), { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(tree, fc.integer({ min: 1, max: 3000 }), async (content, cut) => {
        const entries = Object.entries(content).map(([p, c]) => (c === null ? directory(p) : file(p, c)));
        let archive: Uint8Array;
        try {
          archive = await pack(...entries);
        } catch (error) {
          // A file and a directory of one name.
          expect(error).toBeInstanceOf(BundleError);
          return;
        }
        expect(await unpack(archive, {}, cut)).toMatchObject(content);
      }),
      { numRuns: 60 },
    );
  });

  it('verifies what the caller does not read', async () => {
    const archive = await packTar([
      manifestEntry([
        { path: 'a', content: 'AAAA' },
        { path: 'b', content: 'b' },
      ]),
      tarFile('a', 'AAAX'),
      tarFile('b', 'b'),
    ]);
    const paths: string[] = [];
    const read = async () => {
      for await (const item of readBundle([archive], LIMITS)) paths.push(item.path);
    };
    await expect(read()).rejects.toThrow('content of "a" is not what the manifest says');
    expect(paths).toEqual(['a']);
    const partly = async () => {
      for await (const item of readBundle([archive], LIMITS)) for await (const _ of item.content) break;
    };
    await expect(partly()).rejects.toThrow('content of "a" is not what the manifest says');
  });

  it('reads what GNU tar writes in the same order', async (context) => {
    if (!requireTool('tar', context)) return;
    const archive = await pack(...SAMPLE, file('긴'.repeat(80), 'GNU long name'));
    const target = mkdtempSync(join(tmpdir(), 'datacast-bundle-'));
    try {
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      execFileSync('tar', ['-x', '-C', target, '-f', '-'], { input: archive, env });
      const names = execFileSync('tar', ['-t', '--quoting-style=literal', '-f', '-'], {
        input: archive,
        env,
      });
      for (const format of ['gnu', 'pax']) {
        const args = ['-c', '-C', target, '--no-recursion', `--format=${format}`, '-T', '-', '-f', '-'];
        const again = execFileSync('tar', args, { input: names, env });
        expect(await unpack(new Uint8Array(again))).toEqual(await unpack(archive));
      }
    } finally {
      rmSync(target, { recursive: true });
    }
  });

  it('refuses links, devices and what else is no file', async () => {
    for (const [type, name] of [
      ['symlink', 'a symbolic link'],
      ['link', 'a hard link'],
      ['fifo', 'a pipe'],
      ['character-device', 'a device'],
      ['block-device', 'a device'],
    ] as const) {
      const entry = { header: { name: 'a', size: 0, type, linkname: '/etc/passwd' } };
      await refused([manifestEntry([{ path: 'a', content: '' }]), entry], name);
    }
  });

  it.each(['../up', '/abs', 'a/../../b', 'a\\b', 'c:d', 'NUL', 'x\u0001', 'e\u0301', 'dot.'])(
    'refuses the name %j in the manifest and in the archive',
    async (path) => {
      await refused(
        [manifestEntry([{ path, content: '1' }]), tarFile(path, '1')],
        'cannot stand in a bundle',
      );
      await refused(
        [manifestEntry([{ path: 'a', content: '1' }]), tarFile(path, '1')],
        'cannot stand in a bundle',
      );
      await refused([manifestEntry([], [path])], 'cannot stand in a bundle');
    },
  );

  it('refuses a name that a pax header puts in place of a safe one', async () => {
    const entry = tarFile('a', '1', { pax: { path: '../../etc/cron.d/x' } });
    await refused([manifestEntry([{ path: 'a', content: '1' }]), entry], '".."');
  });

  it('refuses names that are there twice or collide', async () => {
    const a = { path: 'a', content: '1' };
    await refused([manifestEntry([a, a]), tarFile('a', '1'), tarFile('a', '1')], '"a" twice');
    await refused([manifestEntry([a]), tarFile('a', '1'), tarFile('a', '1')], '"a" where its manifest ends');
    await refused([manifestEntry([a], ['a'])], '"a" twice');
    await refused([manifestEntry([{ path: 'A', content: '1' }, a])], 'same where case is ignored');
    await refused([manifestEntry([], [MANIFEST_PATH.toUpperCase()])], 'reserved');
    await refused([manifestEntry([{ path: 'd/x', content: '1' }])], 'directory "d" is missing');
    await refused([manifestEntry([a, { path: 'a/b', content: '1' }])], 'directory "a" is missing');
  });

  it('refuses what the manifest does not list, or lists otherwise', async () => {
    const a = { path: 'a', content: '1' };
    const b = { path: 'b', content: '2' };
    await refused([manifestEntry([a]), tarFile('a', '1'), tarFile('b', '2')], '"b" where its manifest ends');
    await refused([manifestEntry([a, b]), tarFile('a', '1')], 'lacks "b"');
    await refused(
      [manifestEntry([a, b]), tarFile('b', '2'), tarFile('a', '1')],
      'has "b" where its manifest has "a"',
    );
    await refused([manifestEntry([b, a])], 'out of order');
    await refused([manifestEntry([a]), tarFile('a', '12')], '2 bytes, its manifest with 1');
    await refused([manifestEntry([a]), tarFile('a', '3')], 'not what the manifest says');
    await refused(
      [manifestEntry([a]), { header: { name: 'a/', size: 0, type: 'directory' } }],
      'as a directory',
    );
    await refused([manifestEntry([], ['d']), tarFile('d', '')], 'as a file');
  });

  it('refuses what is no bundle', async () => {
    await refused([tarFile('index.html', 'x')], /does not begin with \.datacast-manifest\.json/);
    await refused([], 'does not begin with');
    await refused(
      [{ header: { name: MANIFEST_PATH, size: 0, type: 'symlink', linkname: 'x' } }],
      'no datacast bundle',
    );
    await expect(unpack(new Uint8Array(0))).rejects.toThrow(BundleError);
    await expect(unpack(utf8Encode('<!DOCTYPE html>'.repeat(100)))).rejects.toThrow('tar archive is damaged');
  });

  it.each<[string, string]>([
    ['not json', 'no JSON'],
    ['[]', 'no JSON object'],
    ['{"version":2,"files":[],"directories":[]}', 'version 2'],
    ['{"version":1,"files":{},"directories":[]}', 'lists no files'],
    ['{"version":1,"files":[null],"directories":[]}', 'no JSON object'],
    ['{"version":1,"files":[{"size":1}],"directories":[]}', 'no path'],
    ['{"version":1,"files":[{"path":"a","size":-1}],"directories":[]}', 'no size'],
    ['{"version":1,"files":[{"path":"a","size":1e300}],"directories":[]}', 'no size'],
    ['{"version":1,"files":[{"path":"a","size":1,"sha256":"00"}],"directories":[]}', 'no SHA-256'],
    ['{"version":1,"files":[],"directories":[5]}', 'no text'],
    ['\ufeff{"version":1,"files":[],"directories":[]}', 'no JSON'],
  ])('refuses the manifest %s', async (text, why) => {
    await refused([rawManifest(text)], why);
  });

  it('refuses more than the limits allow, before it hands out anything', async () => {
    const archive = await pack(file('a', 'x'.repeat(1000)), file('b/c', 'x'.repeat(1000)));
    await expect(unpack(archive, { maxSize: 1999 })).rejects.toThrow(
      'unpacks to 2000 bytes; 1999 are allowed',
    );
    await expect(unpack(archive, { maxEntries: 2 })).rejects.toThrow('has 3 files and directories; 2 are');
    expect(Object.keys(await unpack(archive, { maxSize: 2000, maxEntries: 3 }))).toHaveLength(3);
  });

  it('refuses huge declared sizes without taking memory for them', async () => {
    const claims = (size: number): Promise<Uint8Array> =>
      packTar([rawManifest('{}')]).then((tar) => {
        tar.set(utf8Encode(`${size.toString(8).padStart(11, '0')}\0`), 124);
        return withHeaderChecksum(tar);
      });
    await expect(unpack(await claims(2 ** 32))).rejects.toThrow('claims 4294967296 bytes');
    await expect(unpack(await claims(60_000_000))).rejects.toThrow('truncated');
    const pax = await packTar([
      manifestEntry([{ path: 'a', content: '', size: 900_000_000 }]),
      tarFile('a', '', { pax: { size: '900000000' } }),
    ]);
    await expect(unpack(pax)).rejects.toThrow(BundleError);
  });

  it('says that an archive is cut off, wherever it is', async () => {
    const archive = await pack(file('a', 'x'.repeat(700)));
    for (let length = 0; length < archive.length; length += 100) {
      await expect(unpack(archive.subarray(0, length)), String(length)).rejects.toThrow(BundleError);
    }
  });

  it('throws nothing but BundleError on random and mutated bytes', async () => {
    const archive = await pack(...SAMPLE);
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        mutations,
        fc.boolean(),
        fc.uint8Array({ maxLength: 1500 }),
        async (changes, repair, random) => {
          const mutated = archive.slice();
          for (const [at, value] of changes) mutated[at % mutated.length] = value;
          if (repair) withHeaderChecksum(mutated);
          for (const bytes of [mutated, random, concatBytes(archive.subarray(0, 1024), random)]) {
            try {
              await unpack(bytes);
            } catch (error) {
              expect(error).toBeInstanceOf(BundleError);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('passes on the error of its source, and closes it when the reader stops', async () => {
    const archive = await pack(file('a', 'x'.repeat(5000)), file('b', 'x'));
    let closed = false;
    async function* source(failing: boolean) {
      try {
        yield archive.subarray(0, 3000);
        if (failing) throw new RangeError('the disk is gone');
        yield archive.subarray(3000);
      } finally {
        closed = true;
      }
    }
    const read = async (failing: boolean) => {
      for await (const item of readBundle(source(failing), LIMITS))
        if (item.path === 'a') await collect(item.content);
    };
    await expect(read(true)).rejects.toThrow(RangeError);
    closed = false;
    for await (const item of readBundle(source(false), LIMITS)) {
      expect(item.path).toBe('a');
      break;
    }
    expect(closed).toBe(true);
    await read(false);
  });
});

/** Puts the right checksum into the first header, so that a change is not found by it. */
function withHeaderChecksum(tar: Uint8Array): Uint8Array {
  tar.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of tar.subarray(0, 512)) sum += byte;
  tar.set(utf8Encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return tar;
}
