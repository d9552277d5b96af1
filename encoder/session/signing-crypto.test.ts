import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { signingCrypto } from './signing-crypto.js';

const crypto = signingCrypto();

it('libsodium signs', () => {
  expect(crypto.name, 'sodium-native is missing: run npm ci without --omit=dev').toBe('node and libsodium');
});

it('signs as node:crypto does, and the signature holds', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(bytes(32), fc.uint8Array({ maxLength: 300 }), (seed, message) => {
      const signature = crypto.ed25519Sign(seed, message);
      expect(signature).toEqual(nodeCrypto.ed25519Sign(seed, message));
      const key = crypto.ed25519PublicKey(seed) as Uint8Array;
      expect(crypto.ed25519Verify(key, message, signature as Uint8Array)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('gives the signature of RFC 8032 section 7.1, test 2', () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
  expect(crypto.ed25519Sign(seed, hex('72'))).toEqual(
    hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ),
  );
});

it('refuses a seed of the wrong length', () => {
  for (const length of [0, 31, 33, 64]) {
    expect(() => crypto.ed25519Sign(new Uint8Array(length), new Uint8Array(1))).toThrow(RangeError);
  }
});
