/** What a genuine sender sends: small, and the same in every process. */

import { utf8Encode } from '../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import {
  type TestEditionOptions,
  type TestFiles,
  testEditionOf,
  testPublisher,
} from '../../../receiver/testing.js';

export const PUBLISHER = 7;

/** Files of two parts. */
export const TREES: readonly TestFiles[] = [
  { 'index.html': utf8Encode('<p>front page</p>'.repeat(20)) },
  {
    'news/a.html': utf8Encode('<p>first</p>'.repeat(30)),
    'news/b.html': utf8Encode('<p>second</p>'.repeat(40)),
  },
];

/** An edition of two parts, and its datagrams: those of the index, then those of the parts. */
export async function genuineEdition(options: Partial<TestEditionOptions> = {}) {
  const schemes = await loadFecSchemes();
  const publisher = await testPublisher(nodeCrypto, PUBLISHER);
  const common = { crypto: nodeCrypto, schemes, publisher, tsi: 1, symbolSize: 64, depth: 1 };
  const edition = await testEditionOf(TREES, { ...common, ...options });
  return {
    publisher,
    schemes,
    edition,
    datagrams: [...(await edition.announce()), ...(await edition.send())],
  };
}
