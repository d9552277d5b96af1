import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../codecs/bytes.js';
import { secretKeyOf } from '../../codecs/minisign/index.js';
import { CliError, runCli } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createReceiveProgram } from '../../receiver/program.js';
import { runProgram } from '../testing-program.js';
import { KEY_FILES } from './keys.js';
import { readWords } from './read-words.js';
import { formatWords, seedFromWords, splitWords, WORD_COUNT, wordsOf } from './words.js';

/** Of the reference implementation: https://github.com/trezor/python-mnemonic/blob/master/vectors.json. */
const VECTORS = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '7f'.repeat(32),
    `${'legal winner thank year wave sausage worth useful '.repeat(2)}legal winner thank year wave sausage worth title`,
  ],
  [
    '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c',
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length',
  ],
  [
    'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold',
  ],
] as const;

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('words', () => {
  it.each(VECTORS)('of %s are those of BIP 39', (hex, words) => {
    expect(wordsOf(fromHex(hex)).join(' ')).toBe(words);
    expect(toHex(seedFromWords(words.split(' ')))).toBe(hex);
  });

  it('give the seed again, as they are printed and as they are typed', () => {
    const gaps = fc.constantFrom(' ', '\n', '\t ', '\r\n');
    fc.assert(
      fc.property(seeds, gaps, fc.boolean(), (seed, gap, isUpper) => {
        const words = wordsOf(seed);
        expect(words).toHaveLength(WORD_COUNT);
        expect(seedFromWords(splitWords(formatWords(words)))).toEqual(seed);
        const typed = words.map((word, i) => `${i + 1}. ${word}`).join(gap);
        expect(seedFromWords(splitWords(isUpper ? typed.toUpperCase() : typed))).toEqual(seed);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused with the place of a word that is not in the list, which is not told', () => {
    fc.assert(
      fc.property(seeds, fc.nat(WORD_COUNT - 1), (seed, place) => {
        const words = wordsOf(seed).with(place, 'hemlig');
        expect(() => seedFromWords(words)).toThrow(new RegExp(`^Word ${place + 1} is not in the list`));
        expect(() => seedFromWords(words)).not.toThrow(/hemlig/);
      }),
      { numRuns: 20 },
    );
  });

  it('are refused when there are too few, too many, or others', () => {
    const words = VECTORS[3][1].split(' ');
    expect(() => seedFromWords(words.slice(1))).toThrow(/24 words, and 23 were given: word 24 is missing/);
    expect(() => seedFromWords([...words, 'zoo'])).toThrow(/24 words, and 25 were given: some are too many/);
    expect(() => seedFromWords([])).toThrow(/0 were given: word 1 is missing/);
    expect(() => seedFromWords(words.with(0, 'zoo'))).toThrow(/their checksum is wrong/);
    expect(() => seedFromWords(words.with(0, words[1]!).with(1, words[0]!))).toThrow(/changed places/);
  });
});

describe('secretKeyOf', () => {
  it('gives the key id that SHA-256 of the public key begins with', async () => {
    // RFC 8032 section 7.1, test 1; `openssl dgst -sha256` of its public key
    const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    const { keyId, publicKey } = await secretKeyOf(nodeCrypto, seed);
    expect(toHex(publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(toHex(keyId)).toBe('21fe31dfa154a261');
  });
});

describe('readWords', () => {
  const words = VECTORS[4][1].split(' ');
  const never = new AbortController().signal;

  it('asks on a terminal until there are all, and leaves what follows to the next question', async () => {
    const input = new PassThrough();
    const asked: string[] = [];
    const stderr = {
      write(text: string) {
        asked.push(text);
        const line = [words.slice(0, 12), words.slice(12)][asked.length - 1]!;
        // people answer later
        setImmediate(() => input.write(`${line.join(' ')}\n`));
      },
    };
    expect(await readWords({ input, isTerminal: true }, { stderr }, never)).toEqual(words);
    expect(asked).toEqual([
      'Type the 24 words in their order, one line or several: ',
      '12 of 24 words. The next: ',
    ]);
    expect(input.destroyed).toBe(false);
  });

  it('ends at the first line with a wrong word, at the end of its input, and when it is interrupted', async () => {
    const silent = { stderr: { write: () => expect.fail('Nobody is there to be asked.') } };
    const read = (input: Readable, signal = never) => readWords({ input, isTerminal: false }, silent, signal);
    const endless = new PassThrough();
    endless.write(`${words[0]} x\n`);
    await expect(read(endless)).rejects.toThrow(/^Word 2 is not/);
    expect(await read(Readable.from([words.slice(0, 5).join(' ')]))).toEqual(words.slice(0, 5));
    const stop = new AbortController();
    const reading = read(new PassThrough(), stop.signal);
    stop.abort(new CliError('Interrupted.'));
    await expect(reading).rejects.toThrow('Interrupted.');
  });
});

describe('a key on paper', () => {
  let work: string;
  const at = (name: string) => join(work, name);
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'datacast-words-'));
  });
  afterAll(() => rmSync(work, { recursive: true }));

  const keygen = (out: string, options: readonly string[], input?: string) =>
    runProgram(['keygen', '--publisher', '--out', at(out), ...options], input === undefined ? {} : { input });

  it('comes back with all that receivers know it by, and they take what it signs', async () => {
    const made = await keygen('lost', ['--no-password', '--words', '--json']);
    const { words, publicKey } = JSON.parse(made.stdout);
    const key = readFileSync(join(at('lost'), KEY_FILES.publisherSecret), 'utf8');
    rmSync(at('lost'), { recursive: true });

    const restored = await keygen('again', ['--from-words', '--no-password'], `${words.join('\n')}\n`);
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(restored.stdout).toContain(`\n${publicKey}\n`);
    expect(readFileSync(join(at('again'), KEY_FILES.publisherSecret), 'utf8')).toBe(key);

    await runProgram(['keygen', '--uplink', '--out', at('uplink')]);
    const certificate = join(at('uplink'), KEY_FILES.uplinkCertificate);
    const uplink = ['--uplink', join(at('uplink'), 'uplink.pub'), '--out', certificate];
    await runProgram(['certify', '--publisher', at('again'), ...uplink]);
    const publicFile = join(at('again'), KEY_FILES.publisherPublic);
    writeFileSync(join(at('uplink'), KEY_FILES.publisherPublic), readFileSync(publicFile));
    writeFileSync(at('news.txt'), 'news');
    await runProgram(['sign', at('news.txt'), '--publisher', at('again'), '--out', at('signed')]);
    const sent = ['--keys', at('uplink'), '--out', at('news.pcap')];
    expect((await runProgram(['encode', at('signed'), ...sent])).code).toBe(0);

    let stderr = '';
    const io = { stdout: { write: () => {} }, stderr: { write: (text: string) => (stderr += text) } };
    const interrupted = new AbortController().signal;
    const program = createReceiveProgram({ io, crypto: nodeCrypto, interrupted });
    const argv = [at('news.pcap'), '--trust', publicKey, '--out', at('content')];
    expect([await runCli(program, argv, io), stderr]).toEqual([0, '']);
    expect(readFileSync(join(at('content'), 'news.txt'), 'utf8')).toBe('news');
  });

  it('is shown when that is asked for, on standard output only', async () => {
    const quiet = await keygen('quiet', ['--no-password']);
    expect(quiet.stdout).not.toMatch(/ words/);
    const quietJson = await keygen('quiet-json', ['--no-password', '--json']);
    expect(Object.keys(JSON.parse(quietJson.stdout))).not.toContain('words');
    const told = await keygen('told', ['--no-password', '--words']);
    expect([told.code, told.stderr]).toEqual([0, '']);
    const typed = told.stdout.split('clear the screen:\n')[1]!;
    expect(splitWords(typed)).toHaveLength(WORD_COUNT);
    const again = await keygen('told-again', ['--from-words', '--words', '--no-password'], typed);
    expect(again.stdout).toContain(typed);
  });

  it('is not made of words that are wrong', async () => {
    const wrong = await keygen('wrong', ['--from-words', '--no-password'], 'zoo zoo hemlig');
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^Word 3 is not/) });
    expect(wrong.stderr).not.toContain('hemlig');
    const both = await keygen('wrong', ['--from-words', '--password-fd', '0'], VECTORS[0][1]);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/another file descriptor than 0/) });
    for (const option of ['--words', '--from-words']) {
      const run = await runProgram(['keygen', '--uplink', option, '--out', at('wrong')]);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be used with/) });
    }
  });
});
