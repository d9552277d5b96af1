import { join } from 'node:path';
import { z } from 'zod';
import { CliError, describeError } from '../../codecs/node/command.js';
import { openRecords, readRecords } from '../../codecs/node/record-file.js';

/** Beside the publisher's key: who certifies another key for a session must give it a higher generation. */
export const CERTIFICATE_RECORD = 'certificates.json';
const LOSS = 'Without it the generation of a certificate follows from the one that is given with --renew.';

/** Of each session the last certificate that was made. */
const certified = z.object({
  tsi: z.int().min(0),
  generation: z.int().min(0),
  /** Public key of the uplink, hexadecimal. */
  uplink: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Certified = z.infer<typeof certified>;

const options = (directory: string) => ({
  shape: certified,
  loss: LOSS,
  onDamage() {
    throw new CliError(
      `${join(directory, CERTIFICATE_RECORD)} is damaged: restore it, or remove it and give the latest certificate of the session with --renew.`,
    );
  },
});

/**
 * The last certificate of each session that this publisher has made.
 *
 * @throws CliError when the record is damaged, or an error of the operating system
 */
export async function certifiedSessions(directory: string): Promise<readonly Certified[]> {
  return (await readRecords(join(directory, CERTIFICATE_RECORD), options(directory))) ?? [];
}

/** @returns a sentence when the record cannot be written: keys may stand on a medium that is read only */
export async function rememberCertificate(directory: string, made: Certified): Promise<string | undefined> {
  try {
    const file = await openRecords(join(directory, CERTIFICATE_RECORD), options(directory));
    await file.save([...file.earlier.filter(({ tsi }) => tsi !== made.tsi), made]);
    return undefined;
  } catch (error) {
    return `Generation ${made.generation} of TSI ${made.tsi} cannot be remembered in ${directory}: ${describeError(error)} Keep a copy of the certificate: the next one needs it.`;
  }
}
