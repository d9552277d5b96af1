import { join } from 'node:path';
import { Command } from 'commander';
import { dayOf } from '../../codecs/edition/index.js';
import { fingerprint, formatPublicKey, publisherId } from '../../codecs/minisign/index.js';
import { requireClock } from '../content/sequence-limits.js';
import type { Surroundings } from '../surroundings.js';
import { createKeys, KEY_FILES, requireNoKeys } from './keys.js';
import { newPassword, PASSWORD_VARIABLE } from './password.js';

const NOTES = `
The directory gets four files:
  ${KEY_FILES.publisherPublic}  give it to receivers: it is all they trust (minisign format)
  ${KEY_FILES.publisherSecret}  signs bundles and uplink certificates; keep a copy in a safe place
  ${KEY_FILES.uplinkSecret}     signs datagrams
  ${KEY_FILES.uplinkCertificate}    says that the publisher allows this key; sent with every table

${KEY_FILES.publisherSecret} has a password. The program asks for it on the terminal or takes it from the environment variable
${PASSWORD_VARIABLE}. Checking it takes some seconds and 1 GiB of memory, as the minisign format demands.

Example:
  datacast keygen --out keys

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast keygen`: makes a key directory. */
export function keygenCommand({ io, crypto, passwords, now }: Surroundings): Command {
  return new Command('keygen')
    .description('Make the keys of a publisher and of its uplink. Existing keys are never overwritten.')
    .requiredOption('--out <DIR>', 'directory for the keys; made if it does not exist')
    .option('--no-password', `leave ${KEY_FILES.publisherSecret} without a password`)
    .addHelpText('after', NOTES)
    .action(async ({ out, password }: { out: string; password: boolean }) => {
      await requireNoKeys(out);
      requireClock(Math.floor(now() / 1000));
      const protection = password
        ? { password: await newPassword(passwords, join(out, KEY_FILES.publisherSecret)) }
        : {};
      const { publisher, certificate } = await createKeys(out, crypto, { ...protection, now: now() });
      const publicLine = formatPublicKey(publisher).split('\n')[1]!;
      const until = dayOf(certificate.notAfter);
      io.stdout.write(
        `Keys written to ${out}. TSI ${certificate.tsi}, uplink certificate valid until ${until}.\n` +
          `Fingerprint of the publisher's key, to compare with receivers: ${fingerprint(publisherId(publisher))}\n` +
          `Receivers need ${join(out, KEY_FILES.publisherPublic)}, or this line:\n${publicLine}\n` +
          `Keep ${KEY_FILES.publisherSecret} and ${KEY_FILES.uplinkSecret} secret.\n`,
      );
    });
}
