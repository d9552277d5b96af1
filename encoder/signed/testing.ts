/** Signed editions made for tests. */

import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createKeys, KEY_FILES, type Keys, loadKeys } from '../keys/keys.js';
import { type SignOptions, type SignReport, sign } from './sign.js';

/** Numbers that do not compress much. */
export const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => ((i + seed) * 2654435761) % 4294967296).join('\n');

/** A publisher with content, and an uplink without his secret key. */
export interface TestPublisher {
  readonly keys: Keys;
  /** Directory with all keys. */
  readonly publisher: string;
  /** Directory without publisher.key. */
  readonly uplink: string;
  /** Directory with a page and two pictures: three parts. */
  readonly news: string;
  sign(out: string, changes?: Partial<SignOptions>): Promise<SignReport>;
}

export async function testPublisher(work: string, now = Date.now()): Promise<TestPublisher> {
  const directory = mkdtempSync(join(work, 'publisher-'));
  const publisher = join(directory, 'keys');
  await createKeys(publisher, nodeCrypto, { now });
  const keys = await loadKeys(publisher, nodeCrypto, () => Promise.reject(new Error()), now);
  const uplink = join(directory, 'uplink');
  mkdirSync(uplink);
  for (const name of [KEY_FILES.publisherPublic, KEY_FILES.uplinkSecret, KEY_FILES.uplinkCertificate]) {
    copyFileSync(join(publisher, name), join(uplink, name));
  }
  const news = join(directory, 'news');
  mkdirSync(join(news, 'images'), { recursive: true });
  writeFileSync(join(news, 'index.html'), '<h1>News</h1>\n');
  writeFileSync(join(news, 'images', 'a.jpg'), numbers(3000, 1));
  writeFileSync(join(news, 'images', 'b.jpg'), numbers(110_000, 2));
  return {
    keys,
    publisher,
    uplink,
    news,
    sign: (out, changes) =>
      sign(news, out, {
        crypto: nodeCrypto,
        publisher: keys.publisher,
        sequence: 17,
        since: undefined,
        first: undefined,
        level: 3,
        jobs: 1,
        onWarning: () => {},
        onProgress: () => {},
        interrupted: new AbortController().signal,
        onSigned: async () => {},
        ...changes,
      }),
  };
}
