import { join } from 'node:path';
import { z } from 'zod';
import { describeError } from '../../codecs/node/command.js';
import { openRecord, readRecord } from '../../codecs/node/record-file.js';

/** Beside the keys: who signs with them again must not sign a lower number. */
const FILE = 'sequences.json';
const REMEDY = 'remove it when the clock of this machine is right: then sequence numbers follow it';

const sequencesFile = z.object({
  version: z.literal(1),
  /** Of each bundle the highest that it was signed with: pairs, as a name may be any text, `__proto__` too. */
  sequences: z.array(z.tuple([z.string(), z.int().min(1)])),
});

/**
 * The last sequence number that `encode` has signed a bundle with; 0: none.
 *
 * @param keys the key directory
 * @throws CliError when the record is damaged, or an error of the operating system
 */
export async function lastSequence(keys: string, name: string): Promise<number> {
  const record = await readRecord(join(keys, FILE), sequencesFile, REMEDY);
  return new Map(record?.sequences).get(name) ?? 0;
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
    const record = await openRecord(join(keys, FILE), sequencesFile, REMEDY);
    const sequences = new Map(record.earlier?.sequences);
    if (sequence <= (sequences.get(name) ?? 0)) return undefined;
    await record.save({ version: 1, sequences: [...sequences.set(name, sequence)] });
    return undefined;
  } catch (error) {
    return `Sequence number ${sequence} cannot be remembered in ${keys}: ${describeError(error)} Note it, and compare it with the next one.`;
  }
}
