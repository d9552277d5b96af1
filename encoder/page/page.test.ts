import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint, parsePublicKey, publisherId } from '../../codecs/minisign/index.js';
import { parseSetting, readPieces } from '../../codecs/page/index.js';
import { createPcapReader, pcapHeader, pcapRecord } from '../../codecs/pcap/index.js';
import { createPrng } from '../../fixtures/prng.js';
import { runProgram } from '../testing-program.js';

let work = '';
const at = (name: string) => join(work, name);

const run = (...argv: string[]) => runProgram(['page', ...argv]);

/** What a page was made with, and the files that it carries. */
async function contentOf(path: string) {
  const text = readFileSync(path, 'utf8');
  const setting = parseSetting(/id="setting">(.*?)<\/script>/s.exec(text)![1]!);
  const files: Record<string, Buffer> = {};
  for await (const { name, bytes } of readPieces(chunksOf(path))) {
    files[name] = Buffer.concat([files[name] ?? Buffer.alloc(0), bytes]);
  }
  return { setting, files };
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const bytes = readFileSync(path);
  for (let i = 0; i < bytes.length; i += 100_000) yield bytes.subarray(i, i + 100_000);
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-page-command-'));
  for (const name of ['keys', 'others']) {
    await runProgram(['keygen', '--no-password', '--out', at(name)]);
  }
  mkdirSync(at('tree'));
  writeFileSync(at('tree/index.html'), '<h1>front</h1>');
  writeFileSync(at('tree/noise.bin'), createPrng(1).bytes(3_200_000));
  for (const [name, keys] of [
    ['a.pcap', 'keys'],
    ['stranger.pcap', 'others'],
  ] as const) {
    await runProgram(['encode', at('tree'), '--keys', at(keys), '--out', at(name)]);
  }
  writeFileSync(at('half.pcap'), readFileSync(at('a.pcap')).subarray(0, 2_000_000));
  const bundle = join(import.meta.dirname, '../../fixtures/bundle');
  await runProgram(['encode', bundle, '--keys', at('keys'), '--out', at('bundle.pcap')]);
  const middle = createPcapReader()
    .push(readFileSync(at('bundle.pcap')))
    .slice(700, 1000);
  writeFileSync(at('middle.pcap'), Buffer.concat([pcapHeader(), ...middle.map((each) => pcapRecord(each))]));
  writeFileSync(at('silent.pcap'), pcapHeader());
  writeFileSync(at('letter.txt'), 'Dear reader');
  mkdirSync(at('kept/news'), { recursive: true });
  for (const name of ['index.json.zst', 'index.json.zst.minisig', '0123456789abcdef.tar.zst', 'SHA256SUMS']) {
    writeFileSync(at(`kept/news/${name}`), name);
  }
  mkdirSync(at('empty'));
  mkdirSync(at('directory.html'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const trust = () => ['--trust', at('keys/publisher.pub')];

describe('datacast page', () => {
  it('makes a page that knows its keys, its title and its language', async () => {
    const keys = ['keys', 'others'].map((name) =>
      parsePublicKey(readFileSync(at(`${name}/publisher.pub`), 'utf8')),
    );
    const line = readFileSync(at('others/publisher.pub'), 'utf8').split('\n')[1]!;
    const out = at('page.html');
    const more = ['--trust', line, '--title', '<소식> & more', '--language', 'fa'];
    const { code, stdout } = await run(...trust(), ...more, '--out', out);
    expect(code).toBe(0);
    for (const key of keys) expect(stdout).toContain(fingerprint(publisherId(key)));
    const { setting, files } = await contentOf(out);
    expect(setting).toMatchObject({ title: '<소식> & more', language: 'fa' });
    expect(setting.trust.map((each) => publisherId(parsePublicKey(each)))).toEqual(keys.map(publisherId));
    expect(files).toEqual({});
    const json = await run(...trust(), ...more, '--out', out, '--json');
    const written = { out, bytes: statSync(out).size, trust: keys.map(publisherId), files: [] };
    expect(JSON.parse(json.stdout)).toEqual(written);
    expect(readFileSync(out, 'utf8')).toContain('<title>&lt;소식> &amp; more</title>');
  });

  it('may load nothing, and runs no script but its own', async () => {
    await run(...trust(), '--out', at('policy.html'));
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(
      readFileSync(at('policy.html'), 'utf8'),
    )![1]!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src( 'sha256-[A-Za-z0-9+/]{43}='){2} 'wasm-unsafe-eval'; /,
    );
    expect(policy).not.toMatch(/http|\*|connect-src|script-src[^;]*unsafe-inline/);
  });

  it('carries recordings and signed editions', async () => {
    const out = at('with.html');
    const content = ['--content', at('a.pcap'), '--content', at('kept')];
    const { code, stdout } = await run(...trust(), ...content, '--out', out);
    expect(code).toBe(0);
    expect(stdout).toMatch('with 4 files of');
    const { files } = await contentOf(out);
    expect(Object.keys(files)).toEqual([
      'a.pcap',
      '0123456789abcdef.tar.zst',
      'index.json.zst',
      'index.json.zst.minisig',
    ]);
    expect(files['a.pcap']!.equals(readFileSync(at('a.pcap')))).toBe(true);
  });

  it('refuses a recording that has nothing for its readers, and says whose it is', async () => {
    const content = (name: string) => [...trust(), '--out', at('a.html'), '--content', at(name)];
    const key = parsePublicKey(readFileSync(at('others/publisher.pub'), 'utf8'));
    const stranger = await run(...content('stranger.pcap'));
    expect(stranger.code).toBe(1);
    expect(stranger.stderr).toContain("stranger.pcap has nothing that the page's publishers signed");
    expect(stranger.stderr).toContain(`it is signed by ${fingerprint(publisherId(key))}.`);
    const silent = await run(...content('silent.pcap'));
    expect(silent).toMatchObject({ code: 1 });
    expect(silent.stderr).toMatch('no session in it is signed');
  });

  it('says what is incomplete in a recording', async () => {
    const out = at('half.html');
    const whole = await run(...trust(), '--out', out, '--content', at('a.pcap'));
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const half = await run(...trust(), '--out', out, '--content', at('half.pcap'));
    expect(half.code).toBe(0);
    expect(half.stderr).toMatch(/half\.pcap: of tree, \d of \d parts are complete; readers need more/);
    const middle = await run(...trust(), '--out', out, '--content', at('middle.pcap'));
    expect(middle).toMatchObject({ code: 0 });
    expect(middle.stderr).toMatch('middle.pcap: the index of its edition is not there; readers need more');
    const two = ['a.pcap', 'half.pcap'].flatMap((name) => ['--content', at(name)]);
    const both = await run(...trust(), '--out', out, ...two);
    expect(both).toMatchObject({ code: 0 });
    expect(both.stderr).toMatch('parts are complete; the rest may be in the others.');
  });

  it.each([
    ['no key', [], /Give the publisher's public key with --trust\./, 2],
    ['no name', ['--trust', 'KEY'], /--out <FILE>/, 2],
    ['another kind of file', ['--trust', 'KEY', '--out', 'page.txt'], /ends in \.html/, 2],
    ['an empty title', ['--trust', 'KEY', '--out', 'a.html', '--title', ' '], /--title takes a text/, 2],
    ['an unknown language', ['--trust', 'KEY', '--out', 'a.html', '--language', 'xx'], /ko, en, zh, fa/, 2],
    ['a key that is none', ['--trust', 'letter.txt', '--out', 'a.html'], /is no publisher's public key/, 1],
    ['a key that is not there', ['--trust', 'nowhere', '--out', 'a.html'], /nowhere does not exist\./, 1],
    [
      'content that is none',
      ['--trust', 'KEY', '--out', 'a.html', '--content', 'letter.txt'],
      /is no recording/,
      1,
    ],
    [
      'a directory without one',
      ['--trust', 'KEY', '--out', 'a.html', '--content', 'empty'],
      /no signed edition/,
      1,
    ],
    [
      'content that is not there',
      ['--trust', 'KEY', '--out', 'a.html', '--content', 'gone'],
      /gone does not exist/,
      1,
    ],
    [
      'a directory',
      ['--trust', 'KEY', '--out', 'directory.html'],
      /directory\.html is a directory; --out names the page/,
      1,
    ],
    ['no place for it', ['--trust', 'KEY', '--out', 'gone/a.html'], /gone does not exist/, 1],
  ])('says what is wrong: %s', async (_, args, sentence, exit) => {
    const names = [
      'letter.txt',
      'nowhere',
      'empty',
      'gone',
      'page.txt',
      'a.html',
      'gone/a.html',
      'directory.html',
    ];
    const full = args.map((arg) =>
      arg === 'KEY' ? at('keys/publisher.pub') : names.includes(arg) ? at(arg) : arg,
    );
    if (args.length === 0) full.push('--out', at('a.html'));
    const { code, stderr } = await run(...full);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(exit);
    expect(readdirSync(work).filter((name) => name.startsWith('a.html'))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('does not wait for content that is no file', async () => {
    mkdirSync(at('waiting'));
    writeFileSync(at('waiting/index.json.zst.minisig'), 'signature');
    for (const [name, path, sentence] of [
      ['pipe', 'pipe', /pipe is no recording/],
      ['waiting', 'waiting/index.json.zst', /index\.json\.zst is not a file: a signed edition/],
    ] as const) {
      execFileSync('mkfifo', [at(path)]);
      const { code, stderr } = await run(...trust(), '--out', at('b.html'), '--content', at(name));
      expect(stderr).toMatch(sentence);
      expect(code).toBe(1);
    }
  });

  it('has help with examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const part of ['--trust', '--content', '--title', '--language', 'Examples:', 'Exit codes:']) {
      expect(stdout).toContain(part);
    }
  });
});
