import { join } from 'node:path';
import { Command } from 'commander';
import { fingerprint, formatPublicKey, publisherId } from '../../../codecs/minisign/index.js';
import { printableJson, printableLines } from '../../../codecs/text.js';
import { EncodeError } from '../../error.js';
import type { Surroundings } from '../../surroundings.js';
import { exposedSecrets } from '../exposed-secrets.js';
import { hasPublisher, KEY_FILES, loadPublicKey, loadPublisher } from '../keys.js';
import { existingPassword, PASSWORD_VARIABLE, passwordDescriptor } from '../password.js';
import { SUCCESSION_FILES } from './files.js';
import { succeed } from './succeed.js';

interface Options {
  publisher: string;
  successor: string;
  out: string;
  lost?: true;
  json?: true;
  passwordFd?: number;
  successorPasswordFd?: number;
}

const NOTES = `
Makes the directory of a publisher whose key was lost or stolen, or is to be replaced: the key of the successor that "datacast keygen
--successor" made, the numbers that are remembered beside the present key, and ${SUCCESSION_FILES.statements}. These statements go on the
air with the tables. Receivers that hear them go on with the new key, in the same directories, and refuse the one before.

The present key signs the statement as well, where ${KEY_FILES.publisherSecret} lies in its directory and --lost is not given: receivers that
have never heard an edition need that. Where the whole directory is lost, ${KEY_FILES.publisherPublic} alone does, which every receiver has.

Passwords are asked for on the terminal, or taken from the environment variable ${PASSWORD_VARIABLE}, or read from file
descriptors with --password-fd and --successor-password-fd.

Examples:
  datacast keygen --successor publisher --out /media/safe/next
  datacast succeed --publisher publisher --successor /media/safe/next --out publisher-2

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast succeed`: another key takes the place of a publisher's. */
export function succeedCommand({ io, crypto, passwords }: Surroundings): Command {
  return new Command('succeed')
    .description("Replace a publisher's key by its successor: the key was lost, stolen, or is old.")
    .requiredOption('--publisher <DIR>', 'directory of the key that is replaced')
    .requiredOption('--successor <DIR>', 'directory of the successor, from "datacast keygen --successor"')
    .requiredOption('--out <DIR>', 'directory for the publisher with the new key; made if it does not exist')
    .option('--lost', 'the key that is replaced cannot sign: it is lost, or its password is')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', NOTES)
    .option(
      '--password-fd <N>',
      'read the password of the key that is replaced from this file descriptor',
      passwordDescriptor,
    )
    .option('--successor-password-fd <N>', 'the same for the successor', passwordDescriptor)
    .action(async ({ publisher, successor, out, lost, json, passwordFd, successorPasswordFd }: Options) => {
      const load = (directory: string, descriptor: number | undefined) =>
        loadPublisher(directory, crypto, () =>
          existingPassword({ ...passwords, descriptor }, join(directory, KEY_FILES.publisherSecret)),
        );
      const isLost = lost ?? !(await hasPublisher(publisher));
      if (!(await hasPublisher(successor))) {
        throw new EncodeError(
          `${join(successor, KEY_FILES.publisherSecret)} does not exist: the successor's secret key is needed.`,
        );
      }
      const oldKey = isLost ? await loadPublicKey(publisher) : await load(publisher, passwordFd);
      const newKey = await load(successor, successorPasswordFd);
      for (const directory of [publisher, successor])
        for (const sentence of await exposedSecrets(directory))
          io.stderr.write(`${printableLines(sentence)}\n`);
      const named = await succeed({ crypto, publisher, oldKey, successor, newKey, out });
      if (named === 'not-named') io.stderr.write(`${printableLines(notNamed(publisher, isLost))}\n`);
      const id = publisherId(newKey);
      const signedBy = isLost ? ['successor'] : ['successor', 'publisher'];
      io.stdout.write(
        json
          ? `${printableJson({ publisher: id, replaces: publisherId(oldKey), signedBy, out }, 2)}\n`
          : printableLines(
              `The publisher with the new key stands in ${out}: use it in the place of ${publisher}.\n` +
                `Statement of succession signed by ${isLost ? 'the new key alone' : 'both keys'}.\n` +
                `Fingerprint of the publisher's key, to compare with receivers: ${fingerprint(id)}\n` +
                `New receivers need ${join(out, KEY_FILES.publisherPublic)}, or this line:\n${formatPublicKey(newKey).split('\n')[1]}\n` +
                `Certify the uplink keys anew ("datacast certify --renew"), and carry ${KEY_FILES.publisherPublic}, ${SUCCESSION_FILES.statements}\n` +
                `and ${KEY_FILES.uplinkCertificate} to the uplink.\n`,
            ),
      );
    });
}

function notNamed(publisher: string, isLost: boolean): string {
  const missing = `There is no ${join(publisher, SUCCESSION_FILES.next)}.`;
  return isLost
    ? `${missing} Receivers accept the new key only if the editions before named it as the successor.`
    : `${missing} If the editions before named no successor, receivers accept the new key because the old one signed the statement. Whoever has stolen that can make such a statement, too.`;
}
