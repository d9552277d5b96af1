import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { jobCount } from '../../codecs/node/options.js';
import { isWithin } from '../../codecs/node/paths.js';
import { formatBytes, printableJson, printableLines } from '../../codecs/text.js';
import { DEFAULT_LEVEL } from '../content/level.js';
import { MANUAL_STEP, requireLikely } from '../content/sequence-limits.js';
import { bundleName } from '../content/walk.js';
import { exposedSecrets } from '../keys/exposed-secrets.js';
import { KEY_AT_HAND, KEY_FILES, loadKeys, loadUplinkKeys } from '../keys/keys.js';
import { existingPassword, PASSWORD_VARIABLE, passwordDescriptor } from '../keys/password.js';
import { lastSequence, rememberSequence } from '../keys/sequence-record.js';
import {
  authDepth,
  bitRate,
  compressionLevel,
  destination,
  lossPercentage,
  mtuBytes,
  repairPercentage,
  sequenceNumber,
} from '../options.js';
import { openProgress } from '../progress.js';
import type { FecName } from '../session/blocks.js';
import { DEFAULT_DESTINATION } from '../session/destination.js';
import type { RepairGoal } from '../session/repair.js';
import { isSignedEdition } from '../signed/signed-edition.js';
import type { Surroundings } from '../surroundings.js';
import { addServiceOptions } from '../transport-stream/options.js';
import { encode } from './encode.js';
import type { EncodeOptions } from './encode-options.js';
import { formatReport } from './encode-report.js';
import type { Order } from './schedule/order.js';
import { recordingRate, type StreamArguments, streamOptions } from './stream/options.js';

interface Options extends StreamArguments {
  keys: string;
  repair?: number;
  expectLoss?: number;
  fec: FecName;
  level: number;
  authDepth: number;
  sequence?: number;
  fluteVersion: '1' | '2';
  first?: string[];
  order: Order;
  jobs: number;
  passwordFd?: number;
  json?: true;
}

/** Independent loss that the repair is made for unless something else is asked for. */
const DEFAULT_LOSS = 0.1;

const NOTES = `
Without --repair and --expect-loss there are repair symbols for an independent loss of ${100 * DEFAULT_LOSS} %. Bursts are spread over all
source blocks. With long fades, use the mean loss of the whole transmission, or "datacast plan".

The content is cut into parts, each of which can be read by itself when it is complete: first the front, then text, pictures,
sound and film. With --order sequence they are sent in this order, three at a time, so that the first half of a recording gives
the first half of the content. With --order mixed they are all complete at about the same time; that suits recordings which
are played again and again for receivers that begin anywhere.

The sequence number tells receivers which of two editions is newer. They refuse a lower number than they have seen. By
default it is the time in seconds, and higher than the last one, which is kept beside the keys. A clock that seems wrong
(a month later than the last edition, a day before it) is not believed: then give --sequence.

PATH may be a signed edition, a directory made by "datacast sign". It is checked, and sent as it is; ${KEY_FILES.publisherSecret} need
not be there. To sign on another machine is safer: whoever breaks into this one can sign whatever he likes.

If ${KEY_FILES.publisherSecret} has a password, the program asks for it on the terminal, or takes it from the environment variable
${PASSWORD_VARIABLE}, or reads it from a file descriptor with --password-fd. Checking it takes some seconds and, for this time, 1 GiB of memory.

Examples:
  A directory that receivers rebuild when a quarter of the datagrams is lost:
    datacast encode news --keys keys --out news.pcap --expect-loss 25
  The airtime at 64 kbit/s with half as many repair symbols as source symbols:
    datacast encode news --keys keys --out news.pcap --repair 50 --rate 64k
  The start page, its style and today's news before everything else:
    datacast encode news --keys keys --out news.pcap --first index.html --first '*.css' --first 'today/**'
  A transport stream of 1 Mbit/s for a DVB modulator, filled with the content:
    datacast encode news --keys keys --out news.ts --ts-rate 1M
  A television service of 4 Mbit/s, which ordinary set-top boxes record to a memory stick:
    datacast encode news --keys keys --out news.ts --ts-rate 4M --ts-service tv --slate-text 'Record for 30 minutes'
  For receivers without a code that know only the older version of FLUTE:
    datacast encode news --keys keys --out news.pcap --fec no-code --flute-version 1

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast encode`: a directory or a file becomes a recording. */
export function encodeCommand({ io, crypto, passwords, now, interrupted }: Surroundings): Command {
  const command = new Command('encode')
    .description('Pack, compress, sign and code a directory or a file into a recording of datagrams.')
    .argument('<PATH>', 'directory or file to send, or a signed edition from "datacast sign"')
    .requiredOption('--keys <DIR>', 'directory with the keys, from "datacast keygen"')
    .requiredOption(
      '--out <FILE>',
      'recording to write, FILE.pcap or FILE.ts (an MPEG transport stream); replaced when it exists',
    )
    .addOption(
      new Option('--repair <PERCENT>', 'repair symbols in percent of the source symbols')
        .argParser(repairPercentage)
        .conflicts('expectLoss'),
    )
    .option(
      '--expect-loss <PERCENT>',
      'repair for this independent loss: rebuilt with probability 0.9999',
      lossPercentage,
    )
    .option('--level <N>', 'zstd level, 1 to 22', compressionLevel, DEFAULT_LEVEL)
    .option('--mtu <BYTES>', 'largest IP packet', mtuBytes, 1500)
    .addOption(
      new Option('--dest <ADDR:PORT>', 'where the datagrams go; IPv6 addresses in brackets')
        .argParser(destination)
        .default(DEFAULT_DESTINATION, formatSocketAddress(DEFAULT_DESTINATION)),
    )
    .option('--auth-depth <D>', 'one signature for 2^D datagrams, each 16 D bytes longer', authDepth, 0)
    .option(
      '--sequence <N>',
      'sequence number, 1 to 4294967295 (default: the time in seconds)',
      sequenceNumber,
    )
    .option(
      '--first <GLOB>',
      'files that readers are to have first, by path; may be given several times (default: the small files of the root)',
      (pattern: string, patterns: string[] = []) => [...patterns, pattern],
    )
    .addOption(
      new Option('--order <ORDER>', 'parts one after the other, or all by turns')
        .choices(['sequence', 'mixed'])
        .default('sequence'),
    )
    .option(
      '--rate <BPS>',
      'bits per second of IP packets, like 64k or 2.5M; what has a --ts-rate is filled unless this is given',
      bitRate,
      1_000_000,
    )
    .addOption(
      new Option('--fec <CODE>', 'forward error correction')
        .choices(['raptorq', 'no-code'])
        .default('raptorq'),
    )
    .addOption(new Option('--flute-version <V>', 'version of FLUTE').choices(['1', '2']).default('2'));
  return addServiceOptions(command)
    .option('--password-fd <N>', 'read the password from this file descriptor', passwordDescriptor)
    .option('--jobs <N>', 'threads to work with', jobCount, availableParallelism())
    .option('--json', 'print the report as JSON')
    .addHelpText('after', NOTES)
    .action(async (path: string, options: Options, command: Command) => {
      if (options.fec === 'no-code' && (options.repair || options.expectLoss)) {
        throw new UsageError(
          'Without a code there is no repair: leave out --repair and --expect-loss, or --fec no-code.',
        );
      }
      const stream = await streamOptions(options);
      await requireOutside(path, options);
      const started = now();
      const isSigned = await isSignedEdition(path);
      if (isSigned) requireNoChoices(command);
      const keys = isSigned
        ? await loadUplinkKeys(options.keys, crypto, started)
        : await loadKeys(
            options.keys,
            crypto,
            () =>
              existingPassword(
                { ...passwords, descriptor: options.passwordFd },
                join(options.keys, KEY_FILES.publisherSecret),
              ),
            started,
          );
      for (const sentence of await exposedSecrets(options.keys)) {
        io.stderr.write(`${printableLines(sentence)}\n`);
      }
      const progress = openProgress(io, interrupted);
      const encodeOptions: EncodeOptions = {
        keys,
        crypto,
        schemes: await loadFecSchemes(),
        fec: options.fec,
        repair: repairGoal(options),
        level: options.level,
        mtu: options.mtu,
        destination: options.dest,
        authDepth: options.authDepth,
        sequence: isSigned ? undefined : await sequenceFor(path, options, Math.floor(started / 1000)),
        first: options.first,
        order: options.order,
        fluteVersion: options.fluteVersion === '1' ? 1 : 2,
        rate: recordingRate(command, options, stream),
        now: started,
        ...(stream && { stream }),
        onProgress: progress.onProgress,
        jobs: options.jobs,
        interrupted,
      };
      try {
        const report = await encode(path, options.out, encodeOptions);
        progress.end();
        const problem = isSigned
          ? undefined
          : await rememberSequence(options.keys, report.name, report.sequence);
        if (problem !== undefined) io.stderr.write(`${printableLines(problem)}\n`);
        if (!isSigned) io.stderr.write(`${KEY_AT_HAND}\n`);
        const peakMemory = process.resourceUsage().maxRSS * 1024;
        io.stdout.write(
          options.json
            ? `${printableJson({ ...report, peakMemory }, 2)}\n`
            : `${printableLines(formatReport(report))}${'Memory'.padEnd(12)}${formatBytes(peakMemory)} resident at most\n`,
        );
      } finally {
        progress.end();
      }
    });
}

/** @throws UsageError when an option says of a signed edition what the publisher has decided */
function requireNoChoices(command: Command): void {
  for (const name of ['sequence', 'first', 'level']) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    throw new UsageError(
      `The edition is signed already: leave --${name} out, or give it to "datacast sign".`,
    );
  }
}

/** @throws EncodeError when only a wrong clock explains the number */
async function sequenceFor(path: string, { keys, sequence }: Options, clock: number): Promise<number> {
  if (sequence !== undefined) return sequence;
  const name = bundleName(path);
  const last = await lastSequence(keys, name);
  const next = Math.max(clock, last + 1);
  requireLikely(name, next, { last, clock, maxStep: MANUAL_STEP });
  return next;
}

function repairGoal({ repair, expectLoss }: Options): RepairGoal {
  return repair === undefined
    ? { kind: 'loss', loss: expectLoss ?? DEFAULT_LOSS }
    : { kind: 'fraction', fraction: repair };
}

/** @throws UsageError when keys or recording stand in the directory that is sent to everybody */
async function requireOutside(path: string, { keys, out }: Options): Promise<void> {
  const sent = await realpath(path);
  if (isWithin(await realpath(keys).catch(() => resolve(keys)), sent)) {
    throw new UsageError(
      `The keys in ${keys} lie inside ${path}: they would be sent to everybody. Move them elsewhere.`,
    );
  }
  const directory = await realpath(dirname(out)).catch(() => resolve(dirname(out)));
  if (isWithin(join(directory, basename(out)), sent)) {
    throw new UsageError(
      `The recording ${out} would lie inside ${path}, which it is made of. Give another --out.`,
    );
  }
}
