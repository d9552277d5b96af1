import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatSocketAddress, isMulticast } from '../../codecs/net/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { jobCount, repeated } from '../../codecs/node/options.js';
import { isWithin } from '../../codecs/node/paths.js';
import { requireNoTerminal, STANDARD_STREAM } from '../../codecs/node/standard-stream.js';
import { formatBytes, printableJson, printableLines } from '../../codecs/text.js';
import type { Selection } from '../content/exclusion.js';
import { DEFAULT_LEVEL } from '../content/level.js';
import { addSelectionOptions } from '../content/selection-options.js';
import { MANUAL_STEP, requireLikely, requireNoLower } from '../content/sequence-limits.js';
import { bundleName } from '../content/walk.js';
import { exposedSecrets } from '../keys/exposed-secrets.js';
import { KEY_AT_HAND, KEY_FILES, loadKeys, loadUplinkKeys } from '../keys/keys.js';
import { existingPassword, passwordDescriptor } from '../keys/password.js';
import { lastSequence, rememberSequence } from '../keys/sequence-record.js';
import {
  authDepth,
  bitRate,
  compressionLevel,
  destination,
  editionName,
  ethernetAddress,
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
import type { StreamOptions } from '../transport-stream/service.js';
import { encode } from './encode.js';
import { DEFAULT_LOSS, NOTES } from './encode-notes.js';
import type { EncodeOptions } from './encode-options.js';
import { formatReport } from './encode-report.js';
import type { Order } from './schedule/order.js';
import { recordingRate, type StreamArguments, streamOptions } from './stream/options.js';

interface Options extends StreamArguments, Selection {
  name?: string;
  keys: string;
  repair?: number;
  expectLoss?: number;
  fec: FecName;
  level: number;
  mac?: string;
  authDepth: number;
  sequence?: number;
  fluteVersion: '1' | '2';
  first?: string[];
  order: Order;
  jobs: number;
  passwordFd?: number;
  json?: true;
}

/** `datacast encode`: a directory or a file becomes a recording. */
export function encodeCommand({ io, crypto, passwords, now, interrupted }: Surroundings): Command {
  const command = new Command('encode')
    .description('Pack, compress, sign and code a directory or a file into a recording of datagrams.')
    .argument('<PATH>', 'directory or file to send, or a signed edition from "datacast sign"')
    .requiredOption('--keys <DIR>', 'directory with the keys, from "datacast keygen"')
    .requiredOption(
      '--out <FILE>',
      'recording to write, FILE.pcap or FILE.ts (an MPEG transport stream); replaced when it exists; - for standard output',
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
    .option(
      '--mac <ADDR>',
      'Ethernet address that packets to one host go to (default: broadcast)',
      ethernetAddress,
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
      repeated,
    )
    .option(
      '--name <NAME>',
      'what receivers call it (default: the name of the directory or file)',
      editionName,
    )
    .addOption(
      new Option('--order <ORDER>', 'parts one after the other, or all by turns')
        .choices(['sequence', 'mixed'])
        .default('sequence'),
    )
    .addOption(
      new Option(
        '--rate <BPS>',
        'bits per second of IP packets, like 64k or 2.5M; what has a --ts-rate is filled unless this is given',
      )
        .argParser(bitRate)
        .default(1_000_000, '1M'),
    )
    .addOption(
      new Option('--fec <CODE>', 'forward error correction')
        .choices(['raptorq', 'no-code'])
        .default('raptorq'),
    )
    .addOption(new Option('--flute-version <V>', 'version of FLUTE').choices(['1', '2']).default('2'));
  return addServiceOptions(addSelectionOptions(command))
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
      requireMacOfHost(options, stream);
      const isPiped = options.out === STANDARD_STREAM;
      if (isPiped) requireNoTerminal();
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
        mac: options.mac,
        authDepth: options.authDepth,
        sequence: isSigned ? undefined : await sequenceFor(path, options, Math.floor(started / 1000)),
        name: options.name,
        first: options.first,
        exclude: options.exclude,
        followLinks: options.followLinks,
        order: options.order,
        fluteVersion: options.fluteVersion === '1' ? 1 : 2,
        rate: recordingRate(command, options, stream),
        now: started,
        ...(stream && { stream }),
        onWarning: (sentence) => progress.print(printableLines(sentence)),
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
        // the recording has standard output for itself
        (isPiped ? io.stderr : io.stdout).write(
          options.json
            ? `${printableJson({ ...report, peakMemory }, 2)}\n`
            : `${printableLines(formatReport(report))}${'Memory'.padEnd(12)}${formatBytes(peakMemory)} resident at most\n`,
        );
      } finally {
        progress.end();
      }
    });
}

/** Options that say of an edition what its publisher has decided when it is signed already. */
const DECIDED = ['sequence', 'name', 'first', 'level', 'exclude', 'followLinks'];

/** @throws UsageError when an option says of a signed edition what the publisher has decided */
function requireNoChoices(command: Command): void {
  const isGiven = (option: Option) => command.getOptionValueSource(option.attributeName()) === 'cli';
  const wrong = command.options.find((option) => DECIDED.includes(option.attributeName()) && isGiven(option));
  if (wrong === undefined) return;
  throw new UsageError(
    `The edition is signed already: leave ${wrong.long} out, or give it to "datacast sign".`,
  );
}

/** @throws UsageError when an Ethernet address is given for what has none, or has its own */
function requireMacOfHost({ mac, dest }: Options, stream: StreamOptions | undefined): void {
  if (mac === undefined) return;
  if (stream !== undefined)
    throw new UsageError('A transport stream has no Ethernet frames: leave --mac out.');
  if (isMulticast(dest.address)) {
    throw new UsageError(`The group ${dest.address} has an Ethernet address of its own: leave --mac out.`);
  }
}

/** @throws EncodeError when the number is lower than one before, or only a wrong clock explains it */
async function sequenceFor(
  path: string,
  { keys, sequence, name: given }: Options,
  clock: number,
): Promise<number> {
  const name = given ?? bundleName(path);
  const last = await lastSequence(keys, name);
  if (sequence !== undefined) return requireNoLower(name, sequence, last);
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
  if (out === STANDARD_STREAM) return;
  const directory = await realpath(dirname(out)).catch(() => resolve(dirname(out)));
  if (isWithin(join(directory, basename(out)), sent)) {
    throw new UsageError(
      `The recording ${out} would lie inside ${path}, which it is made of. Give another --out.`,
    );
  }
}
