import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { concatBytes, utf8Encode } from '../bytes.js';
import { compress } from '../zstd/index.js';
import {
  cutTree,
  EditionError,
  encodeIndex,
  MAX_NAMES_LENGTH,
  type PartCut,
  packPart,
  readPart,
  type TreeEntry,
} from './index.js';
import { comparePaths } from './path.js';
import { checksumOf } from './tar-header.js';
import { collect, directory, file, piecesOf, read, type TestFile } from './testing.js';

const LIMITS = { maxSize: 1e9, maxEntries: 1000 };
const LONG = `${'긴이름'.repeat(20)}/${'ordner'.repeat(20)}/${'z'.repeat(200)}.txt`;
const SPLIT = `${'긴'.repeat(40)}/${'d'.repeat(20)}/${'x'.repeat(90)}.txt`;
const SAMPLE = [
  file('뉴스/오늘.html', '<p>비가 내립니다.</p>'),
  file('page.html', 'x'.repeat(5000)),
  file('empty.txt', ''),
  directory('leer/noch leerer'),
  file('a-b', 'sorts between a and a/b'),
  file('a/b', '512'.repeat(512)),
  file(LONG, 'long name'),
  file(SPLIT, 'name in two fields'),
];

/** All entries as one part, whatever their class. */
function whole(entries: readonly TreeEntry<TestFile>[]): PartCut<TestFile> {
  const cuts = cutTree(entries, { first: () => true });
  return {
    ...cuts[0]!,
    files: cuts.flatMap(({ files }) => files),
    directories: cuts.flatMap((cut) => cut.directories),
  };
}

const pack = (...entries: TreeEntry<TestFile>[]) => collect(packPart(whole(entries), read));

async function unpack(archive: Uint8Array, limits = LIMITS, cut = 700) {
  const found: Record<string, Uint8Array | null> = {};
  for await (const item of readPart(piecesOf(archive, cut), limits)) {
    const content = await collect(item.content);
    expect(content).toHaveLength(item.size);
    expect(Buffer.compare(content, archive.subarray(item.start, item.start + item.size))).toBe(0);
    found[item.path] = item.kind === 'file' ? content : null;
  }
  return found;
}

const tarFile = (name: string, content: string, more: Partial<TarEntry['header']> = {}): TarEntry => ({
  header: { name, size: utf8Encode(content).length, type: 'file', ...more },
  body: content,
});

async function refused(
  archive: Uint8Array | TarEntry[],
  why: string | RegExp,
  limits = LIMITS,
): Promise<void> {
  const bytes = Array.isArray(archive) ? await packTar(archive) : archive;
  await expect(unpack(bytes, limits)).rejects.toThrow(EditionError);
  await expect(unpack(bytes, limits)).rejects.toThrow(why);
}

describe('a part', () => {
  it('comes back as it was packed, in order, however the archive is cut', async () => {
    const found = await unpack(await pack(...SAMPLE));
    const names = Object.keys(found).map((path) => (found[path] === null ? `${path}/` : path));
    expect(names).toEqual([...names].sort(comparePaths));
    expect(names).toHaveLength(SAMPLE.length);
    for (const entry of SAMPLE) {
      expect(found[entry.path]).toEqual(entry.kind === 'file' ? await collect(entry.open()) : null);
    }
  });

  it('round-trips any tree', async () => {
    const name = fc.constantFrom('a', 'b', 'B-1', '한글', 'é', 'x'.repeat(90), 'y'.repeat(200));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    const tree = fc.dictionary(path, fc.uint8Array({ maxLength: 1500 }), { minKeys: 1, maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(tree, fc.integer({ min: 1, max: 3000 }), async (content, cut) => {
        let archive: Uint8Array;
        try {
          archive = await pack(...Object.entries(content).map(([p, bytes]) => file(p, bytes)));
        } catch (error) {
          // a file and a directory of one name
          expect(error).toBeInstanceOf(EditionError);
          return;
        }
        expect(await unpack(archive, LIMITS, cut)).toEqual({ ...content });
      }),
      { numRuns: 60 },
    );
  });

  it('has the bytes that it always had', async () => {
    const archive = await pack(...SAMPLE);
    expect(createHash('sha256').update(archive).digest('hex')).toBe(
      'f12e9260d4b44005e1aa80d312d3ccd1133c84fa93edfff14f6bdb0220255362',
    );
  });

  it('is not packed when a file changes meanwhile, and is read once', async () => {
    for (const content of ['1234', '123456']) {
      const changing = { ...file('log', content), size: 5 };
      await expect(pack(changing)).rejects.toThrow(/"log" changed while/);
    }
    let opened = 0;
    const counted: TreeEntry<TestFile> = {
      kind: 'file',
      path: 'x',
      size: 3,
      open() {
        opened++;
        return piecesOf(utf8Encode('abc'), 2);
      },
    };
    await pack(counted);
    expect(opened).toBe(1);
  });

  it('of a large file has its size in a pax header', async () => {
    const size = 9 * 2 ** 30;
    const zeroes = new Uint8Array(1 << 20);
    const large: TreeEntry<TestFile> = {
      kind: 'file',
      path: 'large.bin',
      size,
      async *open() {
        for (let at = 0; at < size; at += zeroes.length) yield zeroes;
      },
    };
    for await (const item of readPart(packPart(whole([large]), read), { maxSize: 1e10, maxEntries: 1 })) {
      expect(item.size).toBe(size);
      break;
    }
  });

  it('has no more names than a receiver has memory for', async () => {
    const long = Array.from({ length: 5 }, () => 'n'.repeat(199)).join('/');
    const count = Math.ceil(MAX_NAMES_LENGTH / 1000);
    const directories = Array.from({ length: count }, (_, i) => `${long}/${String(i).padStart(6, '0')}`);
    const archive = packPart({ class: 'text', label: '/', files: [], directories, unpacked: 0 }, read);
    let items = 0;
    const all = async () => {
      for await (const _ of readPart(archive, { maxSize: 0, maxEntries: 1e6 })) items++;
    };
    await expect(all()).rejects.toThrow(/^The names in a part have more than 33554432 characters/);
    expect(items).toBeGreaterThan(0.9 * count);
    const tree = directories.map((path) => ({ kind: 'directory' as const, path }));
    expect(() => cutTree(tree)).toThrow(/33554432 are allowed/);
  });

  it('closes what it reads when its reader stops, and passes on errors', async () => {
    let closed = 0;
    async function* source(failing: boolean) {
      try {
        yield (await pack(file('a', 'x'.repeat(5000)), file('b', 'x'))).subarray(0, 3000);
        if (failing) throw new RangeError('the disk is gone');
      } finally {
        closed++;
      }
    }
    for await (const item of readPart(source(false), LIMITS)) {
      expect(item.path).toBe('a');
      break;
    }
    expect(closed).toBe(1);
    await expect(
      (async () => {
        for await (const item of readPart(source(true), LIMITS)) await collect(item.content);
      })(),
    ).rejects.toThrow(RangeError);
    expect(closed).toBe(2);
  });
});

describe('ordinary tools', () => {
  it('check and unpack an edition', async (context) => {
    if (!requireTool('tar', context) || !requireTool('zstd', context)) return;
    const work = mkdtempSync(join(tmpdir(), 'datacast-edition-'));
    const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
    const shell = (command: string) =>
      execFileSync('sh', ['-ec', command], { cwd: work, env, encoding: 'utf8' });
    try {
      const cuts = cutTree(SAMPLE, { first: (path) => path === 'page.html' });
      expect(cuts).toHaveLength(2);
      const parts = await Promise.all(
        cuts.map(async (cut) => {
          const object = await collect(compress(packPart(cut, read), { level: 19 }));
          const sha256 = createHash('sha256').update(object).digest('hex');
          writeFileSync(join(work, `${sha256}.tar.zst`), object);
          const { class: partClass, label, unpacked, files } = cut;
          return { sha256, bytes: object.length, unpacked, files: files.length, label, class: partClass };
        }),
      );
      writeFileSync(join(work, 'index.zst'), await encodeIndex({ name: 'news', sequence: 1, parts }));
      const digests = `zstd -qd < index.zst | sed -n 's/.*"sha256":"\\([0-9a-f]*\\)".*/\\1  \\1.tar.zst/p'`;
      expect(shell(`${digests} | sha256sum -c | grep -c OK`)).toBe('2\n');
      shell('mkdir out; for part in *.tar.zst; do zstd -qd < $part | tar x -C out; done');
      for (const entry of SAMPLE) {
        if (entry.kind === 'directory') expect(readdirSync(join(work, 'out', entry.path))).toEqual([]);
        else
          expect(new Uint8Array(readFileSync(join(work, 'out', entry.path)))).toEqual(
            await collect(entry.open()),
          );
      }
      expect(statSync(join(work, 'out/empty.txt')).size).toBe(0);
      const listing = shell(
        'for part in *.tar.zst; do zstd -qd < $part | tar tv --numeric-owner; done',
      ).trim();
      for (const line of listing.split('\n')) {
        expect(line).toMatch(/^(-rw-r--r--|drwxr-xr-x) 0\/0 +\d+ 1970-01-01 00:00 /);
      }
    } finally {
      rmSync(work, { recursive: true });
    }
  });

  it('write what is read: GNU tar in the formats of POSIX', async (context) => {
    if (!requireTool('tar', context)) return;
    const work = mkdtempSync(join(tmpdir(), 'datacast-edition-'));
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    try {
      const archive = await pack(...SAMPLE);
      execFileSync('tar', ['-x', '-C', work, '-f', '-'], { input: archive, env });
      const names = execFileSync('tar', ['-t', '--quoting-style=literal', '-f', '-'], {
        input: archive,
        env,
      });
      const posix = ['--format=pax', '--pax-option=delete=atime,delete=ctime,delete=mtime'];
      const args = ['-c', '-C', work, '--no-recursion', ...posix, '-T', '-', '-f', '-'];
      const again = execFileSync('tar', args, { input: names, env });
      expect(await unpack(new Uint8Array(again))).toEqual(await unpack(archive));
    } finally {
      rmSync(work, { recursive: true });
    }
  });
});

describe('a hostile part', () => {
  it('with links, devices and what else is no file is refused', async () => {
    for (const [type, name] of [
      ['symlink', 'a symbolic link'],
      ['link', 'a hard link'],
      ['fifo', 'a pipe'],
      ['character-device', 'a device'],
      ['block-device', 'a device'],
    ] as const) {
      await refused([{ header: { name: 'a', size: 0, type, linkname: '/etc/passwd' } }], name);
    }
    await refused([{ header: { name: 'x', size: 0, type: 'pax-global-header' } }], 'unknown type');
  });

  it.each(['../up', '/abs', 'a/../../b', 'a\\b', 'c:d', 'NUL', 'e\u0301', 'dot.', 'a//b'])(
    'with the name %j is refused',
    async (path) => {
      await refused([tarFile(path, '1')], 'cannot stand in a bundle');
    },
  );

  it('whose pax header says otherwise is refused', async () => {
    await refused([tarFile('a', '1', { pax: { path: '../../etc/cron.d/x' } })], '".."');
    await refused([tarFile('a', '1', { pax: { linkpath: 'x' } })], 'linkpath');
    await refused([tarFile('a', '1', { pax: { 'GNU.sparse.realsize': '9' } })], 'sparse');
    await refused([tarFile('a', '1', { pax: { comment: 'x'.repeat(5000) } })], 'pax header claims');
    await refused([tarFile('a', '1', { pax: { path: 'b/' } })], 'named as what it is not');
  });

  it('with names that are there twice, collide or are out of order is refused', async () => {
    await refused([tarFile('a', '1'), tarFile('a', '1')], 'twice');
    await refused([tarFile('A', '1'), tarFile('a', '1')], 'case is ignored');
    await refused([tarFile('D/x', '1'), tarFile('d/y', '1')], 'case is ignored');
    await refused([tarFile('a', '1'), tarFile('a/b', '1')], 'twice');
    await refused([{ header: { name: 'a/', size: 0, type: 'directory' } }, tarFile('a/b', '1')], 'twice');
    await refused([tarFile('b', '1'), tarFile('a', '1')], 'out of order');
  });

  it('that is larger than allowed is refused before its content is read', async () => {
    const archive = await pack(file('a', 'x'.repeat(600)), file('b', 'x'.repeat(600)));
    await refused(archive, '1200 bytes or more; 1199 are allowed', { maxSize: 1199, maxEntries: 9 });
    const claims = (await packTar([tarFile('a', 'x')])).slice();
    claims.set(utf8Encode('77777777777\0'), 124);
    await refused(withChecksum(claims), 'are allowed', LIMITS);
    await refused(withChecksum(claims), 'cut off', { maxSize: 1e11, maxEntries: 9 });
  });

  it('of a million entries is refused at the first too many, and so are deep directories', async () => {
    let made = 0;
    async function* million() {
      const [header] = [(await packTar([tarFile('f0000000', '')])).slice(0, 512)];
      for (; made < 1e6; made++) {
        header!.set(utf8Encode(`f${String(made).padStart(7, '0')}`));
        yield withChecksum(header!.slice());
      }
    }
    const read = async () => {
      for await (const _ of readPart(million(), LIMITS));
    };
    await expect(read()).rejects.toThrow('more than 1000 files and directories');
    expect(made).toBeLessThan(1100);
    await refused(await pack(file(`${'a/'.repeat(400)}b`, '')), 'more than 100 files', {
      maxSize: 9,
      maxEntries: 100,
    });
  });

  it('that is damaged, cut off or followed by something is refused', async () => {
    const archive = await pack(file('a', 'x'.repeat(700)), file('b', '1'));
    for (let length = 0; length < archive.length; length += 100)
      await refused(archive.subarray(0, length), 'cut off');
    await refused(concatBytes(archive, Uint8Array.of(1)), 'behind its end');
    await refused(concatBytes(archive, archive), 'behind its end');
    await refused(concatBytes(archive, new Uint8Array(2 ** 20 + 512)), 'bytes of zeroes at its end');
    expect(await unpack(concatBytes(archive, new Uint8Array(9000)))).toEqual(await unpack(archive));
    const dirty = archive.slice();
    dirty[512 + 700] = 1;
    await refused(dirty, 'behind a file');
    const wrong = archive.slice();
    wrong[0] = 0x41;
    await refused(wrong, 'checksum');
    await refused(utf8Encode('no archive at all'.repeat(100)), 'not that of a ustar archive');
  });

  it('throws nothing but EditionError, and hands out only safe names in order', async () => {
    const archive = await pack(...SAMPLE);
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.boolean(),
        fc.uint8Array({ maxLength: 1500 }),
        async (edits, repair, random) => {
          const mutated = archive.slice();
          for (const [at, value] of edits) mutated[at % (at % 2 === 0 ? 512 : mutated.length)] = value;
          if (repair) withChecksum(mutated);
          for (const bytes of [mutated, random, concatBytes(archive.subarray(0, 1024), random)]) {
            await unpack(bytes).catch((error) => expect(error).toBeInstanceOf(EditionError));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Puts the right checksum into the first header, so that a change is not found by it. */
function withChecksum(tar: Uint8Array): Uint8Array {
  tar.set(utf8Encode(`${checksumOf(tar.subarray(0, 512)).toString(8).padStart(6, '0')}\0 `), 148);
  return tar;
}
