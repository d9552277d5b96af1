import { join } from 'node:path';
import { z } from 'zod';
import { MAX_SUCCESSIONS, parseSuccession } from '../../codecs/auth/index.js';
import { fromBase64, fromHex, toHex } from '../../codecs/bytes.js';
import { type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import { type OnDamage, openRecords } from '../../codecs/node/record-file.js';
import type { Seen } from '../engine/ports/seen.js';
import type { KnownPublisher } from './namesakes.js';
import { publisherText } from './publisher-text.js';

const count = z.int().min(0);
const generation = z.object({ publisher: publisherText, tsi: count, generation: count });
const sequence = z.object({ publisher: publisherText, name: z.string(), sequence: count });
/** Key id of a publisher, in the order of its bytes. */
const publisherKey = z.object({ publisher: publisherText, keyId: z.string().regex(/^[0-9a-f]{16}$/) });

function isStatement(text: string): boolean {
  try {
    parseSuccession(fromBase64(text));
    return true;
  } catch {
    return false;
  }
}

const history = z.object({
  publisher: publisherText,
  /** Statements of succession, base64. */
  statements: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9+/]{312}$/)
        .refine(isStatement, 'no statement of succession'),
    )
    .max(MAX_SUCCESSIONS),
  nextKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
});

/** What a receiver has seen, on disk: no restart makes it take an older certificate or edition. */
export interface RollBackMemory {
  readonly seen: Seen;
  /** From whom something was received before. */
  readonly publishers: readonly KnownPublisher[];
  save(seen: Seen): void;
  /** Fulfilled when all that was saved is on the disk. @throws what writing it has thrown */
  settled(): Promise<void>;
}

/**
 * @param trust keys that are trusted now: their key ids are kept with what is seen of them
 * @throws CliError when a later version has written the file, or an error of the operating system
 */
export async function openRollBackMemory(
  directory: string,
  trust: readonly PublicKey[],
  onDamage: OnDamage,
): Promise<RollBackMemory> {
  const file = await openRecords(join(directory, 'seen.json'), {
    shape: z.union([generation, sequence, publisherKey, history]),
    loss: 'Without it older editions may be received once more, and keys count again that others have succeeded.',
    onDamage,
  });
  const keys = file.earlier.filter((record) => 'keyId' in record);
  let saving: Promise<void> = Promise.resolve();
  let latest: Seen;

  const keyIds = new Map(keys.map(({ publisher, keyId }) => [publisher, keyId]));
  for (const key of trust) keyIds.set(publisherId(key), toHex(key.keyId));

  function keysOf({ generations, sequences }: Seen) {
    const publishers = new Set([...generations, ...sequences].map(({ publisher }) => publisher));
    return [...publishers].flatMap((publisher) => {
      const keyId = keyIds.get(publisher);
      return keyId === undefined ? [] : [{ publisher, keyId }];
    });
  }

  function save(): Promise<void> {
    const histories = latest.successions ?? [];
    saving = file.save([
      ...latest.generations,
      ...latest.sequences,
      ...histories.map((each) => ({ ...each, statements: [...each.statements] })),
      ...keysOf(latest),
    ]);
    // told to whoever waits for it
    saving.catch(() => {});
    return saving;
  }

  return {
    seen: {
      generations: file.earlier.filter((record) => 'generation' in record),
      sequences: file.earlier.filter((record) => 'sequence' in record),
      successions: file.earlier.filter((record) => 'statements' in record),
    },
    publishers: keys.map((key) => ({ ...key, keyId: fromHex(key.keyId) })),
    save(seen) {
      latest = seen;
      void save();
    },
    // what failed, as when the disk was full, may go well now
    settled: () => saving.catch(save),
  };
}
