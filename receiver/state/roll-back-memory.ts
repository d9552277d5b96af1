import { join } from 'node:path';
import { z } from 'zod';
import { openRecord } from '../../codecs/node/record-file.js';
import type { Seen } from '../engine/ports/seen.js';

const seenFile = z.object({
  version: z.literal(1),
  generations: z
    .array(z.object({ publisher: z.string(), tsi: z.int().min(0), generation: z.int().min(0) }))
    .readonly(),
  sequences: z
    .array(z.object({ publisher: z.string(), name: z.string(), sequence: z.int().min(0) }))
    .readonly(),
});

/** What a receiver has seen, on disk: no restart makes it take an older certificate or edition. */
export interface RollBackMemory {
  readonly seen: Seen | undefined;
  save(seen: Seen): void;
  /** Fulfilled when all that was saved is on the disk. @throws what writing it has thrown */
  settled(): Promise<void>;
}

/** @throws ReceiveError when the file is damaged, or an error of the operating system */
export async function openRollBackMemory(directory: string): Promise<RollBackMemory> {
  const purpose = 'remove it and older editions may be received once more';
  const file = await openRecord(join(directory, 'seen.json'), seenFile, purpose);
  let saving: Promise<void> = Promise.resolve();
  let latest: Seen;

  function save(): Promise<void> {
    saving = file.save({ version: 1, ...latest });
    // told to whoever waits for it
    saving.catch(() => {});
    return saving;
  }

  return {
    seen: file.earlier,
    save(seen) {
      latest = seen;
      void save();
    },
    // what failed, as when the disk was full, may go well now
    settled: () => saving.catch(save),
  };
}
