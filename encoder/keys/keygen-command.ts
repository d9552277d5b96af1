import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { UplinkCertificate } from '../../codecs/auth/index.js';
import { dayOf } from '../../codecs/edition/index.js';
import { fingerprint, type PublicKey, publicKeyLine, publisherId } from '../../codecs/minisign/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { printableJson, printableLines } from '../../codecs/text.js';
import { requireClock } from '../content/sequence-limits.js';
import type { Surroundings } from '../surroundings.js';
import {
  createKeys,
  createPublisher,
  createUplinkKey,
  KEY_FILES,
  randomSeed,
  requireNoKeys,
  UPLINK_PUBLIC,
} from './keys.js';
import { newPassword, PASSWORD_VARIABLE, passwordDescriptor } from './password.js';
import { SUCCESSION_FILES } from './succession/files.js';
import { createSuccessor, requireNoSuccessor } from './succession/successor.js';

const NOTES = `
The directory gets four files:
  ${KEY_FILES.publisherPublic}  give it to receivers: it is all they trust (minisign format)
  ${KEY_FILES.publisherSecret}  signs bundles and uplink certificates; keep a copy in a safe place
  ${KEY_FILES.uplinkSecret}     signs datagrams
  ${KEY_FILES.uplinkCertificate}    says that the publisher allows this key; sent with every table

${KEY_FILES.publisherSecret} has a password. The program asks for it on the terminal, or takes it from the environment variable
${PASSWORD_VARIABLE}, or reads it from a file descriptor with --password-fd. Checking it takes some seconds and 1 GiB of
memory, as the minisign format demands.

With --publisher only the first two are made, with --uplink only ${KEY_FILES.uplinkSecret} and ${UPLINK_PUBLIC}, which the publisher
certifies: see "datacast certify". So the publisher's key never has to lie on a machine that has a network.

With --words the publisher's secret key is printed as 24 words (BIP 39), too, to be written on paper. Whoever has the words
has the key; they need no password. --from-words makes the same key of them again, on the terminal or from standard input.

With --successor the key is made that will take the place of a publisher's present one, should that be lost or stolen. Keep it
elsewhere. ${SUCCESSION_FILES.next} in the directory of the present key commits to it, and all editions name it: see "datacast succeed".

Examples:
  datacast keygen --out keys
  datacast keygen --publisher --words --out publisher
  datacast keygen --publisher --from-words --out publisher
  datacast keygen --uplink --out keys
  datacast keygen --successor publisher --out /media/safe/next

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

interface Options {
  out: string;
  password: boolean;
  passwordFd?: number;
  publisher?: true;
  uplink?: true;
  successor?: string;
  words?: true;
  fromWords?: true;
  json?: true;
}

/** What was made. */
interface Made {
  readonly publisher: PublicKey;
  /** Of the uplink; undefined when its key is made elsewhere. */
  readonly certificate: UplinkCertificate | undefined;
  /** The secret key, where it is to be shown: as it is, and for paper. */
  readonly words: { readonly list: readonly string[]; readonly text: string } | undefined;
}

/** `datacast keygen`: makes a key directory. */
export function keygenCommand(surroundings: Surroundings): Command {
  const { io, crypto } = surroundings;
  return new Command('keygen')
    .description('Make the keys of a publisher and of its uplink. Existing keys are never overwritten.')
    .requiredOption('--out <DIR>', 'directory for the keys; made if it does not exist')
    .addOption(new Option('--publisher', 'make the keys of the publisher alone').conflicts('uplink'))
    .option('--uplink', `make the key of an uplink alone, and ${UPLINK_PUBLIC} for "datacast certify"`)
    .addOption(
      new Option('--words', "also print the publisher's secret key as words, for paper").conflicts('uplink'),
    )
    .addOption(new Option('--from-words', "make the publisher's key of its words again").conflicts('uplink'))
    .addOption(
      new Option(
        '--successor <DIR>',
        'make the key that follows that of the publisher in this directory',
      ).conflicts(['publisher', 'uplink']),
    )
    .option('--no-password', `leave ${KEY_FILES.publisherSecret} without a password`)
    .option('--password-fd <N>', 'read the password from this file descriptor', passwordDescriptor)
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      const { out, json } = options;
      if (options.uplink) {
        const publicKey = await createUplinkKey(out, crypto);
        const report = { out, uplink: publisherId({ publicKey }) };
        io.stdout.write(json ? uplinkJson(report) : printableLines(uplinkText(report)));
        return;
      }
      const made = await makePublisher(options, surroundings);
      const text =
        options.successor === undefined
          ? publisherText(out, made) + (options.fromWords ? ofSuccessor(out) : '')
          : successorText(out, options.successor, made);
      io.stdout.write(json ? publisherJson(out, made) : printableLines(text));
    });
}

async function makePublisher(options: Options, surroundings: Surroundings): Promise<Made> {
  const { io, crypto, passwords, words, now, interrupted } = surroundings;
  const { out, passwordFd: descriptor } = options;
  if (options.fromWords && descriptor === 0 && options.password) {
    throw new UsageError(
      'The words come from standard input: give the password by another file descriptor than 0.',
    );
  }
  await requireNoKeys(out);
  if (options.successor !== undefined) await requireNoSuccessor(options.successor);
  requireClock(Math.floor(now() / 1000));
  // other commands need not wait for the list of words
  const { seedFromWords, wordsOf, formatWords } = await import('./words.js');
  const { readWords } = await import('./read-words.js');
  const seed = options.fromWords
    ? seedFromWords(await readWords(words, io, interrupted))
    : randomSeed(crypto);
  const password = options.password
    ? await newPassword({ ...passwords, descriptor }, join(out, KEY_FILES.publisherSecret))
    : undefined;
  const made = options.successor
    ? {
        publisher: await createSuccessor(options.successor, out, crypto, { password, seed }),
        certificate: undefined,
      }
    : options.publisher
      ? { publisher: await createPublisher(out, crypto, { password, seed }), certificate: undefined }
      : await createKeys(out, crypto, { password, seed, now: now() });
  if (!options.words) return { ...made, words: undefined };
  const list = wordsOf(seed);
  return { ...made, words: { list, text: formatWords(list) } };
}

interface UplinkReport {
  readonly out: string;
  /** Public key, hexadecimal. */
  readonly uplink: string;
}

function uplinkText({ out, uplink }: UplinkReport): string {
  return (
    `Uplink key written to ${out}. Keep ${KEY_FILES.uplinkSecret} secret.\n` +
    `Fingerprint of the uplink key, to compare with the publisher: ${fingerprint(uplink)}\n` +
    `Carry ${join(out, UPLINK_PUBLIC)} to the publisher, who makes ${KEY_FILES.uplinkCertificate} of it:\n` +
    `  datacast certify --publisher DIR --uplink ${UPLINK_PUBLIC} --out ${KEY_FILES.uplinkCertificate}\n`
  );
}

function uplinkJson({ out, uplink }: UplinkReport): string {
  return `${printableJson({ out, uplink, fingerprint: fingerprint(uplink) }, 2)}\n`;
}

/** The words know nothing of it, and receivers accept no other one. */
const ofSuccessor = (out: string) =>
  `If this key has a successor, put ${SUCCESSION_FILES.next} back into ${out} before you sign: receivers that have heard of it accept no other one.\n`;

function publisherText(out: string, { publisher, certificate, words }: Made): string {
  const session =
    certificate && ` TSI ${certificate.tsi}, uplink certificate valid until ${dayOf(certificate.notAfter)}.`;
  return (
    `Keys written to ${out}.${session ?? ''}\n` +
    `Fingerprint of the publisher's key, to compare with receivers: ${fingerprint(publisherId(publisher))}\n` +
    `Receivers need ${join(out, KEY_FILES.publisherPublic)}, or this line:\n${publicKeyLine(publisher)}\n` +
    `Keep ${KEY_FILES.publisherSecret}${certificate ? ` and ${KEY_FILES.uplinkSecret}` : ''} secret.\n` +
    (words === undefined
      ? ''
      : `The publisher's secret key as words. Write them on paper, keep it where no one else comes, and clear the screen:\n${words.text}`)
  );
}

function successorText(out: string, of: string, { publisher, words }: Made): string {
  return (
    `Key of the successor written to ${out}. Keep it secret, and elsewhere than ${of}.\n` +
    `Fingerprint of the successor's key: ${fingerprint(publisherId(publisher))}\n` +
    `Editions that are signed with the key in ${of} name it from now on (${SUCCESSION_FILES.next}).\n` +
    (words === undefined ? '' : `The successor's secret key as words, for paper:\n${words.text}`)
  );
}

function publisherJson(out: string, { publisher, certificate, words }: Made): string {
  const { tsi, generation, notBefore, notAfter } = certificate ?? {};
  const id = publisherId(publisher);
  const keys = { publisher: id, fingerprint: fingerprint(id), publicKey: publicKeyLine(publisher) };
  return `${printableJson({ out, ...keys, tsi, generation, notBefore, notAfter, words: words?.list }, 2)}\n`;
}
