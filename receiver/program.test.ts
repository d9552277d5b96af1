import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BundleEntry, packBundle } from '../codecs/bundle/index.js';
import { concatBytes, utf8Encode } from '../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../codecs/fec/index.js';
import { formatKeyId, formatPublicKey } from '../codecs/minisign/index.js';
import { CliError, runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../codecs/pcap/index.js';
import { compress } from '../codecs/zstd/index.js';
import { requireTool } from '../fixtures/tools.js';
import { createReceiveProgram } from './program.js';
import {
  type TestPublisher,
  type TestSession,
  type TestSessionOptions,
  testPublisher,
  testSession,
} from './testing.js';

const INTEROP = fileURLToPath(new URL('../fixtures/interop/flute-v1-no-code.pcap', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/receiver/cli.js', import.meta.url));

let schemes: FecSchemes;
let publisher: TestPublisher;
let stranger: TestPublisher;
let root = '';
let work = '';
let number = 0;
const at = (name: string) => join(work, name);

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  stranger = await testPublisher(nodeCrypto, 2);
  root = mkdtempSync(join(tmpdir(), 'datacast-receive-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  work = join(root, String(number++));
  mkdirSync(work);
  writeFileSync(at('publisher.pub'), formatPublicKey(publisher));
  writeFileSync(at('stranger.pub'), formatPublicKey(stranger));
});

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(args: string[], interrupted = new AbortController().signal): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const io = {
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
  };
  const code = await runCli(createReceiveProgram({ io, crypto: nodeCrypto, interrupted }), args, io);
  return { code, ...written };
}

const trusting = (...more: string[]) => ['--trust', at('publisher.pub'), '--out', at('out'), ...more];

/** All files of a directory by path; a directory is null. */
function tree(directory: string): Record<string, string | null> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const found: Record<string, string | null> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 1)] = entry.isFile() ? readFileSync(path, 'utf8') : null;
  }
  return found;
}

/** What stands in the working directory besides keys and recordings. */
const leftovers = () => readdirSync(work).filter((name) => !/\.(pub|pcap)$/.test(name));

function entriesOf(files: Record<string, string | null>): BundleEntry[] {
  return Object.entries(files).map(([path, text]) =>
    text === null
      ? { kind: 'directory', path }
      : {
          kind: 'file',
          path,
          size: utf8Encode(text).length,
          async *open() {
            yield utf8Encode(text);
          },
        },
  );
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concatBytes(...parts);
}

const CONTENT = { 'index.html': '<p>날씨</p>', 소식: null, '소식/오늘.html': '<p>오늘</p>', 'empty.txt': '' };

async function bundle(files: Record<string, string | null> = CONTENT): Promise<Uint8Array> {
  return gather(compress(packBundle(entriesOf(files), { crypto: nodeCrypto }), { level: 1 }));
}

async function signed(object: Uint8Array, more: Partial<TestSessionOptions> = {}): Promise<TestSession> {
  return testSession({ crypto: nodeCrypto, schemes, publisher, object, ...more });
}

function recordingOf(datagrams: readonly Uint8Array[], destination = '239.1.2.3'): Uint8Array {
  const flow = { source: '192.0.2.1', destination, sourcePort: 4001, destinationPort: 4001 };
  const records = datagrams.map((payload, i) => pcapRecord({ ...flow, timestampNs: BigInt(i), payload }));
  return concatBytes(pcapHeader(), ...records);
}

function record(name: string, datagrams: readonly Uint8Array[], destination?: string): string {
  writeFileSync(at(name), recordingOf(datagrams, destination));
  return at(name);
}

const whole = async (session: TestSession) => [await session.fdt(), ...(await session.source())];

describe('a bundle', () => {
  it('becomes the content of the output directory', async () => {
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    const { code, stdout, stderr } = await run([recording, ...trusting()]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
    expect(leftovers()).toEqual(['out']);
    expect(stdout).toContain(`verified: signed by publisher ${formatKeyId(publisher.keyId)}`);
    expect(stdout).toContain('news, edition 5: 3 files');
  });

  it('may go into an empty directory, with eager checks and a report for programs', async () => {
    const recording = record('a.pcap', await whole(await signed(await bundle(), { blocks: 2 })));
    mkdirSync(at('out'));
    const { code, stdout } = await run([recording, ...trusting('--verify', 'eager', '--json')]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
    const report = JSON.parse(stdout);
    expect(report.bundles).toMatchObject([{ name: 'news', sequence: 5, files: 3, blocks: 2, path: '' }]);
    expect(report.peakMemory).toBeGreaterThan(1e6);
  });

  it('is put together from several recordings, whatever address they were sent to', async () => {
    const session = await signed(await bundle());
    const source = await session.source();
    const half = Math.ceil(source.length / 2);
    const a = record('a.pcap', [await session.fdt(), ...source.slice(0, half)]);
    const b = record('b.pcap', [...source.slice(half), await session.fdt()], '239.9.9.9');
    const alone = await run([a, ...trusting()]);
    expect(alone.code).toBe(1);
    const together = await run([a, b, ...trusting()]);
    expect(together.code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
  });

  it('is kept with its signature for minisign and zstd', async (context) => {
    const object = await bundle();
    const recording = record('a.pcap', await whole(await signed(object)));
    expect((await run([recording, ...trusting('--keep-bundle')])).code).toBe(0);
    expect((await run([recording, ...trusting('--out', at('two'), '--keep-bundle', at('kept'))])).code).toBe(
      0,
    );
    for (const directory of [work, at('kept')]) {
      expect(new Uint8Array(readFileSync(join(directory, 'news.tar.zst')))).toEqual(object);
    }
    for (const tool of ['minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
    const said = execFileSync('minisign', ['-Vm', at('kept/news.tar.zst'), '-p', at('publisher.pub')], {
      encoding: 'utf8',
    });
    expect(said).toContain('datacast sequence:5 name:news');
    execFileSync('zstd', ['-q', '-d', at('kept/news.tar.zst')]);
    mkdirSync(at('unpacked'));
    execFileSync('tar', ['-xf', at('kept/news.tar'), '-C', at('unpacked')]);
    const { '.datacast-manifest.json': manifest, ...files } = tree(at('unpacked'));
    expect(manifest).toContain('sha256');
    expect(files).toEqual(CONTENT);
  });

  it('does not take the place of another one that was kept', async () => {
    const keeping = trusting('--keep-bundle', at('kept'));
    const first = record('a.pcap', await whole(await signed(await bundle())));
    for (const out of ['out', 'again']) {
      expect((await run([first, ...keeping, '--out', at(out)])).code).toBe(0);
    }
    const before = tree(at('kept'));
    const other = await signed(await bundle({ 'a.txt': 'other' }), { sequence: 6 });
    const refused = await run([record('b.pcap', await whole(other)), ...keeping, '--out', at('third')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/kept\/news\.tar\.zst exists already and is another bundle/);
    expect(tree(at('kept'))).toEqual(before);
    expect(existsSync(at('third'))).toBe(false);
  });

  it('is read a second time when forgeries had crowded out genuine datagrams', async () => {
    // Forgeries fill one block beyond all that is kept of it; the genuine symbols come before the fraud is noticed.
    const session = await signed(await bundle(), { blocks: 2 });
    const attacker = new Uint8Array(32).fill(9);
    const forged = await Promise.all(
      Array.from({ length: 80 }, (_, i) =>
        session.datagram(0, 1000 + i, new Uint8Array(64).fill(i), attacker),
      ),
    );
    const recording = record('a.pcap', [await session.fdt(), ...forged, ...(await session.source())]);
    const { code, stdout } = await run([recording, ...trusting('--json')]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
    expect(JSON.parse(stdout).counters.surplus).toBeGreaterThan(0);
  });

  it('that is incomplete is named block by block', async () => {
    const session = await signed(await bundle({ 'a.txt': 'x'.repeat(10), ...CONTENT }), { blocks: 2 });
    const [first, second] = session.blocks;
    const datagrams = [
      await session.fdt(),
      ...(await session.symbols(0, 0, first!.sourceSymbols - 3)),
      ...(await session.symbols(1, 0, 1)),
    ];
    const { code, stdout, stderr } = await run([record('a.pcap', datagrams), ...trusting('--json')]);
    expect(code).toBe(1);
    expect(stderr).toContain('Edition 5 of news (TSI 7, TOI 5) is not complete');
    expect(stderr).toContain(`block 0 lacks 3 of ${first!.sourceSymbols} symbols`);
    expect(stderr).toContain(
      `block 1 lacks ${second!.sourceSymbols - 1} of ${second!.sourceSymbols} symbols`,
    );
    expect(
      JSON.parse(stdout).incomplete[0].missing.map((block: { missing: number }) => block.missing),
    ).toEqual([3, second!.sourceSymbols - 1]);
    expect(leftovers()).toEqual([]);
  });
});

describe('several bundles', () => {
  it('of one name: the newest edition counts, whatever comes first', async () => {
    const old = record(
      'old.pcap',
      await whole(await signed(await bundle({ 'a.txt': 'old' }), { sequence: 5 })),
    );
    const current = record(
      'new.pcap',
      await whole(await signed(await bundle({ 'a.txt': 'new' }), { sequence: 6 })),
    );
    for (const [i, order] of [
      [old, current],
      [current, old],
    ].entries()) {
      const { code } = await run([...order, '--trust', at('publisher.pub'), '--out', at(`out${i}`)]);
      expect(code).toBe(0);
      expect(tree(at(`out${i}`))).toEqual({ 'a.txt': 'new' });
    }
  });

  it('of one name: an older one is written when the newest is not complete, and that is said', async () => {
    const old = record(
      'old.pcap',
      await whole(await signed(await bundle({ 'a.txt': 'old' }), { sequence: 5 })),
    );
    const session = await signed(await bundle({ 'a.txt': 'new' }), { sequence: 6 });
    const { code, stderr } = await run([old, record('new.pcap', [await session.fdt()]), ...trusting()]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual({ 'a.txt': 'old' });
    expect(stderr).toContain('another edition is complete: Edition 6 of news');
  });

  it('of several names stand in directories of their own, names made safe', async () => {
    const one = await signed(await bundle({ 'a.txt': '1' }), { name: 'news', sequence: 5 });
    const two = await signed(await bundle({ 'a.txt': '2' }), { name: '../NEWS', sequence: 6 });
    const three = await signed(await bundle({ 'a.txt': '3' }), { name: 'News', sequence: 7 });
    const datagrams = [...(await whole(one)), ...(await whole(two)), ...(await whole(three))];
    const { code } = await run([record('a.pcap', datagrams), ...trusting('--keep-bundle')]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual({
      news: null,
      'news/a.txt': '1',
      'News-2': null,
      'News-2/a.txt': '3',
      _NEWS: null,
      '_NEWS/a.txt': '2',
    });
    expect(leftovers().filter((name) => name.endsWith('.zst')).length).toBe(3);
  });
});

describe('sessions of others', () => {
  it('are read with --allow-unsigned only, and said to be unverified', async () => {
    const refused = await run([INTEROP, ...trusting()]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('sessions without authentication only (TSI 16)');
    expect(leftovers()).toEqual([]);
    const { code, stdout } = await run([INTEROP, '--allow-unsigned', '--out', at('out')]);
    expect(code).toBe(0);
    expect(stdout).toContain('NOT VERIFIED');
    const digest = (name: string) =>
      createHash('sha256')
        .update(readFileSync(at(`out/${name}`)))
        .digest('hex');
    expect(readdirSync(at('out')).sort()).toEqual(['b.txt', 'news.html']);
    expect(digest('news.html')).toBe('175f97e5c0c356fd03f613eb21b7d7accea36da368ec86f4a1c920debc76d7a9');
    expect(digest('b.txt')).toBe('d418217682bb6ebc04d30317e2c1958b7cff9429852e89c9dfa571b1d13add77');
  });

  it('cannot write outside the output, nor into a signed bundle', async () => {
    const datagrams = await whole(await signed(await bundle()));
    const locations = ['../../evil', 'index.html', '/etc/passwd', 'con', 'index.html', 'index.html/x'];
    for (const [i, contentLocation] of locations.entries()) {
      const options = { crypto: nodeCrypto, schemes, object: utf8Encode(`foreign ${i}`), toi: 20 + i };
      datagrams.push(...(await whole(await testSession({ ...options, contentLocation }))));
    }
    const recording = record('a.pcap', datagrams);
    const { code } = await run([recording, ...trusting('--allow-unsigned')]);
    expect(code).toBe(0);
    const found = tree(at('out'));
    expect(found['news/index.html']).toBe(CONTENT['index.html']);
    expect(
      Object.keys(found)
        .filter((path) => path.startsWith('unsigned/') && found[path] !== null)
        .sort(),
    ).toEqual(
      ['2-index.html/x', '_con', 'etc/passwd', 'evil', 'index-2.html', 'index.html'].map(
        (path) => `unsigned/${path}`,
      ),
    );
    expect(leftovers()).toEqual(['out']);
    const without = await run([recording, ...trusting('--out', at('signed-only'))]);
    expect(without.code).toBe(0);
    expect(tree(at('signed-only'))).toEqual(CONTENT);
  });

  it('may compress their files; a bomb is refused', async (context) => {
    if (!requireTool('zstd', context)) return;
    const gzip = (bytes: string) => execFileSync('gzip', ['-c'], { input: bytes });
    const send = async (object: Uint8Array, toi: number) =>
      whole(
        await testSession({
          crypto: nodeCrypto,
          schemes,
          object: new Uint8Array(object),
          toi,
          contentLocation: `${toi}.txt`,
          alterFile: (file) => ({ ...file, contentEncoding: 'gzip' }),
        }),
      );
    const datagrams = [
      ...(await send(gzip('hello'), 1)),
      ...(await send(gzip('x'.repeat(200_000)), 2)),
      ...(await send(utf8Encode('no gzip at all'), 3)),
    ];
    const args = ['--allow-unsigned', '--max-size', '100000', '--out', at('out')];
    const { code, stderr } = await run([record('a.pcap', datagrams), ...args]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual({ '1.txt': 'hello' });
    expect(stderr).toContain('2.txt is not written: It is larger than --max-size allows.');
    expect(stderr).toContain('3.txt is not written: Its content encoding is damaged.');
  });
});

describe('content that a publisher signed and that is hostile', () => {
  it.each([
    ['no zstd', async () => utf8Encode('nothing but text'), /not zstd/],
    [
      'no bundle',
      async () => gather(compress([utf8Encode('x'.repeat(2000))], { level: 1 })),
      /bundle|archive/,
    ],
    ['a bomb', async () => bundle({ 'zeroes.bin': '0'.repeat(3_000_000) }), /1000000 are allowed/],
    ['a tar with a link', () => hostileTar('link'), /symbolic link/],
    ['a tar that climbs', () => hostileTar('climb'), /cannot stand in a bundle: it has the part/],
  ])('%s: nothing is written', async (_, object, why) => {
    const recording = record('a.pcap', await whole(await signed(await object())));
    const { code, stderr } = await run([recording, ...trusting('--max-size', '1000000', '--keep-bundle')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Edition 5 of news is signed, but not written/);
    expect(stderr).toMatch(why);
    expect(leftovers()).toEqual([]);
  });

  async function hostileTar(kind: 'link' | 'climb'): Promise<Uint8Array> {
    // A genuine archive, then one byte of a header changed: type 2 is a symbolic link; a name that climbs.
    const tar = await gather(packBundle(entriesOf({ 'aa/evil': '' }), { crypto: nodeCrypto }));
    const text = Buffer.from(tar).toString('latin1');
    const header = text.lastIndexOf('aa/evil');
    if (kind === 'link') tar[header + 156] = 0x32;
    else tar.set(utf8Encode('../evil'), header);
    tar.set(utf8Encode('        '), header + 148);
    const sum = tar.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
    tar.set(utf8Encode(`${sum.toString(8).padStart(6, '0')}\0 `), header + 148);
    return gather(compress([tar], { level: 1 }));
  }
});

describe('bad input', () => {
  const refused = async (args: string[], message: string | RegExp, code = 1) => {
    const result = await run(args);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toContain('Unexpected');
    return result;
  };

  it('a recording that does not exist', async () => {
    await refused([at('none.pcap'), ...trusting()], `${at('none.pcap')} does not exist.`);
    await refused([work, ...trusting()], `${work} is a directory; a recording is needed.`);
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    await refused(
      [recording, '--trust', work, '--out', at('out')],
      `${work} is a directory; a file is needed.`,
    );
    expect(leftovers()).toEqual([]);
  });

  it('a file that is no recording', async () => {
    writeFileSync(at('text.pcap'), 'This is a text and no recording at all.');
    writeFileSync(at('empty.pcap'), '');
    writeFileSync(at('ng.pcap'), Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, ...new Uint8Array(40)));
    await refused([at('text.pcap'), ...trusting()], /text\.pcap: Not a pcap recording/);
    await refused([at('empty.pcap'), ...trusting()], /empty\.pcap: Not a pcap recording/);
    await refused([at('ng.pcap'), ...trusting()], /pcapng format; convert it/);
    expect(leftovers()).toEqual([]);
  });

  it('a damaged recording: what is sound in it counts', async () => {
    const session = await signed(await bundle());
    const source = await session.source();
    const sound = recordingOf([await session.fdt(), ...source]);
    const more = recordingOf(await session.symbols(0, 100, 200)).subarray(24);
    const broken = concatBytes(sound, more, new Uint8Array(16).fill(0xff), sound.subarray(24));
    writeFileSync(at('broken.pcap'), broken);
    writeFileSync(at('cut.pcap'), concatBytes(sound, sound.subarray(24, 124)));
    const flipped = recordingOf([await session.fdt(), ...source, ...(await session.symbols(0, 40, 3))]);
    for (let i = 24 + 16 + 60; i < flipped.length - 2000; i += 4000) flipped[i]! ^= 4;
    writeFileSync(at('flipped.pcap'), flipped);
    const first = await refused(
      [at('broken.pcap'), ...trusting()],
      /broken\.pcap is damaged: Record .* read up to there/,
      0,
    );
    expect(first.stdout).toContain('verified');
    await refused([at('cut.pcap'), ...trusting('--out', at('two'))], /cut\.pcap is cut off/, 0);
    await refused(
      [at('flipped.pcap'), ...trusting('--out', at('three'))],
      /holds [0-9]+ damaged packets?, left out/,
      1,
    );
    expect(tree(at('two'))).toEqual(CONTENT);
  });

  it('the wrong key', async () => {
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    const args = [recording, '--trust', at('stranger.pub'), '--out', at('out')];
    const { stderr } = await refused(
      args,
      /is signed in the name of publisher key 101010101010101, which is not trusted/,
    );
    expect(stderr).toContain('trusted: 202020202020202');
    expect(leftovers()).toEqual([]);
    await refused([recording, '--out', at('out')], /Give the publisher's public key with --trust/, 2);
    await refused([recording, '--trust', recording, '--out', at('out')], /is no publisher's public key/);
    await refused([recording, '--trust', at('none.pub'), '--out', at('out')], /none\.pub does not exist/);
  });

  it('an output that is in use', async () => {
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    mkdirSync(at('out'));
    writeFileSync(at('out/mine.txt'), 'mine');
    await refused(
      [recording, ...trusting()],
      /out is not empty \(it holds mine\.txt\): nothing is overwritten/,
    );
    expect(tree(at('out'))).toEqual({ 'mine.txt': 'mine' });
    await refused([recording, ...trusting('--out', recording)], /exists and is not a directory/);
    await refused([recording, ...trusting('--out', at('no/where'))], /is no directory: make it first/);
  });

  it('a command line that is wrong', async () => {
    await refused(['--out', at('out')], /Missing required argument 'FILE'/, 2);
    await refused([INTEROP, '--allow-unsigned'], /Required option '--out <DIR>' not specified/, 2);
    await refused([INTEROP, ...trusting('--max-size', 'big')], /A number of bytes is needed/, 2);
    await refused([INTEROP, ...trusting('--verify', 'never')], /lazy, eager/, 2);
  });

  it('a recording without a session', async () => {
    await refused([record('a.pcap', []), ...trusting()], /holds no UDP datagram/);
    const noise = Array.from({ length: 20 }, (_, i) => new Uint8Array(50).fill(i + 0x50));
    await refused(
      [record('b.pcap', noise), ...trusting()],
      /No session found: none of the 20 datagrams is an ALC packet/,
    );
    const session = await signed(await bundle());
    await refused(
      [record('c.pcap', await session.source()), ...trusting()],
      /none is of a file delivery table/,
    );
    expect(leftovers()).toEqual([]);
  });

  it('a disk that is full', async (context) => {
    const disk = at('disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', disk], { stdio: 'ignore' });
    } catch {
      console.warn('Skipped: a small file system for the test can only be mounted by root.');
      return context.skip('mounting needs root');
    }
    try {
      const recording = record(
        'a.pcap',
        await whole(await signed(await bundle({ 'a.txt': 'x'.repeat(300_000) }))),
      );
      const args = [recording, '--trust', at('publisher.pub'), '--out', join(disk, 'out')];
      await refused(args, /The disk is full: .* could not be written\. Free some space/);
      expect(readdirSync(disk)).toEqual([]);
      // Random content fills the disk with datagrams before a file is written.
      const random = nodeCrypto.randomBytes(60_000);
      const large = await signed(concatBytes(random, random, random, random, random), { symbolSize: 1024 });
      const second = [
        record('b.pcap', await whole(large)),
        '--trust',
        at('publisher.pub'),
        '--out',
        join(disk, 'out'),
      ];
      await refused(second, /The disk is full/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

/** Gives whoever waits for a pipe an empty recording; nobody may be there yet, or any more. */
function endPipe(path: string): void {
  let pipe: number;
  try {
    pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENXIO' });
    return;
  }
  writeSync(pipe, recordingOf([]));
  closeSync(pipe);
}

describe('when it is stopped', () => {
  it('leaves nothing behind', async () => {
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    const reason = new CliError('Interrupted: nothing was written.');
    const { code, stderr } = await run([recording, ...trusting()], AbortSignal.abort(reason));
    expect(code).toBe(1);
    expect(stderr).toContain('Interrupted');
    expect(leftovers()).toEqual([]);
  });

  it.each([
    ['SIGKILL', '.out.'],
    ['SIGTERM', undefined],
  ] as const)('by %s has no half output, and the next run tidies up', async (signal, left) => {
    const recording = record('a.pcap', await whole(await signed(await bundle())));
    execFileSync('mkfifo', [at('pipe.pcap')]);
    const child = spawn(process.execPath, [CLI, recording, at('pipe.pcap'), ...trusting()], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    while (isRunning() && !leftovers().some((name) => name.endsWith('.receiving'))) await delay(20);
    await delay(300);
    child.kill(signal);
    // A program that wants to end still waits for the pipe, once it has opened it.
    for (; signal === 'SIGTERM' && isRunning(); await delay(20)) endPipe(at('pipe.pcap'));
    await ended;
    expect(existsSync(at('out'))).toBe(false);
    expect(leftovers().map((name) => name.slice(0, 5))).toEqual(left === undefined ? [] : [left]);
    expect((await run([recording, ...trusting()])).code).toBe(0);
    expect(leftovers()).toEqual(['out']);
    expect(dirname(at('out'))).toBe(work);
  });
});
