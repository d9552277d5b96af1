import { join } from 'node:path';
import { Command, Option } from 'commander';
import { dayOf } from '../../codecs/edition/index.js';
import { fingerprint, formatPublicKey, publisherId } from '../../codecs/minisign/index.js';
import { requireClock } from '../content/sequence-limits.js';
import type { Surroundings } from '../surroundings.js';
import {
  createKeys,
  createPublisher,
  createUplinkKey,
  KEY_FILES,
  requireNoKeys,
  UPLINK_PUBLIC,
} from './keys.js';
import { newPassword, PASSWORD_VARIABLE } from './password.js';

const NOTES = `
The directory gets four files:
  ${KEY_FILES.publisherPublic}  give it to receivers: it is all they trust (minisign format)
  ${KEY_FILES.publisherSecret}  signs bundles and uplink certificates; keep a copy in a safe place
  ${KEY_FILES.uplinkSecret}     signs datagrams
  ${KEY_FILES.uplinkCertificate}    says that the publisher allows this key; sent with every table

${KEY_FILES.publisherSecret} has a password. The program asks for it on the terminal or takes it from the environment variable
${PASSWORD_VARIABLE}. Checking it takes some seconds and 1 GiB of memory, as the minisign format demands.

With --publisher only the first two are made, with --uplink only ${KEY_FILES.uplinkSecret} and ${UPLINK_PUBLIC}, which the publisher
certifies: see "datacast certify". So the publisher's key never has to lie on a machine that has a network.

Examples:
  datacast keygen --out keys
  datacast keygen --publisher --out publisher
  datacast keygen --uplink --out keys

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

interface Options {
  out: string;
  password: boolean;
  publisher?: true;
  uplink?: true;
}

/** `datacast keygen`: makes a key directory. */
export function keygenCommand({ io, crypto, passwords, now }: Surroundings): Command {
  return new Command('keygen')
    .description('Make the keys of a publisher and of its uplink. Existing keys are never overwritten.')
    .requiredOption('--out <DIR>', 'directory for the keys; made if it does not exist')
    .addOption(new Option('--publisher', 'make the keys of the publisher alone').conflicts('uplink'))
    .option('--uplink', `make the key of an uplink alone, and ${UPLINK_PUBLIC} for "datacast certify"`)
    .option('--no-password', `leave ${KEY_FILES.publisherSecret} without a password`)
    .addHelpText('after', NOTES)
    .action(async ({ out, password, uplink, publisher: isAlone }: Options) => {
      if (uplink) {
        const publicKey = await createUplinkKey(out, crypto);
        const file = join(out, UPLINK_PUBLIC);
        io.stdout.write(
          `Uplink key written to ${out}. Keep ${KEY_FILES.uplinkSecret} secret.\n` +
            `Fingerprint of the uplink key, to compare with the publisher: ${fingerprint(publisherId({ publicKey }))}\n` +
            `Carry ${file} to the publisher, who makes ${KEY_FILES.uplinkCertificate} of it:\n` +
            `  datacast certify --publisher DIR --uplink ${UPLINK_PUBLIC} --out ${KEY_FILES.uplinkCertificate}\n`,
        );
        return;
      }
      await requireNoKeys(out);
      requireClock(Math.floor(now() / 1000));
      const given = password ? await newPassword(passwords, join(out, KEY_FILES.publisherSecret)) : undefined;
      const { publisher, certificate } = isAlone
        ? { publisher: await createPublisher(out, crypto, given), certificate: undefined }
        : await createKeys(out, crypto, { ...(given !== undefined && { password: given }), now: now() });
      const publicLine = formatPublicKey(publisher).split('\n')[1]!;
      const session =
        certificate &&
        ` TSI ${certificate.tsi}, uplink certificate valid until ${dayOf(certificate.notAfter)}.`;
      io.stdout.write(
        `Keys written to ${out}.${session ?? ''}\n` +
          `Fingerprint of the publisher's key, to compare with receivers: ${fingerprint(publisherId(publisher))}\n` +
          `Receivers need ${join(out, KEY_FILES.publisherPublic)}, or this line:\n${publicLine}\n` +
          `Keep ${KEY_FILES.publisherSecret}${isAlone ? '' : ` and ${KEY_FILES.uplinkSecret}`} secret.\n`,
      );
    });
}
