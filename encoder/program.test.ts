import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  fingerprint,
  formatSecretKey,
  isEncrypted,
  parsePublicKey,
  parseSecretKey,
  publisherId,
} from '../codecs/minisign/index.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { hasUnprintable } from '../codecs/text.js';
import { KEY_AT_HAND, KEY_FILES } from './keys/keys.js';
import { PASSWORD_VARIABLE } from './keys/password.js';
import { runProgram } from './testing-program.js';

const FOREIGN = fileURLToPath(new URL('../fixtures/interop/flute-v1-no-code.pcap', import.meta.url));
const NOW = Date.UTC(2026, 5, 1);
const NOBODY = 65_534;

let work: string;
let keys: string;
let news: string;
let recording: string;

const run = (argv: string[], env: Record<string, string> = {}) => runProgram(argv, { now: NOW, env });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-cli-'));
  keys = join(work, 'keys');
  news = join(work, 'news');
  recording = join(work, 'news.pcap');
  mkdirSync(news);
  writeFileSync(join(news, 'index.html'), '<h1>News</h1>'.repeat(1000));
  expect(await run(['keygen', '--out', keys, '--no-password'])).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(work, { recursive: true }));

const encodeNews = (...more: string[]) => ['encode', news, '--keys', keys, '--out', recording, ...more];
const place = (name: string) => mkdtempSync(join(work, `${name}-`));

describe('datacast', () => {
  it('explains itself', async () => {
    for (const command of ['keygen', 'encode', 'inspect']) {
      expect((await run(['--help'])).stdout).toContain(command);
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Exit codes:');
    }
    for (const command of ['keygen', 'encode']) {
      expect((await run([command, '--help'])).stdout).toContain(PASSWORD_VARIABLE);
    }
  });

  it.each([
    [['encode', '--keys', 'keys', '--out', 'out.pcap'], /missing/i],
    [['encode', '.'], /--keys/],
    [['transmit'], /unknown command/i],
    [['keygen'], /--out/],
    [['inspect'], /missing/i],
  ])('refuses %j with exit code 2', async (argv, sentence) => {
    const { code, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});

describe('datacast keygen', () => {
  it('says what receivers need', async () => {
    const out = join(place('keygen'), 'keys');
    const { stdout } = await run(['keygen', '--out', out, '--no-password']);
    expect(stdout).toContain(readFileSync(join(out, KEY_FILES.publisherPublic), 'utf8').split('\n')[1]);
    expect(stdout).not.toContain(readFileSync(join(out, KEY_FILES.uplinkSecret), 'utf8').split('\n')[1]);
  });

  it('says it in JSON', async () => {
    const all = join(place('json'), 'keys');
    const made = JSON.parse((await run(['keygen', '--out', all, '--no-password', '--json'])).stdout);
    const [, publicKey] = readFileSync(join(all, KEY_FILES.publisherPublic), 'utf8').split('\n');
    expect(made).toEqual({
      out: all,
      publisher: publisherId(parsePublicKey(publicKey!)),
      fingerprint: fingerprint(made.publisher),
      publicKey,
      tsi: expect.any(Number),
      generation: 1,
      notBefore: NOW / 1000,
      notAfter: expect.any(Number),
    });
    const uplink = join(place('json'), 'uplink');
    const { stdout } = await run(['keygen', '--uplink', '--out', uplink, '--json']);
    const { fingerprint: told, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ out: uplink, uplink: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(told).toBe(fingerprint(rest.uplink));
  });

  it('does not overwrite keys', async () => {
    const { code, stderr } = await run(['keygen', '--out', keys, '--no-password']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/publisher\.pub exists already/);
  });

  it('wants a password or --no-password', async () => {
    const { code, stderr } = await run(['keygen', '--out', join(work, 'no-keys')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`--no-password.*${PASSWORD_VARIABLE}`));
    expect(readdirSync(work)).not.toContain('no-keys');
  });

  it('protects the key with a password', async () => {
    const out = join(work, 'protected');
    const { code } = await run(['keygen', '--out', out], { [PASSWORD_VARIABLE]: '비밀' });
    expect(code).toBe(0);
    expect(isEncrypted(readFileSync(join(out, KEY_FILES.publisherSecret), 'utf8'))).toBe(true);
  });
});

describe('datacast encode', () => {
  it('reports what goes up', async () => {
    const { code, stdout, stderr } = await run(encodeNews('--rate', '64k', '--sequence', '1780271000'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${KEY_AT_HAND}\n` });
    for (const line of [
      /^Content +news: 1 file, 13,000 bytes$/m,
      /^Signed +edition 1780271000 \(2026-05-31 23:43 UTC\), by publisher \d{5}( \d{5}){7}$/m,
      /^Parts +1 part, sent one after the other:$/m,
      /^ +front +1 part, 1 file, [\d,]+ bytes compressed$/m,
      /^Code +RaptorQ, K = 3 source symbols in 2 blocks, T = 104 bytes at most$/m,
      /^Repair .*0\.9999 when 10 % are lost/m,
      /^Airtime .* at 64 kbit\/s$/m,
      /^Memory /m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('reports in JSON, with the time as sequence number', async () => {
    const { stdout } = await run(
      encodeNews('--json', '--repair', '100', '--dest', '[ff15::2]:99', '--level', '1'),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'news',
      sequence: NOW / 1000,
      destination: '[ff15::2]:99',
      content: { files: 1, directories: 0, bytes: 13_000 },
      parts: [{ class: 'front', label: 'index.html', files: 1, unpacked: 13_000 }],
      code: { repairSymbols: 3, goal: { kind: 'fraction', fraction: 1 } },
      recording: { path: recording, bytes: readFileSync(recording).length },
    });
  });

  it('warns of secret keys that others may use, with what mends it', async () => {
    const directory = place("someone's");
    for (const file of readdirSync(keys)) copyFileSync(join(keys, file), join(directory, file));
    chmodSync(join(directory, KEY_FILES.publisherSecret), 0o600);
    const uplink = join(directory, KEY_FILES.uplinkSecret);
    chmodSync(uplink, 0o640);
    const encode = () => run(['encode', news, '--keys', directory, '--out', recording]);
    const { code, stderr } = await encode();
    expect(code).toBe(0);
    expect(stderr).toContain(`${uplink} is secret, and others on this machine may use it (mode 640). `);
    expect(stderr.split('\n')).toHaveLength(3);
    const [, command] = /Mend it: (.*)\n/.exec(stderr)!;
    expect(spawnSync('sh', ['-c', command!]).status).toBe(0);
    expect((await encode()).stderr).toBe(`${KEY_AT_HAND}\n`);
  });

  it('unlocks a protected key', async () => {
    const directory = place('protected');
    for (const file of readdirSync(keys)) copyFileSync(join(keys, file), join(directory, file));
    const path = join(directory, KEY_FILES.publisherSecret);
    const key = await parseSecretKey(nodeCrypto, readFileSync(path, 'utf8'));
    const quick = { opslimit: 32_768, memlimit: 16_777_216 };
    writeFileSync(path, await formatSecretKey(nodeCrypto, key, '비밀', quick));
    const encode = ['encode', news, '--keys', directory, '--out', recording];
    expect((await run(encode, { [PASSWORD_VARIABLE]: '비밀' })).code).toBe(0);
    const wrong = await run(encode, { [PASSWORD_VARIABLE]: 'other' });
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/publisher\.key: The password of the secret key is wrong/);
    expect((await run(encode)).stderr).toMatch(/protected by a password.*no terminal/);

    // whatever opens the key reads its password from a file descriptor
    const publisher = ['--publisher', directory];
    writeFileSync(join(work, 'password'), '비밀\n');
    writeFileSync(join(work, 'other'), 'other\n');
    const uplink = join(place('uplink'), 'keys');
    await run(['keygen', '--uplink', '--out', uplink]);
    for (const [argv, isDone] of [
      [encode, true],
      [['sign', news, ...publisher, '--out', join(uplink, 'signed')], true],
      [['certify', ...publisher, '--uplink', join(uplink, 'uplink.pub'), '--out', join(uplink, 'c')], true],
      [['send', news, '--keys', directory, '--dest', '127.0.0.1:9', '--rate', '1M'], false],
    ] as const) {
      for (const [name, code] of [
        ['other', 1],
        ['password', 0],
      ] as const) {
        // it would send until it is stopped
        if (code === 0 && !isDone) continue;
        // whoever reads it closes it
        const descriptor = openSync(join(work, name), 'r');
        const { stderr, ...ended } = await run([...argv, '--password-fd', String(descriptor)]);
        expect([argv[0], ended.code, stderr]).toEqual([
          argv[0],
          code,
          expect.stringMatching(code ? /password .* is wrong/ : ''),
        ]);
      }
    }
  });

  it('replaces an older recording', async () => {
    writeFileSync(recording, 'old');
    expect((await run(encodeNews())).code).toBe(0);
    expect(readFileSync(recording).length).toBeGreaterThan(3);
  });

  it.each<[string[], RegExp]>([
    [['--repair', '10', '--expect-loss', '10'], /cannot be used with/],
    [['--expect-loss', '100'], /percentage from 0 to 99/],
    [['--level', '23'], /from 1 to 22/],
    [['--mtu', '100'], /from 576/],
    [['--dest', '239.255.0.1'], /address and a port/],
    [['--auth-depth', '8'], /from 0 to 7/],
    [['--sequence', '0'], /from 1 to 4294967295/],
    [['--sequence', '4294967296'], /from 1 to 4294967295/],
    [['--rate', 'fast'], /bits per second/],
    [['--fec', 'xor'], /raptorq, no-code/],
    [['--flute-version', '3'], /1, 2/],
    [['--order', 'random'], /sequence, mixed/],
    [['--fec', 'no-code', '--repair', '10'], /without a code there is no repair/i],
    [['--colour'], /unknown option/i],
  ])('refuses %j with exit code 2', async (options, sentence) => {
    const { code, stdout, stderr } = await run(encodeNews(...options));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
  });

  it('puts what the operator says first, and says when nothing matches', async () => {
    const directory = place('first');
    for (const name of ['index.html', 'a.mp3', 'b.mp3']) writeFileSync(join(directory, name), name);
    const encode = (...more: string[]) =>
      run(['encode', directory, '--keys', keys, '--out', recording, '--json', ...more]);
    const classesOf = ({ stdout }: { stdout: string }) =>
      JSON.parse(stdout).parts.map((part: { class: string; label: string }) => `${part.class} ${part.label}`);
    expect(classesOf(await encode())).toEqual(['front index.html', 'sound /']);
    expect(classesOf(await encode('--first', 'a.*', '--first', 'index.html'))).toEqual([
      'front /',
      'sound b.mp3',
    ]);
    expect(await encode('--first', '*.mp4')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('matches the pattern *.mp4'),
    });
  });

  it('refuses names that hide or turn something, and shows them escaped', async () => {
    const encode = (path: string) => run(['encode', path, '--keys', keys, '--out', recording]);
    const directory = place('names');
    for (const name of ['fdp\u202egpj.html', 'a\u200bb', 'c\x9bd', 'می\u200cخواهم.html']) {
      writeFileSync(join(directory, name), 'x');
    }
    const names = await encode(directory);
    expect(names).toMatchObject({ code: 1, stdout: '' });
    expect(names.stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining(
        'The name "a\\u200bb" cannot stand in a bundle: it has a character that cannot',
      ),
      expect.stringContaining('The name "c\\u009bd" cannot stand in a bundle: it has a control character'),
      expect.stringContaining('The name "fdp\\u202egpj.html" cannot stand in a bundle'),
    ]);
    const hidden = join(work, 'bundle\u2067\u{e0061}');
    mkdirSync(hidden);
    symlinkSync('x', join(hidden, 'link\x1b[2J'));
    const bundle = await encode(hidden);
    expect(bundle.stderr).toContain('A bundle cannot have the name bundle\\u2067\\u{e0061}: give');
    const channel = join(work, 'hidden.yaml');
    writeFileSync(
      channel,
      'dest: 127.0.0.1:4001\nrate: 1M\nbundles:\n  - name: "a\\u202Eb"\n    path: news\n',
    );
    const send = await run(['send', '--channel', channel, '--keys', keys]);
    expect(send.stderr).toMatch(
      /hidden\.yaml, line 4: .*A name has no character that cannot be seen: a\\u202eb/,
    );
    for (const { stderr } of [names, bundle, send])
      expect(hasUnprintable(stderr.replaceAll('\n', ''))).toBe(false);
  });

  it('says that the path does not exist', async () => {
    const missing = join(work, 'no such directory');
    const { code, stderr } = await run(['encode', missing, '--keys', keys, '--out', recording]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${missing} does not exist.\n` });
  });

  it('says which file cannot be read', async () => {
    const directory = place('unreadable');
    const secret = join(directory, 'secret.html');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0);
    await asOrdinaryUser([work, directory, keys], async () => {
      const { code, stderr } = await run(['encode', directory, '--keys', keys, '--out', recording]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `${secret} cannot be opened: permission denied.\n`,
      });
    });
  });

  it('refuses a directory without files', async () => {
    const directory = place('empty');
    mkdirSync(join(directory, 'nothing either'));
    const { code, stderr } = await run(['encode', directory, '--keys', keys, '--out', recording]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${directory} holds no files: there is nothing to send.\n`,
    });
  });

  it('refuses symbolic links, special files and names that no bundle can have', async () => {
    const directory = place('links');
    symlinkSync('/etc/passwd', join(directory, 'link'));
    const encode = ['encode', directory, '--keys', keys, '--out', recording];
    expect(await run(encode)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${join(directory, 'link')} is a symbolic link.`),
    });
    rmSync(join(directory, 'link'));

    const server = createServer().listen(join(directory, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await run(encode)).stderr).toContain('is neither a directory nor a file');
    await new Promise((resolve) => server.close(resolve));

    writeFileSync(join(directory, 'con.txt'), 'x');
    expect(await run(encode)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"con\.txt".*device on Windows/),
    });
    rmSync(join(directory, 'con.txt'));

    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff, 0xfe)]), 'x');
    expect(await run(encode)).toMatchObject({ code: 1, stderr: expect.stringContaining('not UTF-8') });
  });

  it('needs a key directory whose files belong together', async () => {
    const none = join(work, 'no-keys');
    const missing = await run(['encode', news, '--keys', none, '--out', recording]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`datacast keygen --out ${none}`),
    });

    const other = place('keys');
    expect((await run(['keygen', '--out', other, '--no-password'])).code).toBe(0);
    copyFileSync(join(keys, KEY_FILES.uplinkSecret), join(other, KEY_FILES.uplinkSecret));
    const mixed = await run(['encode', news, '--keys', other, '--out', recording]);
    expect(mixed).toMatchObject({ code: 1, stderr: expect.stringContaining('different key directories') });
  });

  it('never sends the keys, nor the recording itself', async () => {
    const directory = place('inside');
    writeFileSync(join(directory, 'a'), 'a');
    mkdirSync(join(directory, 'keys'));
    for (const file of readdirSync(keys)) copyFileSync(join(keys, file), join(directory, 'keys', file));
    const secrets = await run(['encode', directory, '--keys', join(directory, 'keys'), '--out', recording]);
    expect(secrets).toMatchObject({ code: 2, stderr: expect.stringContaining('sent to everybody') });
    const itself = await run(['encode', directory, '--keys', keys, '--out', join(directory, 'out.pcap')]);
    expect(itself).toMatchObject({ code: 2, stderr: expect.stringContaining('Give another --out') });
  });

  it('takes a name of its own, leaves out what it is told to, and says so', async () => {
    const directory = place('chosen');
    for (const name of ['a.html', 'draft.html', '.DS_Store']) writeFileSync(join(directory, name), name);
    const options = ['--name', '하늘 소식', '--exclude', 'draft*'];
    const { code, stdout } = await run(['encode', directory, '--keys', keys, '--out', recording, ...options]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Content +하늘 소식: 1 file, 6 bytes$/m);
    expect(stdout).toMatch(/^Left out +\.DS_Store: of systems and editors, which identify a publisher$/m);
    expect(stdout).toMatch(/^Left out +draft\.html: by pattern$/m);
    const json = await run(['encode', directory, '--keys', keys, '--out', recording, ...options, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: '하늘 소식',
      content: { files: 1, leftOut: { system: ['.DS_Store'], pattern: ['draft.html'] } },
    });
  });

  it.each([
    [['--out', 'news.cap'], /ends in \.pcap .* or in \.ts .* or - for standard output; not news\.cap/],
    [['--out', 'news'], /not news\./],
    [['--out', 'news.pcap', '--ts-rate', '1M'], /give a name that ends in \.ts/],
    [['--out', 'news.pcap', '--mac', '02:00:00:00:00'], /An Ethernet address is needed/],
    [
      ['--out', 'news.pcap', '--mac', '02:00:00:00:00:01'],
      /group 239\.255\.0\.1 has an Ethernet address of its own/,
    ],
    [['--out', 'news.ts', '--mac', '02:00:00:00:00:01'], /no Ethernet frames/],
    [['--out', 'news.pcap', '--name', ' '], /A name of 1 to 200 visible characters/],
    [['--out', 'news.pcap', '--expect-loss', '0.3'], /30 % or 0\.3 %\? Write 30 or 0\.3%/],
  ])('refuses %j', async (options, sentence) => {
    const { code, stderr } = await run(['encode', news, '--keys', keys, ...options]);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
  });

  it('addresses frames to one host as it is told', async () => {
    const host = ['--dest', '192.0.2.9:4001', '--mac', '02-00-5E-00-00-09'];
    expect((await run(encodeNews(...host))).code).toBe(0);
    const frames = readFileSync(recording);
    expect(frames.subarray(24 + 16, 24 + 16 + 6).toString('hex')).toBe('02005e000009');
    expect((await run(encodeNews('--dest', '192.0.2.9:4001'))).code).toBe(0);
    expect(readFileSync(recording).subarray(40, 46).toString('hex')).toBe('ffffffffffff');
  });

  it('needs a place for the recording', async () => {
    const nowhere = join(work, 'missing', 'news.pcap');
    expect(await run(['encode', news, '--keys', keys, '--out', nowhere])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no directory: make it first'),
    });
    const taken = join(place('taken'), 'taken.pcap');
    mkdirSync(taken);
    expect(await run(['encode', news, '--keys', keys, '--out', taken])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not a file'),
    });
  });

  it('says that the disk is full and leaves no half recording', async (context) => {
    const disk = place('disk');
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status !== 0) {
      context.skip(
        'A file system of 1 MB cannot be mounted here (that needs root): a full disk was not tried.',
      );
    }
    onTestFinished(() => void spawnSync('umount', [disk]));
    const content = join(place('content'), 'random');
    // The first fills the disk with its object, the second with its recording.
    for (const size of [3_000_000, 600_000]) {
      writeFileSync(content, randomBytes(size));
      const { code, stdout, stderr } = await run([
        'encode',
        content,
        '--keys',
        keys,
        '--out',
        join(disk, 'r.pcap'),
      ]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^The disk is full: .*disk-.* could not be written\./);
      expect(readdirSync(disk)).toEqual([]);
    }
  });
});

describe('datacast inspect', () => {
  it('shows what encode has written', async () => {
    // other tests have signed higher numbers with these keys
    rmSync(join(keys, 'sequences.json'), { force: true });
    await run(encodeNews('--sequence', '7', '--repair', '300'));
    const { code, stdout } = await run(['inspect', recording]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Session TSI \d+, 192\.0\.2\.1 to 239\.255\.0\.1:4001, 0\.\d s$/m);
    expect(stdout).toMatch(/certificate of publisher \d{5}( \d{5}){7}, generation 1/);
    expect(stdout).toMatch(/^ {2}Edition 7 of news, signed by publisher \d{5}( \d{5}){7}, 1 part$/m);
    expect(stdout).toMatch(/^ {4}front +enough symbols for 1 of 1 part; 1 file, [\d,]+ bytes compressed$/m);
    expect(stdout).toMatch(/^ {4}datagrams: 12 with a valid signature$/m);
    expect(stdout).not.toContain('Object TOI');

    const { sessions, recording: counters } = JSON.parse(
      (await run(['inspect', recording, '--json'])).stdout,
    );
    expect(sessions).toHaveLength(1);
    const [edition] = sessions[0].editions;
    expect(edition).toMatchObject({
      sequence: 7,
      name: 'news',
      signature: { trustedComment: 'datacast sequence:7 name:news' },
      parts: [{ class: 'front', label: 'index.html', files: 1, unpacked: 13_000, symbols: 'enough' }],
    });
    const objectOf = (toi: number) =>
      sessions[0].objects.find((object: { toi: number }) => object.toi === toi);
    // the index is longer than the front, and has two small symbols
    for (const [toi, k] of [
      [edition.toi, 2],
      [edition.parts[0].toi, 1],
    ]) {
      expect(objectOf(toi)).toMatchObject({
        authentication: { valid: 4 * k, invalid: 0, unsigned: 0, unknown: 0 },
        blocks: [{ sbn: 0, sourceSymbols: k, sourceReceived: k, repairReceived: 3 * k, missing: 0 }],
      });
    }
    expect(counters).toMatchObject({ malformed: 0, badChecksums: 0 });
  });

  it('shows the session of another sender', async () => {
    const { code, stdout } = await run(['inspect', FOREIGN]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Object TOI 1, news\.html, 13,933 bytes; 10 datagrams: 10 unsigned/);
    expect(stdout).toMatch(/Object TOI 2, b\.txt, 27,019 bytes; 19 datagrams: 19 unsigned/);
    expect(stdout).toMatch(/no certificate/);
    expect(stdout).toMatch(/Besides: 3 packets that are not UDP/);
  });

  it('shows several recordings, each for itself, and the others when one is none', async () => {
    const text = join(work, 'hello.txt');
    writeFileSync(text, 'hello, this is a text and no recording at all.');
    const { code, stdout, stderr } = await run(['inspect', FOREIGN, text, FOREIGN]);
    expect(code).toBe(1);
    expect(stdout.split(`${FOREIGN}:\nSession TSI `)).toHaveLength(3);
    expect(stderr).toMatch(/hello\.txt: Not a pcap recording, .* begins with 0x68656c6c \("hell"\)\.$/m);
    const all = JSON.parse((await run(['inspect', FOREIGN, FOREIGN, '--json'])).stdout);
    expect(all).toMatchObject([{ path: FOREIGN, sessions: [{}] }, { path: FOREIGN }]);
  });

  it('says of a television service that it is one, and no times of what holds none', async () => {
    const lineOf = async (...more: string[]) => {
      const stream = join(work, 'inspected.ts');
      rmSync(join(keys, 'sequences.json'), { force: true });
      expect(await run(encodeNews('--out', stream, '--ts-rate', '1M', ...more))).toMatchObject({ code: 0 });
      return (await run(['inspect', stream])).stdout.split('\n')[0];
    };
    expect(await lineOf('--ts-service', 'tv')).toMatch(/^Session TSI \d+, in a television service$/);
    expect(await lineOf()).toMatch(/^Session TSI \d+, 192\.0\.2\.1 to 239\.255\.0\.1:4001$/);
  });

  it('says what is wrong with a file that is no recording, or a damaged one', async () => {
    const file = join(work, 'damaged.pcap');
    writeFileSync(file, 'This is a text and no recording at all.');
    expect(await run(['inspect', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${file}: Not a pcap recording`),
    });
    writeFileSync(file, '');
    expect((await run(['inspect', file])).code).toBe(1);
    const damaged = readFileSync(FOREIGN);
    damaged.writeUInt32LE(0xffff_ffff, 24 + 8);
    writeFileSync(file, damaged);
    expect((await run(['inspect', file])).stderr).toMatch(/Record 1 at byte 24 is damaged/);
    expect((await run(['inspect', join(work, 'none.pcap')])).stderr).toMatch(/none\.pcap does not exist\./);
  });
});

/** Root may read everything: such tests are done as the user "nobody", to whom `paths` are given. */
async function asOrdinaryUser(paths: string[], test: () => Promise<void>): Promise<void> {
  if (process.geteuid!() !== 0) return test();
  for (const path of paths) {
    chownSync(path, NOBODY, NOBODY);
    if (path !== work) for (const name of readdirSync(path)) chownSync(join(path, name), NOBODY, NOBODY);
  }
  process.seteuid!(NOBODY);
  try {
    await test();
  } finally {
    process.seteuid!(0);
  }
}
