import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { type EditionIndex, formatSequence } from '../../codecs/edition/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { jobCount, repeated } from '../../codecs/node/options.js';
import { isWithin } from '../../codecs/node/paths.js';
import { formatBytes, formatCount, printable, printableJson, printableLines } from '../../codecs/text.js';
import type { Selection } from '../content/exclusion.js';
import { describeLeftOut } from '../content/left-out.js';
import { DEFAULT_LEVEL } from '../content/level.js';
import { addSelectionOptions, SELECTION_NOTES } from '../content/selection-options.js';
import { MANUAL_STEP, requireLikely, requireNoLower } from '../content/sequence-limits.js';
import { bundleName } from '../content/walk.js';
import { EncodeError } from '../error.js';
import { exposedSecrets } from '../keys/exposed-secrets.js';
import { KEY_FILES, loadPublisher } from '../keys/keys.js';
import { existingPassword, PASSWORD_VARIABLE, passwordDescriptor } from '../keys/password.js';
import { lastSequence, rememberSequence } from '../keys/sequence-record.js';
import { readNextKey } from '../keys/succession/files.js';
import { compressionLevel, editionName, sequenceNumber } from '../options.js';
import { openProgress } from '../progress.js';
import type { Surroundings } from '../surroundings.js';
import { type SignReport, sign } from './sign.js';
import { readSignedEdition } from './signed-edition.js';

interface Options extends Selection {
  name?: string;
  publisher: string;
  out: string;
  sequence?: number;
  since?: string;
  first?: string[];
  level: number;
  jobs: number;
  passwordFd?: number;
  json?: true;
}

const NOTES = `
The directory SIGNED has the index of the edition, the publisher's signature over it, the parts and their digests. Carry it to
the uplink: "datacast encode" and "datacast send" take it in the place of the content, and need no secret key of the publisher.
Ordinary tools check it:
  minisign -V -P KEY -m SIGNED/index.json.zst
  cd SIGNED && sha256sum -c SHA256SUMS

With --since, parts that the earlier edition has are left out. Copy the result over the earlier one at the uplink.

The sequence number tells receivers which of two editions is newer. By default it is the time in seconds, and higher than the
last one, which is kept beside the publisher's key.

${SELECTION_NOTES}

The password of ${KEY_FILES.publisherSecret} is asked for on the terminal, or taken from the environment variable
${PASSWORD_VARIABLE}, or read from a file descriptor with --password-fd.

Examples:
  datacast sign news --publisher publisher --out /media/stick/news-1
  datacast sign news --publisher publisher --out /media/stick/news-2 --since /media/stick/news-1

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast sign`: a directory or a file becomes a signed edition, on a machine that needs no network. */
export function signCommand({ io, crypto, passwords, now, interrupted }: Surroundings): Command {
  const command = new Command('sign')
    .description('Pack, compress and sign a directory or a file, to be sent by an uplink without the key.')
    .argument('<PATH>', 'directory or file to sign')
    .requiredOption(
      '--publisher <DIR>',
      `directory with ${KEY_FILES.publisherPublic} and ${KEY_FILES.publisherSecret}`,
    )
    .requiredOption('--out <SIGNED>', 'directory for the signed edition; it must not exist')
    .option(
      '--sequence <N>',
      'sequence number, 1 to 4294967295 (default: the time in seconds)',
      sequenceNumber,
    )
    .option('--since <SIGNED>', 'the edition before: leave its parts out')
    .option(
      '--first <GLOB>',
      'files that readers are to have first, by path; may be given several times (default: the small files of the root)',
      repeated,
    )
    .option(
      '--name <NAME>',
      'what receivers call it (default: the name of the directory or file)',
      editionName,
    );
  return addSelectionOptions(command)
    .option('--level <N>', 'zstd level, 1 to 22', compressionLevel, DEFAULT_LEVEL)
    .option('--password-fd <N>', 'read the password from this file descriptor', passwordDescriptor)
    .option('--jobs <N>', 'threads to work with', jobCount, availableParallelism())
    .option('--json', 'print the report as JSON')
    .addHelpText('after', NOTES)
    .action(async (path: string, options: Options) => {
      await requireOutside(path, options);
      const secret = join(options.publisher, KEY_FILES.publisherSecret);
      const askPassword = () => existingPassword({ ...passwords, descriptor: options.passwordFd }, secret);
      const publisher = await loadPublisher(options.publisher, crypto, askPassword);
      for (const sentence of await exposedSecrets(options.publisher)) tell(sentence);
      const since =
        options.since === undefined
          ? undefined
          : (await readSignedEdition(options.since, publisher, crypto)).index;
      const sequence = await sequenceFor(path, options, since, Math.floor(now() / 1000));
      const progress = openProgress(io, interrupted);
      let problem: string | undefined;
      try {
        const report = await sign(path, options.out, {
          crypto,
          publisher,
          sequence,
          nextKey: await readNextKey(options.publisher),
          since,
          name: options.name,
          first: options.first,
          exclude: options.exclude,
          followLinks: options.followLinks,
          level: options.level,
          jobs: options.jobs,
          onWarning: (sentence) => progress.print(printableLines(sentence)),
          onProgress: progress.onProgress,
          interrupted,
          // before it appears: a number that was given away is not given again
          onSigned: async (edition) => {
            problem = await rememberSequence(options.publisher, edition.name, edition.sequence);
          },
        });
        progress.end();
        if (problem !== undefined) tell(problem);
        const id = publisherId(publisher);
        io.stdout.write(
          options.json
            ? `${printableJson({ publisher: id, ...report }, 2)}\n`
            : printableLines(formatReport(report, id)),
        );
      } finally {
        progress.end();
      }
    });

  function tell(sentence: string): void {
    io.stderr.write(`${printableLines(sentence)}\n`);
  }
}

/** @throws EncodeError when the number does not follow those before, or only a wrong clock explains it */
async function sequenceFor(
  path: string,
  { publisher, sequence, name: given }: Options,
  since: EditionIndex | undefined,
  clock: number,
): Promise<number> {
  const name = given ?? bundleName(path);
  if (since !== undefined && since.name !== name) {
    throw new EncodeError(
      `The edition of --since is of the bundle ${printable(since.name)}, this one would be of ${printable(name)}: a bundle has the name of its directory or file, or that of --name.`,
    );
  }
  const before = since?.sequence ?? 0;
  const last = Math.max(before, await lastSequence(publisher, name));
  if (sequence !== undefined) {
    if (since === undefined || sequence > before) return requireNoLower(name, sequence, last);
    throw new EncodeError(
      `Sequence number ${formatSequence(sequence)} is not higher than ${formatSequence(before)}, that of the edition of --since: receivers would not take it.`,
    );
  }
  const next = Math.max(clock, last + 1);
  requireLikely(name, next, { last, clock, maxStep: MANUAL_STEP });
  return next;
}

/** @throws UsageError when keys or result stand in the directory that is sent to everybody */
async function requireOutside(path: string, { publisher, out }: Options): Promise<void> {
  const sent = await realpath(path);
  if (isWithin(await realpath(publisher).catch(() => resolve(publisher)), sent)) {
    throw new UsageError(
      `The keys in ${publisher} lie inside ${path}: they would be sent to everybody. Move them elsewhere.`,
    );
  }
  const parent = await realpath(dirname(resolve(out))).catch(() => dirname(resolve(out)));
  if (isWithin(join(parent, basename(resolve(out))), sent)) {
    throw new UsageError(`${out} would lie inside ${path}, which it is made of. Give another --out.`);
  }
}

function formatReport({ name, sequence, content, index, parts, out }: SignReport, publisher: string): string {
  const carried = parts.filter((part) => part.carried);
  const bytes = carried.reduce((sum, part) => sum + part.bytes, index.bytes);
  const lines = [
    ['Content', `${name}: ${formatCount(content.files, 'file')}, ${formatBytes(content.bytes)}`],
    ...describeLeftOut(content.leftOut).map((text) => ['Left out', text]),
    ['Signed', `edition ${formatSequence(sequence)}, by publisher ${fingerprint(publisher)}`],
    ['Parts', `${carried.length} of ${formatCount(parts.length, 'part')} carried`],
    ['Written', `${out}, ${formatBytes(bytes)}`],
  ];
  return lines.map(([what, text]) => `${what!.padEnd(12)}${text}\n`).join('');
}
