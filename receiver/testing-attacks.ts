/** What tests of attacks share: genuine editions, what an attacker has recorded of others, and what comes of them. */

import { concatBytes, toHex } from '../codecs/bytes.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../codecs/node/crypto.js';
import type { ReceiverOptions } from './engine/interface.js';
import {
  bytesOf,
  type TestEditionOptions,
  type TestSessionOptions,
  testEdition,
  testPublisher,
  testReceiver,
  testSession,
} from './testing.js';

export const VERIFY = ['auto', 'eager', 'lazy'] as const;

/** Bytes that do not repeat. */
export function someBytes(length: number, salt: number): Uint8Array {
  const digests = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    crypto.sha256(Uint8Array.of(i, i >> 8, salt, salt >> 8)),
  );
  return concatBytes(...digests).slice(0, length);
}

/** The publisher whose edition is to arrive, another who is trusted as well, and makers for both. */
export async function attackTools() {
  const schemes = await loadFecSchemes();
  const publisher = await testPublisher(crypto, 1);
  const other = await testPublisher(crypto, 2);
  const base = { crypto, schemes, publisher };
  return {
    publisher,
    other,
    edition: (parts: readonly Uint8Array[], more: Partial<TestEditionOptions> = {}) =>
      testEdition({ ...base, parts, ...more }),
    session: (object: Uint8Array, more: Partial<TestSessionOptions> = {}) =>
      testSession({ ...base, object, ...more }),
    receive: (options: Partial<ReceiverOptions> = {}) =>
      testReceiver({ crypto, fecSchemes: schemes, trust: [publisher], ...options }),
  };
}

export type AttackTools = Awaited<ReturnType<typeof attackTools>>;

/** Names of what was handed out, in an order of its own. */
export async function contents({ complete }: ReturnType<typeof testReceiver>): Promise<string[]> {
  return texts(await Promise.all(complete.map(({ content }) => bytesOf(content))));
}

export function texts(parts: readonly Uint8Array[]): string[] {
  return parts.map((part) => `${part.length} bytes, ${toHex(crypto.sha256(part)).slice(0, 12)}`).sort();
}

/** Puts some of `others` before each of the datagrams. */
export function among(
  datagrams: readonly Uint8Array[],
  others: readonly Uint8Array[],
  before = Math.ceil(others.length / Math.max(1, datagrams.length)),
): Uint8Array[] {
  const left = [...others];
  return [...datagrams.flatMap((each) => [...left.splice(0, before), each]), ...left];
}
