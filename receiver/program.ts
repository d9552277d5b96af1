import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { CliError, UsageError } from '../codecs/node/command.js';
import { byteCount, jobCount, repeated } from '../codecs/node/options.js';
import { loadTrust } from '../codecs/node/trust.js';
import { packageVersion } from '../codecs/node/version.js';
import { printableLines } from '../codecs/text.js';
import { doctorCommand } from './doctor/doctor-command.js';
import { listenCommand } from './live/index.js';
import { maxSizeOption, wholeOption } from './options.js';
import { openProgress } from './progress.js';
import { explainFailure } from './recordings/explain-failure.js';
import { receive } from './recordings/receive.js';
import { isSuccess, isWritten, jsonReport } from './recordings/receive-report.js';
import { formatReport, warnings } from './recordings/report-text.js';
import type { Surroundings } from './surroundings.js';

interface Options {
  trust?: string[];
  /** Demanded below: commander would demand it of other commands, too. */
  out?: string;
  json?: boolean;
  verify: 'lazy' | 'eager';
  allowUnsigned?: boolean;
  whole?: boolean;
  maxSize: number;
  jobs: number;
  state?: string;
  maxStore?: number;
  keepBundle?: string | true;
}

const NOTES = `
The symbols of several recordings of one session are used together. One bundle becomes the content of DIR; several bundles
go to DIR/<name> each. An edition comes in parts: those that are complete are written, and the report says what is missing.
With --whole an edition is written when all of it is there. A DIR that an earlier run or a listener has written is updated, part by
part: the files of the edition before stay until their part of the new one has come. While the program runs, temporary files are beside DIR; they
take up to about twice the size of the bundle.

Examples:
  Two recordings of one transmission, used together:
    datacast-receive monday.pcap tuesday.pcap --trust publisher.pub --out news
  All recordings in a directory, and one that another program gives:
    tcpdump -r raw.pcap -w - udp | datacast-receive recordings - --trust publisher.pub --out news
  What is on the air, until you stop it (see datacast-receive listen --help):
    datacast-receive listen 239.255.0.1:4001 --trust publisher.pub --out news --state state
  Why nothing comes, or what does (see datacast-receive doctor --help):
    datacast-receive doctor 239.255.0.1:4001 --trust publisher.pub
  Continue what an earlier run has received, and keep what is still incomplete:
    datacast-receive wednesday.pcap --trust publisher.pub --out news --state state
  Keep the edition as it was sent, with its signature, to pass it on:
    datacast-receive news.pcap --trust publisher.pub --out news --keep-bundle kept
  Files of another FLUTE sender, which nobody signed:
    datacast-receive other.pcap --allow-unsigned --out files

Exit codes: 0 everything found is written, 1 something is missing or failed, 2 wrong command line.`;

/** `datacast-receive`: what receivers use. */
export function createReceiveProgram(surroundings: Surroundings): Command {
  const { io, crypto, interrupted } = surroundings;
  return new Command('datacast-receive')
    .version(packageVersion())
    .description('Rebuilds and verifies bundles from recordings of datacast sessions, or from the network.')
    .enablePositionalOptions()
    .helpCommand(false)
    .addCommand(listenCommand(surroundings))
    .addCommand(doctorCommand(surroundings))
    .argument(
      '<FILE...>',
      'recordings: pcap, pcapng or transport streams, also compressed (gzip, zstd); directories of them; - for standard input',
    )
    .option(
      '--trust <KEY>',
      "a publisher's public key, as a file or as its line; may be given several times",
      repeated,
    )
    .option(
      '--out <DIR>',
      'where the content goes: a new directory, or one of an earlier run, which is updated',
    )
    .option('--json', 'print the report as JSON')
    .addOption(
      new Option('--verify <WHEN>', 'check each signature at once (eager) or only when needed (lazy)')
        .choices(['lazy', 'eager'])
        .default('lazy'),
    )
    .option('--allow-unsigned', 'also read sessions of other senders, which nobody signed')
    .addOption(wholeOption())
    .addOption(maxSizeOption())
    .option('--jobs <N>', 'threads to work with', jobCount, availableParallelism())
    .option(
      '--state <DIR>',
      'keep what incomplete editions have, and continue what "listen" or an earlier run has received',
    )
    .option('--max-store <BYTES>', 'the most that may be kept in the state directory', byteCount)
    .option(
      '--keep-bundle [DIR]',
      'also keep the parts, the index and its minisign signature in DIR/<name>, by default beside --out',
    )
    .option('--debug', 'show the stack trace of an error')
    .addHelpText('after', NOTES)
    .action(async (paths: string[], options: Options) => {
      const { trust = [], out } = options;
      if (paths[0] === 'inspect' && !existsSync('inspect'))
        throw new UsageError(
          'datacast-receive has no command inspect: "datacast inspect FILE..." shows what a recording holds.',
        );
      if (out === undefined) throw new UsageError("Required option '--out <DIR>' not specified.");
      if (trust.length === 0 && !options.allowUnsigned) {
        throw new UsageError(
          "Give the publisher's public key with --trust, or --allow-unsigned to read sessions that nobody signed.",
        );
      }
      const progress = openProgress(io);
      try {
        const report = await receive(paths, {
          crypto,
          interrupted,
          progress,
          schemes: await loadFecSchemes(),
          trust: await loadTrust(trust),
          verify: options.verify,
          allowUnsigned: options.allowUnsigned ?? false,
          whole: options.whole ?? false,
          maxSize: options.maxSize,
          jobs: options.jobs,
          state: options.state,
          maxStore: options.maxStore,
          out,
          onProblem: progress.print,
          keepBundle: options.keepBundle === true ? dirname(resolve(out)) : options.keepBundle,
        });
        progress.end();
        const peakMemory = process.resourceUsage().maxRSS * 1024;
        for (const sentence of warnings(report, Date.now() / 1000))
          io.stderr.write(`${printableLines(sentence)}\n`);
        if (options.json) io.stdout.write(jsonReport(report, peakMemory));
        else if (isWritten(report)) io.stdout.write(printableLines(formatReport(report, peakMemory)));
        if (!isSuccess(report)) throw new CliError(explainFailure(report) ?? unfinished(isWritten(report)));
      } finally {
        progress.end();
      }
    });
}

function unfinished(isAnythingWritten: boolean): string {
  return isAnythingWritten ? 'Not everything in the recordings is complete.' : 'Nothing was written.';
}
