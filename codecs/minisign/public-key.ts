import { concatBytes, copyBytes, toBase64, toHex } from '../bytes.js';
import { decodeBase64, formatCommentedBase64, parseCommentedBase64 } from './commented-base64.js';
import { MinisignError } from './error.js';

/** First bytes of keys and of legacy signatures: "Ed". */
export const ALGORITHM_ED = Uint8Array.of(0x45, 0x64);

/** A publisher's public key. */
export interface PublicKey {
  /** 8 bytes that say which key may have signed; whoever makes a key can choose them. */
  readonly keyId: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

const BYTE_LENGTH = 42;

/** A key id as minisign shows it: the 8 bytes read as a little-endian number, in hexadecimal capitals. */
export function formatKeyId(keyId: Uint8Array): string {
  return toHex(copyBytes(keyId).reverse())
    .toUpperCase()
    .replace(/^0+(?=.)/, '');
}

/** The public key file, as minisign writes it. */
export function formatPublicKey({ keyId, publicKey }: PublicKey): string {
  return formatCommentedBase64(
    `minisign public key ${formatKeyId(keyId)}`,
    concatBytes(ALGORITHM_ED, keyId, publicKey),
  );
}

/** The base64 line of a public key file, which is enough to trust the key. */
export function publicKeyLine({ keyId, publicKey }: PublicKey): string {
  return toBase64(concatBytes(ALGORITHM_ED, keyId, publicKey));
}

/**
 * Reads a public key: the file, or its base64 line alone.
 *
 * @throws MinisignError
 */
export function parsePublicKey(text: string): PublicKey {
  const bytes =
    decodeBase64(text.length <= 100 ? text.trim() : '', BYTE_LENGTH) ??
    parseCommentedBase64(text, {
      what: 'minisign public key',
      byteLength: BYTE_LENGTH,
      error: MinisignError,
    });
  if (bytes[0] !== ALGORITHM_ED[0] || bytes[1] !== ALGORITHM_ED[1]) {
    throw new MinisignError('This minisign public key is not an Ed25519 key ("Ed"), the only kind there is.');
  }
  return { keyId: copyBytes(bytes, 2, 10), publicKey: copyBytes(bytes, 10, 42) };
}
