import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toBase64, toHex, utf8Encode } from '../bytes.js';
import { type Crypto, nobleCrypto, webCrypto } from '../crypto/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  createSigner,
  formatKeyId,
  formatPublicKey,
  formatSecretKey,
  formatSignature,
  generateKeyPair,
  isEncrypted,
  MinisignError,
  parsePublicKey,
  parseSecretKey,
  parseSignature,
  signLegacy,
  verifySignature,
} from './index.js';
import { SENSITIVE, scryptParameters } from './secret-key.js';

const providers: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['webcrypto', await webCrypto()],
  ['noble', nobleCrypto],
];

/** libsodium's "interactive" limits: 16 MiB and some 50 ms. */
const CHEAP = { opslimit: 524_288, memlimit: 16_777_216 };

/** Made by minisign 0.11 with `-G -W` and `-S -t 'a trusted ünï comment'` over the five letters and a line end. */
const TOOL = {
  publicKey: `untrusted comment: minisign public key D10A20724B7BD183
RWSD0XtLciAK0aCdTS+wHb7xaW+3HgO2K9xh9f7LZKHgfcmA7tV5iVom
`,
  secretKey: `untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAg9F7S3IgCtG+5UWQWc5XPO3LBJbYOJJWn9fPr04+qXlsWZZSNwp73aCdTS+wHb7xaW+3HgO2K9xh9f7LZKHgfcmA7tV5iVomAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`,
  signature: `untrusted comment: signature from minisign secret key
RUSD0XtLciAK0aRmtS5L7EAlPhl1AP+WaVeZjyEb4jbtSDlO3L06oH4fdn2/hgtmhz7yQb4kRiURaqvNvmwNqAlJGDyzELDn+Qw=
trusted comment: a trusted ünï comment
hUhS+xJlI63rbUOJhyM2/JQTXZpG7+fZP0+nyqn1TTVEeXzq7h79arwpMJz+2q7FSx4n2/2BeyBmc+k9vxwRAg==
`,
  content: utf8Encode('hello\n'),
};

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const comment = fc
  .string({ unit: 'grapheme-composite', maxLength: 60 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a comment may not hold them.
  .filter((text) => !/[\u0000-\u001f\u007f]/.test(text));

async function secretKeyOf(crypto: Crypto, seed: Uint8Array, keyId: Uint8Array) {
  return { keyId, seed, publicKey: await crypto.ed25519PublicKey(seed) };
}

describe.each(providers)('minisign with %s', (_, crypto) => {
  const numRuns = crypto.name === 'node' ? 60 : 8;

  it('reads what minisign made, and makes the same signature byte for byte', async () => {
    const publicKey = parsePublicKey(TOOL.publicKey);
    expect(formatPublicKey(publicKey)).toBe(TOOL.publicKey);
    const secretKey = await parseSecretKey(crypto, TOOL.secretKey);
    expect(secretKey).toMatchObject(publicKey);
    const signature = parseSignature(TOOL.signature);
    expect(await verifySignature(crypto, publicKey, signature, { content: TOOL.content })).toBe(true);
    const signer = createSigner(crypto).update(TOOL.content);
    expect(await signer.sign(secretKey, 'a trusted ünï comment')).toBe(TOOL.signature);
  });

  it('keys go through their files, signatures through theirs, of both kinds', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes(32),
        bytes(8),
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 4 }),
        comment,
        comment,
        async (seed, keyId, chunks, trusted, untrusted) => {
          const key = await secretKeyOf(crypto, seed, keyId);
          expect(await parseSecretKey(crypto, await formatSecretKey(crypto, key))).toEqual(key);
          const publicKey = parsePublicKey(formatPublicKey(key));
          expect(publicKey).toEqual({ keyId, publicKey: key.publicKey });

          const content = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
          const signer = createSigner(crypto);
          for (const chunk of chunks) signer.update(chunk);
          const text = await signer.sign(key, trusted, untrusted);
          const prehashed = parseSignature(text);
          expect(prehashed).toMatchObject({ algorithm: 'ED', keyId, trustedComment: trusted });
          expect(formatSignature(prehashed)).toBe(text);
          const digest = crypto.createBlake2b512().update(content).digest();
          expect(await verifySignature(crypto, publicKey, prehashed, { content })).toBe(true);
          expect(await verifySignature(crypto, publicKey, prehashed, { blake2b512: digest })).toBe(true);

          const legacy = parseSignature(await signLegacy(crypto, content, key, trusted));
          expect(legacy.algorithm).toBe('Ed');
          expect(await verifySignature(crypto, publicKey, legacy, { content })).toBe(true);
          expect(() => verifySignature(crypto, publicKey, legacy, { blake2b512: digest })).toThrow(
            MinisignError,
          );
        },
      ),
      { numRuns },
    );
  });

  it('any change of content, comment, signature or key id is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes(32),
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.nat(),
        async (...args) => {
          const [seed, content, bit] = args;
          const key = await secretKeyOf(crypto, seed, seed.slice(0, 8));
          const good = parseSignature(await createSigner(crypto).update(content).sign(key, 'edition 7'));
          const flip = (original: Uint8Array) => {
            const copy = original.slice();
            copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
            return copy;
          };
          const bad = [
            { ...good, trustedComment: 'edition 8' },
            { ...good, signature: flip(good.signature) },
            { ...good, globalSignature: flip(good.globalSignature) },
            { ...good, keyId: flip(good.keyId) },
          ];
          for (const signature of bad) {
            expect(await verifySignature(crypto, key, signature, { content })).toBe(false);
          }
          expect(await verifySignature(crypto, key, good, { content: flip(content) })).toBe(false);
          expect(await verifySignature(crypto, { ...key, keyId: flip(key.keyId) }, good, { content })).toBe(
            false,
          );
          // Not covered by any signature, and known to be so.
          expect(await verifySignature(crypto, key, { ...good, untrustedComment: 'x' }, { content })).toBe(
            true,
          );
        },
      ),
      { numRuns },
    );
  });

  it('a password hides the secret key, and only it opens the file', async () => {
    const key = await secretKeyOf(crypto, crypto.randomBytes(32), crypto.randomBytes(8));
    const text = await formatSecretKey(crypto, key, '비밀번호 ü', CHEAP);
    expect(isEncrypted(text)).toBe(true);
    const open = async (password?: string, file = text) => parseSecretKey(crypto, file, password);
    expect(await open('비밀번호 ü')).toEqual(key);
    expect(await parseSecretKey(nobleCrypto, text, '비밀번호 ü')).toEqual(key);
    await expect(open('wrong')).rejects.toThrow('The password of the secret key is wrong');
    await expect(open('')).rejects.toThrow(MinisignError);
    await expect(open()).rejects.toThrow('protected by a password, and none was given');
  });
});

describe('generated keys', () => {
  it('differ, and fit together', async () => {
    const first = await generateKeyPair(nodeCrypto);
    const second = await generateKeyPair(nodeCrypto);
    expect(first.secretKeyFile).not.toBe(second.secretKeyFile);
    expect(isEncrypted(first.secretKeyFile)).toBe(false);
    const publicKey = parsePublicKey(first.publicKeyFile);
    expect(await parseSecretKey(nodeCrypto, first.secretKeyFile)).toMatchObject(publicKey);
    expect(first.publicKeyFile).toContain(`minisign public key ${formatKeyId(publicKey.keyId)}\n`);
  });

  it('refuse a password that minisign could not read', () => {
    for (const password of ['two\nlines', 'nul\0', 'x'.repeat(1024)]) {
      expect(() => {
        const key = { keyId: new Uint8Array(8), seed: new Uint8Array(32), publicKey: new Uint8Array(32) };
        return formatSecretKey(nodeCrypto, key, password, CHEAP);
      }).toThrow(MinisignError);
    }
  });
});

describe('scrypt parameters', () => {
  it('are those libsodium derives', () => {
    expect(scryptParameters(SENSITIVE)).toEqual({ N: 2 ** 20, r: 8, p: 1 });
    expect(scryptParameters(CHEAP)).toEqual({ N: 2 ** 14, r: 8, p: 1 });
    expect(scryptParameters({ opslimit: 0, memlimit: 2 ** 30 })).toEqual({ N: 2 ** 10, r: 8, p: 1 });
    expect(scryptParameters({ opslimit: 2 ** 25, memlimit: 2 ** 24 })).toEqual({ N: 2 ** 14, r: 8, p: 64 });
  });

  it('are bounded, so that no file can ask for all memory or for days', () => {
    expect(() => scryptParameters({ opslimit: 2 ** 25 + 1, memlimit: 2 ** 30 })).toThrow(MinisignError);
    expect(() => scryptParameters({ opslimit: 2 ** 25, memlimit: 2 ** 31 })).toThrow(MinisignError);
    fc.assert(
      fc.property(fc.nat(2 ** 25), fc.nat(2 ** 30), (opslimit, memlimit) => {
        const { N, r, p } = scryptParameters({ opslimit, memlimit });
        expect(Number.isInteger(Math.log2(N))).toBe(true);
        expect(128 * N * r).toBeLessThanOrEqual(Math.max(memlimit, 2048));
        expect(p).toBeGreaterThanOrEqual(1);
        expect(4 * N * r * p).toBeLessThanOrEqual(Math.max(opslimit, 32_768));
      }),
    );
  });
});

describe('key and signature texts', () => {
  it('a public key is accepted as file, as bare line, with CRLF', () => {
    const expected = parsePublicKey(TOOL.publicKey);
    const line = TOOL.publicKey.split('\n')[1]!;
    for (const text of [line, `${line}\n`, TOOL.publicKey.trim(), TOOL.publicKey.replaceAll('\n', '\r\n')]) {
      expect(parsePublicKey(text)).toEqual(expected);
    }
    expect(toHex(expected.keyId)).toBe('83d17b4b72200ad1');
    expect(formatKeyId(expected.keyId)).toBe('D10A20724B7BD183');
    // minisign shows a number, so without leading zeroes
    expect(formatKeyId(fromHex('efcdab8967450300'))).toBe('3456789ABCDEF');
  });

  it('a signature with CRLF is the same signature', () => {
    const crlf = parseSignature(TOOL.signature.replaceAll('\n', '\r\n'));
    expect(crlf).toEqual(parseSignature(TOOL.signature));
  });

  it('one kind of file is not taken for another', () => {
    expect(() => parsePublicKey(TOOL.secretKey)).toThrow(MinisignError);
    expect(() => parsePublicKey(TOOL.signature)).toThrow('This is not a minisign public key file');
    expect(() => parseSecretKey(nodeCrypto, TOOL.publicKey)).toThrow(MinisignError);
    expect(() => parseSignature(TOOL.publicKey)).toThrow('expected four lines');
  });

  it('comments that would break the file are refused', () => {
    const key = { keyId: new Uint8Array(8), seed: new Uint8Array(32), publicKey: new Uint8Array(32) };
    for (const comment of ['two\nlines', 'carriage\r', 'escape \u001b[2J', 'x'.repeat(8001)]) {
      expect(() => createSigner(nodeCrypto).sign(key, comment)).toThrow(MinisignError);
      expect(() => createSigner(nodeCrypto).sign(key, 'fine', comment)).toThrow(MinisignError);
    }
  });

  it('a damaged secret key without a password is noticed', () => {
    const lines = TOOL.secretKey.split('\n');
    for (let at = 84; at < 165; at++) {
      const letter = lines[1]![at] === 'A' ? 'B' : 'A';
      const damaged = `${lines[0]}\n${lines[1]!.slice(0, at)}${letter}${lines[1]!.slice(at + 1)}\n`;
      expect(() => parseSecretKey(nodeCrypto, damaged)).toThrow('This secret key is damaged');
    }
  });

  it('hostile texts make the parsers throw nothing but MinisignError', () => {
    const pieces = [TOOL.publicKey, TOOL.secretKey, TOOL.signature].flatMap((text) => text.split(/(?<=\n)/));
    const base64Line = fc
      .integer({ min: 0, max: 200 })
      .chain((length) => bytes(length).map((b) => `${toBase64(b)}\n`));
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.oneof(fc.constantFrom(...pieces), base64Line), { maxLength: 6 }).map((p) => p.join('')),
      fc
        .tuple(fc.constantFrom(TOOL.publicKey, TOOL.secretKey, TOOL.signature), fc.nat(400), fc.string())
        .map(([text, at, insert]) => text.slice(0, at) + insert + text.slice(at + 1)),
    );
    const parsers = [
      parsePublicKey,
      parseSignature,
      isEncrypted,
      (text: string) => parseSecretKey(nodeCrypto, text),
    ];
    fc.assert(
      fc.property(hostile, (text) => {
        for (const parse of parsers) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(MinisignError);
          }
        }
      }),
      { numRuns: 1000 },
    );
    for (const parse of parsers) expect(() => parse('RWQ'.repeat(5_000_000))).toThrow(MinisignError);
  });

  it('a key file that demands endless work for its password is refused before any work', () => {
    const file = (limits: number[]) =>
      `untrusted comment: x\n${toBase64(
        Uint8Array.from([
          0x45,
          0x64,
          0x53,
          0x63,
          0x42,
          0x32,
          ...Array(32).fill(0),
          ...limits,
          ...Array(104).fill(0),
        ]),
      )}\n`;
    const hostile = file(Array(16).fill(0xff));
    expect(() => parseSecretKey(nodeCrypto, hostile, 'password')).toThrow('damaged or hostile');
  });
});
