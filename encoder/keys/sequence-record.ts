import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { formatSequence } from '../../codecs/edition/index.js';
import { CliError, describeError } from '../../codecs/node/command.js';
import { lockFile } from '../../codecs/node/lock/lock.js';
import { openRecords, readRecords } from '../../codecs/node/record-file.js';

/** Beside the keys: who signs with them again must not sign a lower number. */
export const SEQUENCE_RECORD = 'sequences.json';
/** Milliseconds until one who writes there counts as stopped, and between two looks. */
const PATIENCE = 10_000;
const LOOK_INTERVAL = 20;
const LOSS = 'Without it sequence numbers follow the clock of this machine.';

/** Of each bundle the highest sequence number that it was signed with. */
const sequenceRecord = z.object({ bundle: z.string(), sequence: z.int().min(1) });

/** Who signs must know: a person is there, and no receiver waits. */
const options = (keys: string) => ({
  shape: sequenceRecord,
  loss: LOSS,
  onDamage() {
    throw new CliError(
      `${join(keys, SEQUENCE_RECORD)} is damaged: restore it, or remove it when the clock of this machine is right: then sequence numbers follow it.`,
    );
  },
});

/**
 * The last sequence number that `encode` has signed a bundle with; 0: none.
 *
 * @param keys the key directory
 * @throws CliError when the record is damaged, or an error of the operating system
 */
export async function lastSequence(keys: string, name: string): Promise<number> {
  const records = await readRecords(join(keys, SEQUENCE_RECORD), options(keys));
  return records?.find(({ bundle }) => bundle === name)?.sequence ?? 0;
}

/**
 * Remembers a sequence number, unless a higher one is remembered.
 *
 * @returns a sentence when the record cannot be written: keys may stand on a medium that is read only
 */
export async function rememberSequence(
  keys: string,
  name: string,
  sequence: number,
): Promise<string | undefined> {
  try {
    const unlock = await lock(keys);
    try {
      const file = await openRecords(join(keys, SEQUENCE_RECORD), options(keys));
      const others = file.earlier.filter(({ bundle }) => bundle !== name);
      const last = file.earlier.find(({ bundle }) => bundle === name)?.sequence ?? 0;
      if (sequence > last) await file.save([...others, { bundle: name, sequence }]);
    } finally {
      await unlock();
    }
    return undefined;
  } catch (error) {
    return `Sequence number ${formatSequence(sequence)} cannot be remembered in ${keys}: ${describeError(error)} Note it, and compare it with the next one.`;
  }
}

/** Who else signs with these keys now has written its number in a moment. */
async function lock(keys: string): Promise<() => Promise<void>> {
  const started = performance.now();
  for (;;) {
    const locked = await lockFile(join(keys, 'sequences.lock'));
    if (typeof locked === 'function') return locked;
    if (performance.now() - started > PATIENCE)
      throw new CliError(
        `The process ${locked.holder} writes there. If it is something else, remove ${locked.path}.`,
      );
    await setTimeout(LOOK_INTERVAL);
  }
}
