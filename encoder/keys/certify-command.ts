import { lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import {
  buildCertificate,
  formatCertificateFile,
  parseCertificate,
  parseCertificateFile,
  parseSuccession,
  parseUplinkPublicKey,
  type UplinkCertificate,
  verifyCertificate,
} from '../../codecs/auth/index.js';
import { equalBytes, toHex, utf8Encode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { dayOf } from '../../codecs/edition/index.js';
import { fingerprint } from '../../codecs/minisign/index.js';
import { replaceFile } from '../../codecs/node/atomic-file.js';
import { wholeNumber } from '../../codecs/node/options.js';
import { printable, printableJson, printableLines } from '../../codecs/text.js';
import { requireClock } from '../content/sequence-limits.js';
import { EncodeError } from '../error.js';
import type { Surroundings } from '../surroundings.js';
import { type Certified, certifiedSessions, rememberCertificate } from './certificate-record.js';
import { exposedSecrets } from './exposed-secrets.js';
import {
  FIRST_GENERATION,
  KEY_FILES,
  loadPublisher,
  MAX_TSI,
  randomTsi,
  SECONDS_PER_DAY,
  UPLINK_PUBLIC,
  VALIDITY_DAYS,
} from './keys.js';
import { existingPassword, PASSWORD_VARIABLE, passwordDescriptor } from './password.js';
import { readStatements } from './succession/files.js';

interface Options {
  publisher: string;
  uplink: string;
  out: string;
  tsi?: number;
  generation?: number;
  days: number;
  renew?: string;
  passwordFd?: number;
  json?: true;
}

const MAX_GENERATION = 2 ** 32 - 1;
const MAX_DAYS = 100 * 366;

const NOTES = `
Makes ${KEY_FILES.uplinkCertificate}: the publisher's word that an uplink key may sign the datagrams of a session. The uplink needs it beside
${KEY_FILES.uplinkSecret} and ${KEY_FILES.publisherPublic}.

With --renew the session is that of an earlier certificate. The same uplink key keeps its generation. Another uplink key gets the
next one: receivers that hear it believe the earlier key no more. Give --renew, or --tsi, when a key was stolen or lost: with a
new session the thief could go on in the old one. What was certified is remembered beside the publisher's key.

The password of ${KEY_FILES.publisherSecret} is asked for on the terminal, or taken from the environment variable
${PASSWORD_VARIABLE}, or read from a file descriptor with --password-fd.

Examples:
  The first certificate of an uplink:
    datacast certify --publisher publisher --uplink ${UPLINK_PUBLIC} --out ${KEY_FILES.uplinkCertificate}
  The next one:
    datacast certify --publisher publisher --uplink ${UPLINK_PUBLIC} --renew ${KEY_FILES.uplinkCertificate} --out ${KEY_FILES.uplinkCertificate}

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast certify`: the publisher allows an uplink key to sign a session. */
export function certifyCommand({ io, crypto, passwords, now }: Surroundings): Command {
  return new Command('certify')
    .description('Certify an uplink key: the first time, for more years, or in the place of a stolen one.')
    .requiredOption(
      '--publisher <DIR>',
      `directory with ${KEY_FILES.publisherPublic} and ${KEY_FILES.publisherSecret}`,
    )
    .requiredOption('--uplink <FILE>', `${UPLINK_PUBLIC} of the uplink, from "datacast keygen --uplink"`)
    .requiredOption('--out <FILE>', 'certificate to write')
    .addOption(
      new Option('--tsi <N>', 'session (default: that of --renew, or a new one)')
        .argParser(wholeNumber(1, MAX_TSI))
        .conflicts('renew'),
    )
    .option(
      '--generation <N>',
      'generation (default: it follows from what was certified before)',
      wholeNumber(0, MAX_GENERATION),
    )
    .option('--days <N>', 'days that it is valid', wholeNumber(1, MAX_DAYS), VALIDITY_DAYS)
    .option('--renew <FILE>', 'earlier certificate, whose session goes on')
    .option('--password-fd <N>', 'read the password from this file descriptor', passwordDescriptor)
    .option('--json', 'print what was certified as JSON')
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      const notBefore = Math.floor(now() / 1000);
      requireClock(notBefore);
      const uplinkPublicKey = await readWith(options.uplink, parseUplinkPublicKey);
      const earlier =
        options.renew === undefined
          ? undefined
          : parseCertificate(await readWith(options.renew, parseCertificateFile));
      await requireReplaceable(options);
      const secret = join(options.publisher, KEY_FILES.publisherSecret);
      const askPassword = () => existingPassword({ ...passwords, descriptor: options.passwordFd }, secret);
      const publisher = await loadPublisher(options.publisher, crypto, askPassword);
      for (const sentence of await exposedSecrets(options.publisher))
        io.stderr.write(`${printableLines(sentence)}\n`);
      const statements = await readStatements(options.publisher, publisher);
      const before = statements.map((each) => parseSuccession(each).oldKey);
      if (earlier !== undefined) {
        await requireOwn(options.renew!, earlier, [publisher.publicKey, ...before], crypto);
      }

      const uplink = toHex(uplinkPublicKey);
      const tsi = options.tsi ?? earlier?.tsi ?? randomTsi(crypto);
      const sessions = await certifiedSessions(options.publisher);
      const generation = nextGeneration({ tsi, uplink }, options.generation, [
        ...sessions,
        ...(earlier === undefined
          ? []
          : [{ tsi, generation: earlier.generation, uplink: toHex(earlier.uplinkPublicKey) }]),
      ]);
      const notAfter = notBefore + options.days * SECONDS_PER_DAY;
      const fields = { uplinkPublicKey, tsi, generation, notBefore, notAfter };
      const certificate = await buildCertificate(crypto, publisher, fields);
      const problem = await rememberCertificate(options.publisher, { tsi, generation, uplink });
      await replaceFile(options.out, [utf8Encode(formatCertificateFile(certificate))]);
      if (problem !== undefined) io.stderr.write(`${printableLines(problem)}\n`);
      const others = sessions.filter((session) => session.tsi !== tsi).map((session) => session.tsi);
      io.stdout.write(
        options.json
          ? `${printableJson({ out: options.out, tsi, generation, notBefore, notAfter, uplink, fingerprint: fingerprint(uplink) }, 2)}\n`
          : printableLines(
              `Certificate written to ${options.out}: TSI ${tsi}, generation ${generation}, valid until ${dayOf(notAfter)}.\n` +
                `Fingerprint of the uplink key, to compare with the uplink: ${fingerprint(uplink)}\n` +
                (options.renew === undefined && others.length > 0
                  ? `It does not replace the keys of other sessions (TSI ${others.join(', ')}): for that, give --renew.\n`
                  : ''),
            ),
      );
    });
}

/**
 * The same key keeps its generation, and receivers what they have. Another key gets the next one, which ends the one before.
 *
 * @param before all certificates that are known
 * @throws EncodeError when a generation is asked for that receivers refuse
 */
export function nextGeneration(
  { tsi, uplink }: Pick<Certified, 'tsi' | 'uplink'>,
  wanted: number | undefined,
  before: readonly Certified[],
): number {
  const ofSession = before.filter((each) => each.tsi === tsi);
  const highest = Math.max(-1, ...ofSession.map(({ generation }) => generation));
  if (wanted !== undefined) {
    if (wanted >= highest) return wanted;
    throw new EncodeError(
      `Generation ${wanted} of TSI ${tsi} is lower than ${highest}, which was certified already: receivers would refuse it.`,
    );
  }
  if (highest < 0) return FIRST_GENERATION;
  const isSameKey = ofSession.every((each) => each.generation < highest || each.uplink === uplink);
  if (isSameKey) return highest;
  if (highest < MAX_GENERATION) return highest + 1;
  throw new EncodeError(
    `The last certificate of TSI ${tsi} has generation ${highest}, the highest there is: leave --renew out, so that a new session begins.`,
  );
}

async function readWith<T>(path: string, parse: (text: string) => T): Promise<T> {
  const text = await readFile(path, 'utf8');
  try {
    return parse(text);
  } catch (error) {
    throw new EncodeError(`${printable(path)}: ${(error as Error).message}`);
  }
}

/** @throws EncodeError when something stands at the place of the certificate that is not the one to renew */
async function requireReplaceable({ out, renew }: Options): Promise<void> {
  const isThere = await lstat(out).then(
    () => true,
    () => false,
  );
  if (!isThere || (renew !== undefined && resolve(renew) === resolve(out))) return;
  throw new EncodeError(
    `${printable(out)} exists already, and is not the certificate of --renew: give another name with --out.`,
  );
}

/** @throws EncodeError unless the publisher signed it, with the present key or one before */
async function requireOwn(
  path: string,
  certificate: UplinkCertificate,
  keys: readonly Uint8Array[],
  crypto: Crypto,
): Promise<void> {
  const isOwn = keys.some((key) => equalBytes(certificate.publisherKey, key));
  if (isOwn && (await verifyCertificate(crypto, certificate))) return;
  throw new EncodeError(`${printable(path)} was not made by this publisher: it cannot be renewed.`);
}
