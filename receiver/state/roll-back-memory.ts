import { join } from 'node:path';
import { z } from 'zod';
import { fromHex, toHex } from '../../codecs/bytes.js';
import { type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import { openRecord } from '../../codecs/node/record-file.js';
import type { Seen } from '../engine/ports/seen.js';
import type { KnownPublisher } from './namesakes.js';
import { publisherText } from './publisher-text.js';

const seenFile = z.object({
  version: z.literal(1),
  generations: z
    .array(z.object({ publisher: publisherText, tsi: z.int().min(0), generation: z.int().min(0) }))
    .readonly(),
  sequences: z
    .array(z.object({ publisher: publisherText, name: z.string(), sequence: z.int().min(0) }))
    .readonly(),
  /** Key ids of the publishers above, in the order of their bytes. */
  keys: z.array(z.object({ publisher: publisherText, keyId: z.string().regex(/^[0-9a-f]{16}$/) })),
});

/** What a receiver has seen, on disk: no restart makes it take an older certificate or edition. */
export interface RollBackMemory {
  readonly seen: Seen | undefined;
  /** From whom something was received before. */
  readonly publishers: readonly KnownPublisher[];
  save(seen: Seen): void;
  /** Fulfilled when all that was saved is on the disk. @throws what writing it has thrown */
  settled(): Promise<void>;
}

/**
 * @param trust keys that are trusted now: their key ids are kept with what is seen of them
 * @throws ReceiveError when the file is damaged, or an error of the operating system
 */
export async function openRollBackMemory(
  directory: string,
  trust: readonly PublicKey[],
): Promise<RollBackMemory> {
  const purpose = 'remove it and older editions may be received once more';
  const file = await openRecord(join(directory, 'seen.json'), seenFile, purpose);
  let saving: Promise<void> = Promise.resolve();
  let latest: Seen;

  const keyIds = new Map(file.earlier?.keys.map(({ publisher, keyId }) => [publisher, keyId]));
  for (const key of trust) keyIds.set(publisherId(key), toHex(key.keyId));

  function keysOf({ generations, sequences }: Seen) {
    const publishers = new Set([...generations, ...sequences].map(({ publisher }) => publisher));
    return [...publishers].flatMap((publisher) => {
      const keyId = keyIds.get(publisher);
      return keyId === undefined ? [] : [{ publisher, keyId }];
    });
  }

  function save(): Promise<void> {
    saving = file.save({ version: 1, ...latest, keys: keysOf(latest) });
    // told to whoever waits for it
    saving.catch(() => {});
    return saving;
  }

  return {
    seen: file.earlier,
    publishers: (file.earlier?.keys ?? []).map((key) => ({ ...key, keyId: fromHex(key.keyId) })),
    save(seen) {
      latest = seen;
      void save();
    },
    // what failed, as when the disk was full, may go well now
    settled: () => saving.catch(save),
  };
}
