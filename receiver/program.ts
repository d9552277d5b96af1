import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CliError, type CliIo, UsageError } from '../codecs/cli.js';
import type { Crypto } from '../codecs/crypto/index.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { openProgress } from './progress.js';
import { receive } from './receive.js';
import { explainFailure, formatReport, isSuccess, jsonReport, warnings } from './report.js';
import { loadTrust } from './trust.js';

/** What the program takes from the world around it. */
export interface Surroundings {
  readonly io: CliIo;
  readonly crypto: Crypto;
  /** Aborted when the user gives up; the reason is the error to report. */
  readonly interrupted: AbortSignal;
}

interface Options {
  trust: string[];
  out: string;
  json?: boolean;
  verify: 'lazy' | 'eager';
  allowUnsigned?: boolean;
  maxSize: number;
  keepBundle?: string | true;
}

const DEFAULT_MAX_SIZE = 4 * 2 ** 30;

const NOTES = `
Several recordings of one session add up. One bundle becomes the content of DIR; several stand in DIR/<name>. Of each
bundle the newest complete edition is written. Temporary files, up to about three times the size of the bundle, stand
beside DIR while the program runs.

Examples:
  Two recordings of one transmission add up:
    datacast-receive monday.pcap tuesday.pcap --trust publisher.pub --out news
  Keep the bundle and its signature, to pass them on:
    datacast-receive news.pcap --trust publisher.pub --out news --keep-bundle
  Files of another FLUTE sender, which nobody signed:
    datacast-receive other.pcap --allow-unsigned --out files

Exit codes: 0 all that was found is written, 1 something is missing or went wrong, 2 the command line is wrong.`;

/** `datacast-receive`: what receivers use. */
export function createReceiveProgram({ io, crypto, interrupted }: Surroundings): Command {
  return new Command('datacast-receive')
    .description('Rebuilds and verifies bundles from recordings of datacast sessions.')
    .argument('<FILE...>', 'recordings (pcap)')
    .option('--trust <FILE>', "a publisher's public key; may be given several times", append, [])
    .requiredOption('--out <DIR>', 'where the content goes: a new or empty directory')
    .option('--json', 'print the report as JSON')
    .addOption(
      new Option('--verify <WHEN>', 'check the signature of each datagram at once, or only when it matters')
        .choices(['lazy', 'eager'])
        .default('lazy'),
    )
    .option('--allow-unsigned', 'read sessions that nobody signed, of other senders, too')
    .option('--max-size <BYTES>', 'the most that a bundle may unpack to', byteCount, DEFAULT_MAX_SIZE)
    .option(
      '--keep-bundle [DIR]',
      'also keep <name>.tar.zst and its minisign signature, by default beside --out',
    )
    .addHelpText('after', NOTES)
    .action(async (paths: string[], options: Options) => {
      if (options.trust.length === 0 && !options.allowUnsigned) {
        throw new UsageError(
          "Give the publisher's public key with --trust, or --allow-unsigned to read sessions that nobody signed.",
        );
      }
      const progress = openProgress(io);
      try {
        const report = await receive(paths, {
          ...{ crypto, interrupted, progress },
          schemes: await loadFecSchemes(),
          trust: await loadTrust(options.trust),
          verify: options.verify,
          allowUnsigned: options.allowUnsigned ?? false,
          maxSize: options.maxSize,
          out: options.out,
          keepBundle: keepDirectory(options),
        });
        progress.end();
        const peakMemory = process.resourceUsage().maxRSS * 1024;
        for (const sentence of warnings(report)) io.stderr.write(`${sentence}\n`);
        if (options.json) io.stdout.write(jsonReport(report, peakMemory));
        else if (report.bundles.length + report.unsigned.length > 0) {
          io.stdout.write(formatReport(report, peakMemory));
        }
        if (!isSuccess(report))
          throw new CliError(explainFailure(report) ?? unfinished(report.bundles.length));
      } finally {
        progress.end();
      }
    });
}

function unfinished(written: number): string {
  return written > 0 ? 'Not everything in the recordings is complete.' : 'Nothing was written.';
}

function keepDirectory({ keepBundle, out }: Options): string | undefined {
  return keepBundle === true ? dirname(resolve(out)) : keepBundle;
}

function append(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

function byteCount(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('A number of bytes is needed, 1 or more.');
  }
  return value;
}
