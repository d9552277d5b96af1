/** Recordings made for tests. */

import { join } from 'node:path';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { createKeys, encode, loadKeys } from './index.js';

/** Unix time in milliseconds at which they are made. */
const NOW = Date.UTC(2026, 0, 1);

/**
 * Makes keys in `keys` of a directory and records its folder `content` to its file `sent.pcap`.
 *
 * @param fraction repair symbols a source symbol
 * @param authDepth 0..7
 */
export async function recordContent(directory: string, fraction: number, authDepth: number): Promise<void> {
  const keys = join(directory, 'keys');
  await createKeys(keys, nodeCrypto, { now: NOW });
  await encode(join(directory, 'content'), join(directory, 'sent.pcap'), {
    keys: await loadKeys(keys, nodeCrypto, async () => '', NOW),
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    fec: 'raptorq',
    repair: { kind: 'fraction', fraction },
    level: 3,
    mtu: 1500,
    destination: { address: '239.255.0.1', port: 4001 },
    authDepth,
    sequence: 17,
    order: 'sequence',
    fluteVersion: 2,
    rate: 1_000_000,
    now: NOW,
    onProgress: () => {},
  });
}
