import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../bytes.js';
import { type Crypto, nobleCrypto, webCrypto } from '../crypto/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  buildCertExtension,
  buildCertificate,
  CERT_EXTENSION_LENGTH,
  CERTIFICATE_LENGTH,
  CertificateError,
  formatCertificateFile,
  formatUplinkKey,
  formatUplinkPublicKey,
  generateUplinkKey,
  parseCertExtension,
  parseCertificate,
  parseCertificateFile,
  parseUplinkKey,
  parseUplinkPublicKey,
  UplinkKeyError,
  verifyCertificate,
} from './index.js';

const providers: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['webcrypto', await webCrypto()],
  ['noble', nobleCrypto],
];

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const fieldsArbitrary = fc
  .record({
    uplinkPublicKey: bytes(32),
    tsi: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    times: fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()),
    generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  })
  .map(({ times, ...rest }) => ({ ...rest, notBefore: Math.min(...times), notAfter: Math.max(...times) }));

const publisherArbitrary = bytes(32).map((seed) => ({
  seed,
  publicKey: nodeCrypto.ed25519PublicKey(seed) as Uint8Array,
}));

const FIELDS = {
  uplinkPublicKey: new Uint8Array(32).fill(1),
  tsi: 1,
  notBefore: 5,
  notAfter: 6,
  generation: 2,
};
const PUBLISHER_SEED = new Uint8Array(32).fill(3);
const PUBLISHER = { seed: PUBLISHER_SEED, publicKey: await nodeCrypto.ed25519PublicKey(PUBLISHER_SEED) };
const CERTIFICATE = await buildCertificate(nodeCrypto, PUBLISHER, FIELDS);

describe.each(providers)('certificates with %s', (_, crypto) => {
  it('come back as they were made, signed by the publisher, and no bit may change', async () => {
    await fc.assert(
      fc.asyncProperty(publisherArbitrary, fieldsArbitrary, fc.nat(), async (publisher, fields, bit) => {
        const certificate = await buildCertificate(crypto, publisher, fields);
        expect(certificate).toHaveLength(CERTIFICATE_LENGTH);
        const parsed = parseCertificate(certificate);
        expect(parsed).toMatchObject({ ...fields, publisherKey: publisher.publicKey });
        expect(await verifyCertificate(crypto, parsed)).toBe(true);
        // a stranger can name any publisher, and sign in that name with a key of its own
        const named = { seed: fields.uplinkPublicKey, publicKey: publisher.publicKey };
        const forged = parseCertificate(await buildCertificate(crypto, named, fields));
        expect(forged.publisherKey).toEqual(publisher.publicKey);
        expect(await verifyCertificate(crypto, forged)).toBe(false);

        const at = bit % (CERTIFICATE_LENGTH * 8);
        certificate[at >> 3]! ^= 0x80 >> (at & 7);
        try {
          expect(await verifyCertificate(crypto, parseCertificate(certificate))).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(CertificateError);
        }
      }),
      { numRuns: crypto.name === 'node' ? 100 : 10 },
    );
  });

  it('uplink keys go through their file', async () => {
    const key = await generateUplinkKey(crypto);
    expect(await parseUplinkKey(crypto, formatUplinkKey(key))).toEqual(key);
    expect(await parseUplinkKey(crypto, formatUplinkKey(key).replaceAll('\n', '\r\n'))).toEqual(key);
    expect(parseUplinkPublicKey(formatUplinkPublicKey(key))).toEqual(key.publicKey);
    expect(() => parseUplinkPublicKey(formatUplinkKey(key))).toThrow(UplinkKeyError);
    const mixed = formatUplinkKey({ ...key, publicKey: new Uint8Array(32) });
    await expect((async () => parseUplinkKey(crypto, mixed))()).rejects.toThrow(UplinkKeyError);
  });
});

it('certificates go through their file and through EXT_CERT', () => {
  const text = formatCertificateFile(CERTIFICATE);
  expect(text).toBe(
    `untrusted comment: datacast uplink certificate, TSI 1, generation 2\n${toBase64(CERTIFICATE)}\n`,
  );
  expect(parseCertificateFile(text)).toEqual(CERTIFICATE);
  const extension = buildCertExtension(CERTIFICATE);
  expect(extension).toHaveLength(CERT_EXTENSION_LENGTH);
  expect([...extension.subarray(0, 2)]).toEqual([120, CERT_EXTENSION_LENGTH / 4]);
  expect(parseCertExtension(extension)).toEqual(parseCertificate(CERTIFICATE));
});

it.each([
  ['tsi', 2 ** 48],
  ['tsi', -1],
  ['generation', 2 ** 32],
  ['generation', 0.5],
  ['notBefore', Number.NaN],
  ['notAfter', 2 ** 53],
  ['notAfter', 4],
])('refuses to certify %s = %d', (name, value) => {
  expect(() => buildCertificate(nodeCrypto, PUBLISHER, { ...FIELDS, [name]: value })).toThrow(
    CertificateError,
  );
});

describe('hostile input', () => {
  const mutated = fc.tuple(fc.nat(CERTIFICATE_LENGTH - 1), fc.nat(255)).map(([at, value]) => {
    const copy = CERTIFICATE.slice();
    copy[at] = value;
    return copy;
  });
  const anyBytes = fc.oneof(mutated, bytes(CERTIFICATE_LENGTH), fc.uint8Array({ maxLength: 200 }));
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    anyBytes.map((b) => `untrusted comment: x\n${toBase64(b)}\n`),
    bytes(68).map((b) => `untrusted comment: x\n${toBase64(b)}`),
    fc
      .tuple(fc.nat(200), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, s]) => formatCertificateFile(CERTIFICATE).slice(0, at) + s),
  );

  function onlyThrows(type: new (message: string) => Error, run: () => unknown): void {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(type);
    }
  }

  it('makes the parsers throw nothing but their own error', () => {
    fc.assert(
      fc.property(anyBytes, anyText, (bytes, text) => {
        onlyThrows(CertificateError, () => parseCertificate(bytes));
        onlyThrows(CertificateError, () => parseCertExtension(bytes));
        onlyThrows(CertificateError, () => parseCertExtension(Uint8Array.of(120, 40, ...bytes)));
        onlyThrows(CertificateError, () => parseCertificateFile(text));
        onlyThrows(UplinkKeyError, () => parseUplinkKey(nodeCrypto, text));
        onlyThrows(UplinkKeyError, () => parseUplinkPublicKey(text));
      }),
      { numRuns: 500 },
    );
  });

  it('a huge text is refused at once', () => {
    const huge = 'untrusted comment: x\n'.repeat(1_000_000);
    expect(() => parseCertificateFile(huge)).toThrow('This is not a datacast uplink certificate file');
    expect(() => parseUplinkKey(nodeCrypto, huge)).toThrow('This is not a datacast uplink secret key file');
  });
});
