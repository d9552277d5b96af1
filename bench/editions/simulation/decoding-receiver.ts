/** The real receiver, without a disk: what it hands out is unpacked and hashed. */

import { createHash } from 'node:crypto';
import { type IndexPart, readPart } from '../../../codecs/edition/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { PublicKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { decompress } from '../../../codecs/zstd/index.js';
import type { KnownEdition } from '../../../receiver/engine/ports/events.js';
import { createReceiver } from '../../../receiver/engine/receiver.js';

/** A part that the receiver has handed out. */
export interface PartReceived {
  readonly part: IndexPart;
  /** Names of the bundles that have it. */
  readonly bundles: readonly string[];
  /** SHA-256 of its files by their paths. */
  readonly files: ReadonlyMap<string, string>;
}

export interface DecodingReceiver {
  /** Takes a datagram; fulfilled when it has had its effect. */
  take(datagram: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface DecodingListener {
  onEdition?(edition: KnownEdition): void;
  onPart(part: PartReceived): void;
}

const DESTINATION = '239.255.0.1:4001';
const LIMITS = { maxSize: 2 ** 32, maxEntries: 1_000_000 };

export function createDecodingReceiver(
  publisher: PublicKey,
  schemes: FecSchemes,
  { onEdition, onPart }: DecodingListener,
): DecodingReceiver {
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    checkDelay: 0,
  });
  let unpacking: Promise<void>[] = [];
  if (onEdition !== undefined) receiver.on('edition', onEdition);
  receiver.on('part', ({ part, editions, content }) => {
    const unpack = async () => {
      const files = await digestsOf(content.read());
      await content.release();
      onPart({ part, files, bundles: editions.map(({ name }) => name) });
    };
    const unpacked = unpack();
    // It is thrown by `take`.
    unpacked.catch(() => {});
    unpacking.push(unpacked);
  });
  return {
    async take(datagram) {
      receiver.push(datagram, { destination: DESTINATION });
      await receiver.idle();
      if (unpacking.length === 0) return;
      const now = unpacking;
      unpacking = [];
      await Promise.all(now);
    },
    close: () => receiver.close(),
  };
}

async function digestsOf(object: AsyncIterable<Uint8Array>): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = decompress(object, { maxSize: LIMITS.maxSize });
  for await (const { kind, path, content } of readPart(archive, LIMITS)) {
    const hash = createHash('sha256');
    for await (const piece of content) hash.update(piece);
    if (kind === 'file') files.set(path, hash.digest('hex'));
  }
  return files;
}
