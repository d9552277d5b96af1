import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  createSigner,
  formatPublicKey,
  formatSecretKey,
  generateKeyPair,
  parsePublicKey,
  parseSecretKey,
  parseSignature,
  type SecretKey,
  signLegacy,
  verifySignature,
} from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'datacast-minisign-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string) => join(directory, name);
const read = (name: string) => readFileSync(file(name), 'utf8');
const write = (name: string, content: string | Uint8Array) => writeFileSync(file(name), content);

/** Runs minisign; where its input is no terminal it reads passwords from there, a line each. */
function minisign(args: string[], input = ''): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('minisign', args, { cwd: directory });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.stdin.on('error', () => {}); // It may end without reading.
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.end(input);
  });
}

const PASSWORD = '열려라 참깨 ü';
const COMMENT = 'datacast sequence:17 name:아침 소식';
const content = nodeCrypto.randomBytes(60_000);

const verified = (signatureFile: string, key: SecretKey | ReturnType<typeof parsePublicKey>) =>
  verifySignature(nodeCrypto, key, parseSignature(signatureFile), { content });

describe.skipIf(!requireTool('minisign'))('the minisign tool', () => {
  it('accepts our keys and signatures, of both kinds, trusted comment included', async () => {
    const pair = await generateKeyPair(nodeCrypto);
    const key = await parseSecretKey(nodeCrypto, pair.secretKeyFile);
    write('ours.pub', pair.publicKeyFile);
    write('ours', content);
    write('ours.minisig', await createSigner(nodeCrypto).update(content).sign(key, COMMENT));
    write('ours.legacy', await signLegacy(nodeCrypto, content, key, COMMENT, 'an older kind'));
    for (const signature of ['ours.minisig', 'ours.legacy']) {
      const { code, output } = await minisign(['-V', '-p', 'ours.pub', '-x', signature, '-m', 'ours']);
      expect(output).toContain(`Trusted comment: ${COMMENT}`);
      expect(code).toBe(0);
    }
    expect((await minisign(['-V', '-H', '-p', 'ours.pub', '-m', 'ours'])).code).toBe(0);

    write('ours', content.subarray(1));
    expect((await minisign(['-V', '-p', 'ours.pub', '-m', 'ours'])).code).toBe(1);
  });

  it('accepts the longest comments we write', async () => {
    const pair = await generateKeyPair(nodeCrypto);
    const key = await parseSecretKey(nodeCrypto, pair.secretKeyFile);
    write('long.pub', pair.publicKeyFile);
    write('long', content);
    const signer = createSigner(nodeCrypto).update(content);
    write('long.minisig', await signer.sign(key, 't'.repeat(8000), 'u'.repeat(1000)));
    const { code, output } = await minisign(['-V', '-p', 'long.pub', '-m', 'long']);
    expect(output).toContain('t'.repeat(8000));
    expect(code).toBe(0);
  });

  it('makes keys and signatures that we accept, of both kinds', async () => {
    expect((await minisign(['-G', '-W', '-p', 'tool.pub', '-s', 'tool.key'])).code).toBe(0);
    write('tool', content);
    for (const kind of [[], ['-l']]) {
      const args = ['-S', ...kind, '-W', '-s', 'tool.key', '-t', COMMENT, '-c', 'anything', '-m', 'tool'];
      expect(await minisign(args)).toMatchObject({ code: 0 });
      const text = read('tool.minisig');
      const signature = parseSignature(text);
      expect(signature).toMatchObject({
        algorithm: kind.length === 0 ? 'ED' : 'Ed',
        trustedComment: COMMENT,
        untrustedComment: 'anything',
      });
      expect(await verified(text, parsePublicKey(read('tool.pub')))).toBe(true);
    }
    const key = await parseSecretKey(nodeCrypto, read('tool.key'));
    expect(key).toMatchObject(parsePublicKey(read('tool.pub')));
    expect(formatPublicKey(key)).toBe(read('tool.pub'));
  });

  it('signs with our unprotected secret key, and recreates our public key from it', async () => {
    const pair = await generateKeyPair(nodeCrypto);
    write('plain.key', pair.secretKeyFile);
    write('plain', content);
    expect(await minisign(['-S', '-s', 'plain.key', '-m', 'plain'])).toMatchObject({ code: 0 });
    expect(await verified(read('plain.minisig'), parsePublicKey(pair.publicKeyFile))).toBe(true);
    expect(await minisign(['-R', '-s', 'plain.key', '-p', 'plain.pub'])).toMatchObject({ code: 0 });
    expect(read('plain.pub')).toBe(pair.publicKeyFile);
  });

  it('opens our protected secret keys at other costs too', async () => {
    const pair = await generateKeyPair(nodeCrypto);
    const key = await parseSecretKey(nodeCrypto, pair.secretKeyFile);
    const limits = [
      { opslimit: 32_768, memlimit: 16_777_216 },
      { opslimit: 4_194_304, memlimit: 16_777_216 },
    ];
    write('cheap', content);
    for (const limit of limits) {
      write('cheap.key', await formatSecretKey(nodeCrypto, key, PASSWORD, limit));
      const args = ['-S', '-s', 'cheap.key', '-m', 'cheap'];
      expect(await minisign(args, `${PASSWORD}\n`)).toMatchObject({ code: 0 });
      expect(await verified(read('cheap.minisig'), key)).toBe(true);
      const wrong = await minisign(args, 'wrong\n');
      expect(wrong.output).toContain('Wrong password');
      expect(wrong.code).not.toBe(0);
    }
  });

  // These two take 1 GiB and some seconds a step, by minisign's choice; together they use both processors.
  describe.concurrent('at its own cost of a password', () => {
    it('opens a secret key that we protected', async ({ expect }) => {
      const pair = await generateKeyPair(nodeCrypto, { password: PASSWORD });
      write('locked.key', pair.secretKeyFile);
      write('locked', content);
      const signed = await minisign(['-S', '-s', 'locked.key', '-m', 'locked'], `${PASSWORD}\n`);
      expect(signed).toMatchObject({ code: 0 });
      expect(await verified(read('locked.minisig'), parsePublicKey(pair.publicKeyFile))).toBe(true);
    });

    it('protects a secret key that we open', async ({ expect }) => {
      const made = await minisign(
        ['-G', '-p', 'theirs.pub', '-s', 'theirs.key'],
        `${PASSWORD}\n${PASSWORD}\n`,
      );
      expect(made).toMatchObject({ code: 0 });
      const key = await parseSecretKey(nodeCrypto, read('theirs.key'), PASSWORD);
      expect(key).toMatchObject(parsePublicKey(read('theirs.pub')));
    });
  });
});
