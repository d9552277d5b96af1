/** Small helpers on bytes, the same in Node and in a browser. */

/** Thrown when text is not what its encoding allows. */
export class BytesError extends Error {
  override name = 'BytesError';
}

/** The parts one after the other, in new memory. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/**
 * A copy of bytes[start, end) in memory of its own, always a plain Uint8Array: `slice` of a Node Buffer would be a view
 * of memory that its owner may use again.
 */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** True when both hold the same bytes. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** An unsigned big-endian integer of 1 to 6 bytes. The caller has checked that it lies inside `bytes`. */
export function readUint(bytes: Uint8Array, offset: number, byteLength: number): number {
  let value = 0;
  for (let i = offset; i < offset + byteLength; i++) value = value * 256 + bytes[i]!;
  return value;
}

/** Writes an unsigned big-endian integer of 1 to 6 bytes; higher bits of `value` are dropped. */
export function writeUint(into: Uint8Array, offset: number, byteLength: number, value: number): void {
  let rest = value;
  for (let i = offset + byteLength - 1; i >= offset; i--) {
    into[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX_OF_BYTE[bytes[i]!];
  return text;
}

/**
 * The bytes of hexadecimal text of either case, without separators.
 *
 * @throws BytesError when a character is no hexadecimal digit or their number is odd
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new BytesError(`Hexadecimal text has an odd length (${text.length}).`);
  if (!/^[0-9a-fA-F]*$/.test(text)) throw new BytesError('Hexadecimal text may hold 0-9 and a-f only.');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const BASE64_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUE = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) BASE64_VALUE[BASE64_ALPHABET.charCodeAt(value)] = value;

/** Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text += BASE64_ALPHABET[word >> 18]! + BASE64_ALPHABET[(word >> 12) & 63]!;
    text += BASE64_ALPHABET[(word >> 6) & 63]! + BASE64_ALPHABET[word & 63]!;
  }
  if (i + 1 === bytes.length) {
    const word = bytes[i]! << 4;
    text += `${BASE64_ALPHABET[word >> 6]}${BASE64_ALPHABET[word & 63]}==`;
  } else if (i + 2 === bytes.length) {
    const word = ((bytes[i]! << 8) | bytes[i + 1]!) << 2;
    text += `${BASE64_ALPHABET[word >> 12]}${BASE64_ALPHABET[(word >> 6) & 63]}${BASE64_ALPHABET[word & 63]}=`;
  }
  return text;
}

/**
 * The bytes of base64 text (RFC 4648 section 4), strictly: padding is needed, white space and unused bits
 * that are not zero are refused, so that each byte string has one text only.
 *
 * @throws BytesError
 */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new BytesError(
      `Base64 text needs a length divisible by 4, padding included; it has ${text.length}.`,
    );
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let written = 0;
  for (let i = 0; i < digits; i++) {
    const value = BASE64_VALUE[text.charCodeAt(i)] ?? -1;
    if (value < 0) throw new BytesError(`Base64 text has a character it may not have at position ${i}.`);
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[written++] = bits >> held;
    }
  }
  if ((bits & ((1 << held) - 1)) !== 0) throw new BytesError('Base64 text ends in bits that are not zero.');
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 of the text; a lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of UTF-8 bytes; a byte order mark is kept.
 *
 * @throws BytesError when the bytes are not UTF-8
 */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BytesError('The bytes are not UTF-8 text.');
  }
}
