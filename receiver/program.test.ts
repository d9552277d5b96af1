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
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { concatBytes, toHex, utf8Encode } from '../codecs/bytes.js';
import { packPart } from '../codecs/edition/index.js';
import { type FecSchemes, loadFecSchemes } from '../codecs/fec/index.js';
import { fingerprint, formatPublicKey, publicKeyLine, publisherId } from '../codecs/minisign/index.js';
import { CliError, runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../codecs/pcap/index.js';
import { hasUnprintable } from '../codecs/text.js';
import { compress } from '../codecs/zstd/index.js';
import { createPrng } from '../fixtures/prng.js';
import { requireTool } from '../fixtures/tools.js';
import { openOutputDirectory } from './files/output-directory.js';
import { type TestPart, type Tree, testPart } from './files/testing.js';
import { createReceiveProgram } from './program.js';
import { type TestPublisher, type TestSession, testPublisher, testSession } from './testing.js';
import { type SentEdition, type SentEditionOptions, sentEdition } from './testing-content.js';

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
const leftovers = () =>
  readdirSync(work).filter((name) => !/\.(pub|pcap|received|received-bundles)$/.test(name));

const CONTENT = { 'index.html': '<p>날씨</p>', 소식: null, '소식/오늘.html': '<p>오늘</p>', 'empty.txt': '' };
/** The parts of that content. */
const FRONT: Tree = { 'index.html': '<p>날씨</p>', 'empty.txt': '' };
const PAGE: Tree = { '소식/오늘.html': '<p>오늘</p>' };
/** A page that is some symbols long. */
const LONG: Tree = { '소식/긴.html': createPrng(1).bytes(700).join(' ') };
const FILM: Tree = { 'film/long.mp4': createPrng(2).bytes(1500).join(' ') };

function sent(
  content: readonly (Tree | TestPart)[] = [FRONT, PAGE],
  more: Partial<SentEditionOptions> = {},
): Promise<SentEdition> {
  return sentEdition({ crypto: nodeCrypto, schemes, publisher, content, ...more });
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concatBytes(...parts);
}

/** An object that is signed and is what its index says, but no part. */
function fakePart(object: Uint8Array, files = 1): TestPart {
  const sha256 = toHex(nodeCrypto.sha256(object));
  const listed = { sha256, bytes: object.length, unpacked: 20, files, label: 'fake', class: 'text' as const };
  return { tree: {}, listed, object };
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

describe('an edition', () => {
  it('is trusted by the line of a key, as by its file', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    const line = formatPublicKey(publisher).split('\n')[1]!;
    const { code } = await run([recording, '--trust', line, '--out', at('line')]);
    expect(code).toBe(0);
  });

  it('becomes the content of the output directory', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    const { code, stdout, stderr } = await run([recording, ...trusting()]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
    expect(leftovers()).toEqual(['out']);
    expect(stdout.replaceAll(work, 'DIR').replace(/Datagrams.*|[\d,]+ bytes resident/gs, '')).toBe(
      'news, edition 5: everything is there, 3 files\n' +
        '  3 files, 26 bytes, in DIR/out\n' +
        `  verified: signed by publisher ${fingerprint(publisherId(publisher))}\n`,
    );
  });

  it('may go into an empty directory, with eager checks and a report for programs', async () => {
    const edition = await sent([FRONT, PAGE], { blocks: 2 });
    mkdirSync(at('out'));
    const recording = record('a.pcap', await edition.all());
    const { code, stdout } = await run([recording, ...trusting('--verify', 'eager', '--json')]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
    const { isComplete, bundles, incomplete, peakMemory } = JSON.parse(stdout);
    expect({ isComplete, bundles, incomplete }).toEqual({
      isComplete: true,
      incomplete: [],
      bundles: [
        {
          publisher: publisherId(publisher),
          name: 'news',
          sequence: 5,
          isComplete: true,
          isHeard: true,
          isHidden: false,
          state: 'everything is there, 3 files',
          path: '',
          files: { there: 3, of: 3 },
          bytes: { there: 26, of: 26 },
          parts: edition.content.map(({ listed }, place) => {
            const symbols = edition.parts[place]!.blocks.reduce((sum, block) => sum + block.sourceSymbols, 0);
            return { ...listed, state: 'there', received: symbols, needed: symbols };
          }),
        },
      ],
    });
    expect(peakMemory).toBeGreaterThan(1e6);
  });

  it('that is dated ahead is written, and that is said', async () => {
    const edition = await sent([FRONT], { sequence: 4_000_000_000 });
    const { code, stderr } = await run([record('a.pcap', await edition.all()), ...trusting()]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^The edition of news is dated ahead: sequence number 4000000000 stands for 2096-10-02 07:06 UTC, and the clock says 20/,
    );
    expect(tree(at('out'))).toEqual(FRONT);
  });

  it('is put together from several recordings, whatever address they were sent to', async () => {
    const edition = await sent();
    const datagrams = await edition.all();
    const half = Math.ceil(datagrams.length / 2);
    const a = record('a.pcap', datagrams.slice(0, half));
    // each session has tables of its own
    const tables = await Promise.all(edition.parts.map((part) => part.fdt()));
    const b = record('b.pcap', [...tables, ...datagrams.slice(half)], '239.9.9.9');
    const alone = await run([a, ...trusting()]);
    expect(alone.code).toBe(1);
    const together = await run([a, b, ...trusting('--out', at('two'))]);
    expect(together.code).toBe(0);
    expect(tree(at('two'))).toEqual(CONTENT);
  });

  it('is kept with its signature for minisign, sha256sum, zstd and tar', async (context) => {
    const edition = await sent();
    const recording = record('a.pcap', await edition.all());
    expect((await run([recording, ...trusting('--keep-bundle')])).code).toBe(0);
    const two = trusting('--out', at('two'), '--keep-bundle', at('kept'));
    const { stdout } = await run([recording, ...two]);
    expect(stdout).toContain(`  kept as it was sent, with its signature, in ${at('kept/news')}`);
    for (const tool of ['minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
    for (const directory of [at('news'), at('kept/news')]) {
      const inKept = (command: string, ...args: string[]) =>
        execFileSync(command, args, { cwd: directory, encoding: 'utf8' });
      expect(inKept('minisign', '-Vm', 'index.json.zst', '-p', at('publisher.pub'))).toContain(
        'datacast sequence:5 name:news',
      );
      expect(inKept('sha256sum', '-c', 'SHA256SUMS').match(/OK/g)).toHaveLength(2);
      mkdirSync(join(directory, 'unpacked'));
      for (const { listed } of edition.content) {
        inKept('tar', '--zstd', '-xf', `${listed.sha256.slice(0, 16)}.tar.zst`, '-C', 'unpacked');
      }
      expect(tree(join(directory, 'unpacked'))).toEqual(CONTENT);
    }
  });

  it('does not take the place of another one that was kept', async () => {
    const keeping = trusting('--keep-bundle', at('kept'));
    const first = record('a.pcap', await (await sent()).all());
    for (const out of ['out', 'again']) {
      expect((await run([first, ...keeping, '--out', at(out)])).code).toBe(0);
    }
    const before = tree(at('kept'));
    const other = record('b.pcap', await (await sent([{ 'a.txt': 'other' }], { sequence: 6 })).all());
    const refused = await run([other, ...keeping, '--out', at('third')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/kept\/news\/index\.json\.zst exists already and is of another edition/);
    expect(tree(at('kept'))).toEqual(before);
    expect(existsSync(at('third'))).toBe(false);
  });

  it('is not spoilt by forgeries that come before its own datagrams', async () => {
    // more of one block than it needs
    const edition = await sent([LONG], { blocks: 2 });
    const part = edition.parts[0]!;
    const attacker = new Uint8Array(32).fill(9);
    const forged = await Promise.all(
      Array.from({ length: 80 }, (_, i) => part.datagram(0, 1000 + i, new Uint8Array(64).fill(i), attacker)),
    );
    const datagrams = [...(await edition.announce()), await part.fdt(), ...forged, ...(await part.source())];
    const { code, stdout } = await run([record('a.pcap', datagrams), ...trusting('--json')]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual({ ...LONG, 소식: null });
    expect(JSON.parse(stdout).counters.forged).toBe(80);
  });
});

describe('an edition of which something is missing', () => {
  /** The front and the page are there, of the film some symbols, of the long page none. */
  async function cut(edition: SentEdition): Promise<string> {
    const film = edition.parts[3]!;
    const [block] = film.blocks;
    const some = [await film.fdt(), ...(await film.symbols(0, 0, block!.sourceSymbols - 3))];
    return record('cut.pcap', [...(await edition.announce()), ...(await edition.send(0, 1)), ...some]);
  }

  it('is written as far as it is there, and what is missing is told part by part', async () => {
    const edition = await sent([FRONT, PAGE, LONG, FILM]);
    const { code, stdout, stderr } = await run([await cut(edition), ...trusting()]);
    expect(tree(at('out'))).toEqual(CONTENT);
    const symbols = edition.parts[3]!.blocks[0]!.sourceSymbols;
    expect(stdout.replaceAll(work, 'DIR').replace(/Datagrams.*/s, '')).toBe(
      'news, edition 5: the front is there; text 1 of 2 parts; the film is missing\n' +
        '  3 of 5 files, 26 bytes, in DIR/out\n' +
        `  verified: signed by publisher ${fingerprint(publisherId(publisher))}\n`,
    );
    expect([code, stderr]).toEqual([
      1,
      'Edition 5 of news is not complete. Another recording of the session can add what is missing:\n' +
        `  소식/긴.html: nothing of ${edition.content[2]!.listed.bytes.toLocaleString('en-US')} bytes\n` +
        `  film/long.mp4: lacks 3 of ${symbols} symbols\n` +
        'Not everything in the recordings is complete.\n',
    ]);
    const { stdout: json } = await run([at('cut.pcap'), ...trusting('--out', at('two'), '--json')]);
    const report = JSON.parse(json);
    expect(report.isComplete).toBe(false);
    expect(report.bundles[0]).toMatchObject({ isComplete: false, path: '', files: { there: 3, of: 5 } });
    expect(
      report.bundles[0].parts.map(({ label, state, received, needed }: Record<string, unknown>) => [
        label,
        state,
        received,
        needed,
      ]),
    ).toMatchObject([
      ['/', 'there', expect.any(Number), expect.any(Number)],
      ['소식/오늘.html', 'there', expect.any(Number), expect.any(Number)],
      ['소식/긴.html', 'missing', 0, null],
      ['film/long.mp4', 'missing', symbols - 3, symbols],
    ]);
  });

  it('is not written with --whole', async () => {
    const edition = await sent([FRONT, PAGE, LONG, FILM]);
    const { code, stderr } = await run([await cut(edition), ...trusting('--whole')]);
    expect([code, stderr.split('\n').at(-2)]).toEqual([1, 'Nothing was written.']);
    expect(leftovers()).toEqual([]);
    const whole = await run([record('a.pcap', await edition.all()), ...trusting('--whole')]);
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    expect(tree(at('out'))).toEqual({ ...CONTENT, ...LONG, ...FILM, film: null });
  });

  it('loses nothing with --state, whatever is edited before the next recording', async () => {
    const edition = await sent([FRONT, PAGE, LONG, FILM]);
    const state = ['--state', at('state')];
    expect((await run([await cut(edition), ...trusting(...state)])).code).toBe(1);
    // the page is edited; the front and the film are not sent again, but for the symbols that it lacks
    const edited: Tree = { '소식/오늘.html': '<p>내일</p>' };
    const next = await sent([FRONT, edited, LONG, FILM], { sequence: 6 });
    const film = next.parts[3]!;
    const rest = [await film.fdt(), ...(await film.symbols(0, film.blocks[0]!.sourceSymbols - 3, 3))];
    const datagrams = [...(await next.announce()), ...(await next.send(1)), ...rest];
    const second = await run([record('b.pcap', datagrams), ...trusting('--out', at('two'), ...state)]);
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringMatching(/^Edition 6 of news is not complete.*\n {2}소식\/긴\.html: nothing of .*\nNot/),
    ]);
    const expected = { ...CONTENT, ...FILM, film: null, ...edited };
    expect(tree(at('two'))).toEqual(expected);
    // what was complete in either is there for the last one, which brings neither index nor any other part
    const last = await run([record('c.pcap', await next.send(2)), ...trusting('--out', at('3'), ...state)]);
    expect([last.code, last.stderr]).toEqual([0, '']);
    expect(tree(at('3'))).toEqual({ ...expected, ...LONG });
    expect(readdirSync(join(at('state'), 'store')).filter((name) => name.endsWith('.journal'))).toEqual([]);
  });
});

describe('an output of an earlier run', () => {
  const edited: Tree = { '소식/오늘.html': '<p>내일</p>' };

  it('is updated: what the new edition has not brought stays, an older one changes nothing', async () => {
    const edition = await sent([FRONT, PAGE, FILM]);
    const first = record('a.pcap', await edition.all());
    expect((await run([first, ...trusting()])).code).toBe(0);
    writeFileSync(join(at('out'), 'own.txt'), 'of the reader');
    const next = await sent([FRONT, edited, FILM], { sequence: 6 });
    const second = record('b.pcap', [...(await next.announce()), ...(await next.send(1))]);
    const expected = { ...CONTENT, ...edited, ...FILM, film: null, 'own.txt': 'of the reader' };
    const updated = await run([second, ...trusting()]);
    expect([updated.code, updated.stderr]).toEqual([0, '']);
    expect(updated.stdout).toMatch(/^news, edition 6: everything is there/);
    expect(tree(at('out'))).toEqual(expected);
    expect((await run([second, ...trusting()])).code).toBe(0);
    const older = await run([first, ...trusting()]);
    expect(older.stderr).toMatch(/Edition 5 of news is older than 6, which was received/);
    expect(older.stderr).toMatch(
      /^1 part of an older edition, or of one whose index is not there, left out\.$/m,
    );
    expect(older.stderr).not.toContain('Another recording');
    expect(tree(at('out'))).toEqual(expected);
    expect(leftovers()).toEqual(['out']);
  });

  it('is not taken for something else: other directories, other bundles, other options', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    mkdirSync(at('out'));
    writeFileSync(join(at('out'), 'own.txt'), 'of the reader');
    const refused = await run([recording, ...trusting()]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/out is not empty \(it holds own\.txt\)/),
    ]);
    rmSync(at('out'), { recursive: true });
    expect((await run([recording, ...trusting()])).code).toBe(0);
    const other = await sent([FRONT], { name: 'weather' });
    const wrong = await run([record('b.pcap', await other.all()), ...trusting()]);
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/The directory out is of another bundle/),
    ]);
    const kept = await run([recording, ...trusting('--keep-bundle')]);
    expect([kept.code, kept.stderr]).toEqual([
      1,
      expect.stringMatching(/--keep-bundle needs a new directory/),
    ]);
    expect(tree(at('out'))).toEqual(CONTENT);
    // a directory that is emptied begins anew
    rmSync(at('out'), { recursive: true });
    expect((await run([record('c.pcap', await other.all()), ...trusting()])).code).toBe(0);
    expect(tree(at('out'))).toEqual(FRONT);
  });

  it('may hold several bundles, also those of a listener that has stopped', async () => {
    const news = await sent();
    const weather = await sent([FRONT], { name: 'weather', tsi: 8 });
    const both = record('a.pcap', [...(await news.all()), ...(await weather.all())]);
    expect((await run([both, ...trusting()])).code).toBe(0);
    const next = await sent([FRONT, edited], { sequence: 6 });
    const recording = record('b.pcap', await next.all());
    expect((await run([recording, ...trusting()])).code).toBe(0);
    expect(tree(join(at('out'), 'news'))).toEqual({ ...CONTENT, ...edited });
    expect(tree(join(at('out'), 'weather'))).toEqual(FRONT);
    const listener = await openOutputDirectory(at('live'), { whole: false, maxSize: 1_000_000 });
    await listener.close();
    const into = ['--trust', at('publisher.pub'), '--out', at('live')];
    expect((await run([both, ...into])).code).toBe(0);
    expect((await run([recording, ...into])).code).toBe(0);
    expect(tree(join(at('live'), 'news'))).toEqual({ ...CONTENT, ...edited });
  });
});

it('does not count what the state has of an edition that is no longer sent', async () => {
  const state = ['--state', at('state')];
  const begun = async (edition: SentEdition) =>
    record('begun.pcap', [...(await edition.announce()), ...(await edition.send(0, 1))]);
  const gone = await sent([FRONT, PAGE, LONG, FILM], { name: 'gone', tsi: 9 });
  expect((await run([await begun(gone), ...trusting(...state)])).code).toBe(1);
  const news = record('news.pcap', await (await sent()).all());
  const done = await run([news, ...trusting('--out', at('two'), ...state)]);
  expect([done.code, done.stderr]).toEqual([0, '']);
  expect(done.stdout).toMatch(/gone, edition 5: .*\n(.*\n)* {2}the recordings have nothing of it/);
  // what is there of it counts when it comes again
  const again = await run([await begun(gone), ...trusting('--out', at('three'), ...state)]);
  expect([again.code, again.stderr]).toEqual([
    1,
    expect.stringMatching(/^Edition 5 of gone is not complete/),
  ]);
});

describe('several bundles', () => {
  it('of one name: the newest edition counts, whatever comes first', async () => {
    const old = record('old.pcap', await (await sent([{ 'a.txt': 'old' }])).all());
    const current = record('new.pcap', await (await sent([{ 'a.txt': 'new' }], { sequence: 6 })).all());
    for (const [i, order] of [
      [old, current],
      [current, old],
    ].entries()) {
      const { code } = await run([...order, '--trust', at('publisher.pub'), '--out', at(`out${i}`)]);
      expect(code).toBe(0);
      expect(tree(at(`out${i}`))).toEqual({ 'a.txt': 'new' });
    }
  });

  it('of which a replayed table alone came make nothing fail', async () => {
    const news = await sent([{ 'a.txt': 'new' }]);
    const sport = await sent([{ 'b.txt': 'old' }], { name: 'sport' });
    const table = await sport.index.fdt();
    const { code, stderr } = await run([
      record('news.pcap', [table, ...(await news.all()), table]),
      ...trusting(),
    ]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(tree(at('out'))).toEqual({ 'a.txt': 'new' });
    const more = await sent([{ 'b.txt': 'a longer one' }, { 'c.txt': 'more' }], {
      name: 'sport',
      symbolSize: 64,
    });
    const begun = [await more.index.fdt(), (await more.index.source())[0]!];
    const incomplete = record('begun.pcap', [...begun, ...(await news.all())]);
    expect((await run([incomplete, ...trusting('--out', at('two'))])).code).toBe(1);
  });

  it('of one name: an older one stays where the newest is not complete, and that is said', async () => {
    const old = await sent([{ 'a.txt': 'old' }, { 'b.txt': 'old' }, { 'c.txt': 'old' }]);
    const newer = await sent([{ 'a.txt': 'new' }, { 'b.txt': 'new' }], { sequence: 6 });
    const datagrams = [...(await newer.announce()), ...(await newer.send(0))];
    const recordings = [record('old.pcap', await old.all()), record('new.pcap', datagrams)];
    const { code, stdout } = await run([...recordings, ...trusting()]);
    expect(code).toBe(1);
    expect(tree(at('out'))).toEqual({ 'a.txt': 'new', 'b.txt': 'old', 'c.txt': 'old' });
    expect(stdout).toContain(
      'news, edition 6: the front is there; the text is missing\n' +
        `  1 of 2 files, 3 bytes, in ${at('out')}\n` +
        '  where files are missing, those of edition 5 stand\n',
    );
    const whole = await run([...recordings, ...trusting('--out', at('two'), '--whole')]);
    expect(whole.code).toBe(1);
    expect(tree(at('two'))).toEqual({ 'a.txt': 'old', 'b.txt': 'old', 'c.txt': 'old' });
    expect(whole.stdout).toContain('all of it appears when it is complete\n');
    expect(whole.stdout).toContain(`  the files of edition 5 stand in ${at('two')}\n`);
    const index = await run([
      recordings[0]!,
      record('i.pcap', [await newer.index.fdt()]),
      ...trusting('--out', at('3')),
    ]);
    expect(index.code).toBe(1);
    expect(index.stderr).toMatch(/^The index of edition 6 of news \(TSI 7, TOI 906\) is not complete/);
  });

  it('of one name by two publishers: who is trusted first has it, whatever was sent first', async () => {
    const mine = await sent([{ 'a.txt': '1' }]);
    const others = { publisher: stranger, tsi: 8, uplinkSeed: new Uint8Array(32).fill(5) };
    const theirs = await sent([{ 'a.txt': '2' }], others);
    const keys = [at('publisher.pub'), publicKeyLine(stranger)];
    for (const datagrams of [
      [...(await mine.all()), ...(await theirs.all())],
      [...(await theirs.all()), ...(await mine.all())],
    ]) {
      const recording = record('a.pcap', datagrams);
      for (const [trust, texts] of [
        [keys, ['1', '2']],
        [keys.toReversed(), ['2', '1']],
      ] as const) {
        const out = mkdtempSync(at('out-'));
        const { code, stderr } = await run([
          recording,
          ...trust.flatMap((key) => ['--trust', key]),
          '--out',
          out,
        ]);
        expect([code, stderr]).toEqual([0, '']);
        expect(tree(out)).toMatchObject({ 'news/a.txt': texts[0], 'news-2/a.txt': texts[1] });
      }
    }
  });

  it('of a publisher who is not trusted any more are not written, and that is said', async () => {
    const state = ['--state', at('state')];
    const edition = await sent([FRONT, LONG]);
    expect(
      (
        await run([
          record('cut.pcap', [...(await edition.announce()), ...(await edition.send(0))]),
          ...trusting(...state),
        ])
      ).code,
    ).toBe(1);
    const rest = record('rest.pcap', await edition.all());
    const { code, stderr } = await run([rest, '--trust', at('stranger.pub'), '--out', at('two'), ...state]);
    expect([code, readdirSync(work)]).toEqual([1, expect.not.arrayContaining(['two'])]);
    expect(stderr).toMatch(/state has what was received of publisher [\d ]{47}, whom --trust does not name/);
    const again = await run([rest, ...trusting('--out', at('three'), ...state)]);
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it('of several names stand in directories of their own, names made safe', async () => {
    const one = await sent([{ 'a.txt': '1' }], { name: 'news', sequence: 5 });
    const two = await sent([{ 'a.txt': '2' }], { name: '../NEWS', sequence: 6 });
    const three = await sent([{ 'a.txt': '3' }], { name: 'News', sequence: 7 });
    const datagrams = [...(await one.all()), ...(await two.all()), ...(await three.all())];
    const { code } = await run([record('a.pcap', datagrams), ...trusting('--keep-bundle', at('kept'))]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual({
      news: null,
      'news/a.txt': '1',
      'News-2': null,
      'News-2/a.txt': '3',
      _NEWS: null,
      '_NEWS/a.txt': '2',
    });
    expect(readdirSync(at('kept')).sort()).toEqual(['News-2', '_NEWS', 'news']);
  });

  it('have names that hide or turn nothing, in directories, sentences and JSON', async () => {
    const name = 'fdp\u202egpj\u200b\u{e0061}\u2066';
    const shown = 'fdp\\u202egpj\\u200b\\u{e0061}\\u2066';
    const one = await sent([{ 'a.txt': '1' }], { name });
    const two = await sent([{ 'a.txt': '2' }, LONG], { name: 'می\u200cخواهم' });
    const args = [
      record('a.pcap', [...(await one.all()), ...(await two.announce()), ...(await two.send(0))]),
    ];
    const hidden = /[\p{Cf}\p{Co}]/u;
    const said = await run([...args, ...trusting('--keep-bundle', at('kept'))]);
    expect(said.stdout).toContain(`${shown}, edition 5: everything is there`);
    expect(said.stderr).toContain('Edition 5 of می\u200cخواهم is not complete');
    expect(`${said.stdout}${said.stderr}`.replaceAll('می\u200cخواهم', '')).not.toMatch(hidden);
    expect(readdirSync(at('out')).sort()).toEqual(['fdp_gpj___', 'می\u200cخواهم']);
    expect(readdirSync(at('kept'))).toContain('fdp_gpj___');

    const json = await run([...args, ...trusting('--json', '--out', at('json'))]);
    expect(json.stdout.replaceAll('می\u200cخواهم', '')).not.toMatch(hidden);
    expect(JSON.parse(json.stdout).bundles.map((bundle: { name: string }) => bundle.name)).toContain(name);
  });

  it('share parts, also when one is known long after the other, and so do publishers', async () => {
    const shared = await testPart({ 'logo.txt': 'logo' });
    const one = await sent([{ 'a.txt': '1' }, shared], { name: 'one' });
    const two = await sent([{ 'b.txt': '2' }, shared], { name: 'two' });
    const more = { name: 'one', publisher: stranger, tsi: 8, uplinkSeed: new Uint8Array(32).fill(5) };
    const third = await sent([{ 'c.txt': '3' }, shared], more);
    const late = [...(await one.all()), ...(await two.announce()), ...(await two.send(0))];
    const recording = record('a.pcap', [...late, ...(await third.all())]);
    const { code, stderr } = await run([recording, ...trusting('--trust', at('stranger.pub'))]);
    expect([code, stderr]).toEqual([0, '']);
    expect(tree(at('out'))).toEqual({
      one: null,
      'one/a.txt': '1',
      'one/logo.txt': 'logo',
      two: null,
      'two/b.txt': '2',
      'two/logo.txt': 'logo',
      'one-2': null,
      'one-2/c.txt': '3',
      'one-2/logo.txt': 'logo',
    });
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
    const datagrams = await (await sent()).all();
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
  it.each<[string, () => Promise<TestPart>, RegExp]>([
    [
      'no zstd',
      async () => fakePart(utf8Encode('nothing but text')),
      /fake is not what its index says: .*zstd/,
    ],
    [
      'no archive',
      async () => fakePart(await gather(compress([utf8Encode('x'.repeat(2000))], { level: 1 }))),
      /archive/,
    ],
    ['a bomb', async () => bomb(), /is not what its index says: with zeroes.bin it has .* its index says 20/],
    ['a tar with a link', () => hostileTar('link'), /symbolic link/],
    ['a tar that climbs', () => hostileTar('climb'), /\.\.\/evil/],
    [
      'names that are one when they are seen',
      () => testPart({ 'a\u202eb.html': 'x', a_b_html: 'y', 'a_b.html': 'z' }),
      /"a_b\.html" twice/,
    ],
  ])('%s: nothing is written', async (_, part, why) => {
    const recording = record('a.pcap', await (await sent([await part()])).all());
    const { code, stderr } = await run([recording, ...trusting('--max-size', '1000000', '--keep-bundle')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Edition 5 of news is signed, but a part of it is not written/);
    expect(stderr).toMatch(why);
    expect(leftovers()).toEqual([]);
  });

  it('with a name that turns around, or drives a terminal, is written with a name that does not', async () => {
    const edition = await sent([
      FRONT,
      await testPart({ 'a\u202ecod.html': 'x', 'b\x1b[2J/c\u200b.txt': 'y' }),
    ]);
    const { code } = await run([record('a.pcap', await edition.all()), ...trusting()]);
    expect(code).toBe(0);
    expect(tree(at('out'))).toMatchObject({ 'a_cod.html': 'x', 'b_[2J/c_.txt': 'y' });
  });

  it('is left out, and the rest is written', async () => {
    const edition = await sent([FRONT, fakePart(utf8Encode('nothing but text')), PAGE]);
    const { code, stdout } = await run([record('a.pcap', await edition.all()), ...trusting()]);
    expect(code).toBe(1);
    expect(stdout).toContain('the front is there; text 1 of 2 parts; 1 part refused');
    expect(tree(at('out'))).toEqual(CONTENT);
  });

  it('is not written when it is too large', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    const { code, stderr } = await run([recording, ...trusting('--max-size', '20')]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Edition 5 of news is signed, but not written: The edition unpacks to 26 bytes; 20 are allowed.',
    );
    expect(leftovers()).toEqual([]);
  });

  async function bomb(): Promise<TestPart> {
    const { object, listed, tree } = await testPart({ 'zeroes.bin': '0'.repeat(3_000_000) });
    return { object, tree, listed: { ...listed, unpacked: 20 } };
  }

  async function hostileTar(kind: 'link' | 'climb'): Promise<TestPart> {
    // A genuine archive, then one byte of a header changed: type 2 is a symbolic link; a name that climbs.
    const file = { kind: 'file' as const, path: 'aa/evil', size: 0, async *open() {} };
    const part = { class: 'text' as const, label: 'aa/evil', files: [file], directories: [], unpacked: 0 };
    const tar = await gather(packPart(part, (file) => file.open()));
    const header = Buffer.from(tar).toString('latin1').lastIndexOf('aa/evil');
    if (kind === 'link') tar[header + 156] = 0x32;
    else tar.set(utf8Encode('../evil'), header);
    tar.set(utf8Encode('        '), header + 148);
    const sum = tar.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
    tar.set(utf8Encode(`${sum.toString(8).padStart(6, '0')}\0 `), header + 148);
    return fakePart(await gather(compress([tar], { level: 1 })));
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
    mkdirSync(at('no-recordings'));
    await refused([at('no-recordings'), ...trusting()], /is a directory that holds no recording\./);
    rmSync(at('no-recordings'), { recursive: true });
    const recording = record('a.pcap', await (await sent()).all());
    await refused(
      [recording, '--trust', work, '--out', at('out')],
      `${work} is a directory; a file is needed.`,
    );
    expect(leftovers()).toEqual([]);
  });

  it('names on the command line that would drive a terminal', async () => {
    const { stderr } = await refused([at('no\x1b[2J\u202efile'), ...trusting()], /no\\u001b\[2J\\u202efile/);
    expect(hasUnprintable(stderr.trimEnd())).toBe(false);
    await refused(['--no\x9bsuch'], /--no\\u009bsuch/, 2);
  });

  it('a file that is no recording', async () => {
    writeFileSync(at('text.pcap'), 'This is a text and no recording at all.');
    writeFileSync(at('empty.pcap'), '');
    writeFileSync(at('ng.pcap'), Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, ...new Uint8Array(40)));
    await refused([at('text.pcap'), ...trusting()], /text\.pcap: Not a pcap recording/);
    await refused([at('empty.pcap'), ...trusting()], /empty\.pcap: Not a pcap recording/);
    await refused([at('ng.pcap'), ...trusting()], /begins as a pcapng recording does/);
    expect(leftovers()).toEqual([]);
  });

  it('one file among several that cannot be used costs itself only', async () => {
    const edition = await sent([FRONT, PAGE]);
    const datagrams = await edition.all();
    mkdirSync(at('many'));
    const half = datagrams.length >> 1;
    writeFileSync(at('many/1.pcap'), recordingOf(datagrams.slice(0, half)));
    writeFileSync(at('many/2.pcap.gz'), gzipSync(recordingOf(datagrams.slice(half))));
    writeFileSync(at('many/3.txt'), 'This is a text and no recording at all.');
    writeFileSync(at('many/4.pcap.xz'), Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0));
    writeFileSync(at('many/5.pcap'), '');
    const { code, stderr } = await run([at('none.pcap'), at('many'), ...trusting()]);
    expect(stderr).toContain(`${at('none.pcap')} does not exist. It is left out.`);
    expect(stderr).toMatch(/3\.txt: Not a pcap recording.* It is left out\./);
    expect(stderr).toMatch(/4\.pcap\.xz: The file is compressed with xz.* It is left out\./);
    expect(stderr).toMatch(/5\.pcap: Not a pcap recording.* It is left out\./);
    expect(code).toBe(0);
    expect(tree(at('out'))).toEqual(CONTENT);
  });

  it('a damaged recording: what is sound in it counts', async () => {
    const edition = await sent([FRONT, PAGE, LONG]);
    const sound = recordingOf(await edition.all());
    const more = recordingOf(await edition.parts[2]!.symbols(0, 100, 200)).subarray(24);
    const broken = concatBytes(sound, more, new Uint8Array(16).fill(0xff), sound.subarray(24));
    writeFileSync(at('broken.pcap'), broken);
    writeFileSync(at('cut.pcap'), concatBytes(sound, sound.subarray(24, 124)));
    const flipped = recordingOf(await edition.all());
    for (let i = 24 + 16 + 60; i < flipped.length - 2000; i += 4000) flipped[i]! ^= 4;
    writeFileSync(at('flipped.pcap'), flipped);
    const first = await refused(
      [at('broken.pcap'), ...trusting()],
      /broken\.pcap: Record .* is damaged: .* read up to there/,
      0,
    );
    expect(first.stdout).toContain('verified');
    await refused([at('cut.pcap'), ...trusting('--out', at('two'))], /cut\.pcap is cut off/, 0);
    await refused(
      [at('flipped.pcap'), ...trusting('--out', at('three'))],
      /holds [0-9]+ damaged packets?, left out/,
      1,
    );
    expect(tree(at('two'))).toEqual({ ...CONTENT, ...LONG });
  });

  it('the wrong key', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    const args = [recording, '--trust', at('stranger.pub'), '--out', at('out')];
    const { stderr } = await refused(args, /is signed in the name of a publisher who is not trusted/);
    expect(stderr).toContain(`the fingerprint ${fingerprint(publisherId(publisher))} (trusted: `);
    expect(stderr).toContain(`(trusted: ${fingerprint(publisherId(stranger))})`);
    expect(leftovers()).toEqual([]);
    await refused([recording, '--out', at('out')], /Give the publisher's public key with --trust/, 2);
    await refused([recording, '--trust', recording, '--out', at('out')], /is no publisher's public key/);
    await refused([recording, '--trust', at('none.pub'), '--out', at('out')], /none\.pub does not exist/);
  });

  it('a key that was given the key id of another one', async () => {
    const namesake = { ...stranger, keyId: publisher.keyId };
    writeFileSync(at('namesake.pub'), formatPublicKey(namesake));
    const recording = record('a.pcap', await (await sent()).all());
    const both = trusting('--trust', at('namesake.pub'));
    const sentence = /--trust: Two different public keys have the key id 101010101010101,/;
    const { stderr } = await refused([recording, ...both], sentence);
    for (const key of [publisher, namesake]) expect(stderr).toContain(fingerprint(publisherId(key)));
    expect(leftovers()).toEqual([]);
    // the same key twice is one
    const twice = await run([recording, ...trusting('--trust', at('publisher.pub'), '--state', at('state'))]);
    expect([twice.code, twice.stderr]).toEqual([0, '']);
    // the edition of the other key has a lower number, and counts all the same
    const theirs = await sent([FRONT], { publisher: namesake, sequence: 4 });
    const args = [record('b.pcap', await theirs.all()), '--trust', at('namesake.pub')];
    const later = await run([...args, '--out', at('theirs'), '--state', at('state')]);
    expect(later.code).toBe(0);
    expect(later.stderr).toMatch(/state knows another publisher\. Two different public keys have the key id/);
    expect(tree(at('theirs'))).toEqual(FRONT);
  });

  it('an output that is in use', async () => {
    const recording = record('a.pcap', await (await sent()).all());
    mkdirSync(at('out'));
    writeFileSync(at('out/mine.txt'), 'mine');
    await refused(
      [recording, ...trusting()],
      /out is not empty \(it holds mine\.txt\) and is no output of an earlier run: nothing is overwritten/,
    );
    expect(tree(at('out'))).toEqual({ 'mine.txt': 'mine' });
    await refused([recording, ...trusting('--out', recording)], /exists and is not a directory/);
    await refused([recording, ...trusting('--out', at('no/where'))], /is no directory: make it first/);
  });

  it('a command line that is wrong', async () => {
    await refused(['--out', at('out')], /Missing required argument 'FILE'/, 2);
    await refused([INTEROP, '--allow-unsigned'], /Required option '--out <DIR>' not specified/, 2);
    await refused(['inspect', INTEROP], /has no command inspect: "datacast inspect FILE\.\.\." shows/, 2);
    await refused([INTEROP, ...trusting('--max-size', 'big')], /A number of bytes is needed/, 2);
    await refused([INTEROP, ...trusting('--verify', 'never')], /lazy, eager/, 2);
  });

  it('a recording without a session', async () => {
    await refused([record('a.pcap', []), ...trusting()], /holds no UDP datagram\. It has 0 packets\./);
    const noise = Array.from({ length: 20 }, (_, i) => new Uint8Array(50).fill(i + 0x50));
    await refused(
      [record('b.pcap', noise), ...trusting()],
      /No session found: none of the 20 datagrams is an ALC packet that can be read\. What the first of them carry: 20 /,
    );
    const [part] = (await sent()).parts;
    await refused(
      [record('c.pcap', await part!.source()), ...trusting()],
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
      const recording = record('a.pcap', await (await sent([{ 'a.txt': 'x'.repeat(300_000) }])).all());
      const args = [recording, '--trust', at('publisher.pub'), '--out', join(disk, 'out')];
      await refused(args, /The disk is full: .* could not be written\. Free some space/);
      expect(readdirSync(disk)).toEqual([]);
      // Random content fills the disk with datagrams before a file is written.
      const large = await sent([{ 'a.txt': createPrng(3).bytes(100_000).join(' ') }], { symbolSize: 1024 });
      const second = [
        record('b.pcap', await large.all()),
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
    const recording = record('a.pcap', await (await sent()).all());
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
    const recording = record('a.pcap', await (await sent()).all());
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
