import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { hasCode } from '../../codecs/error-code.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError } from '../../codecs/node/command.js';
import { PcapError } from '../../codecs/pcap/index.js';
import { printableJson, printableLines } from '../../codecs/text.js';
import type { Surroundings } from '../surroundings.js';
import { inspectRecording } from './inspect.js';
import { formatInspection } from './inspect-report.js';
import { inspectionAsJson } from './inspection-json.js';

const NOTES = `
Every signature is checked: datagrams by the uplink key of the certificate in the file delivery table, the certificate
and each edition by the publisher's key that the certificate names. The command does not know whom you trust, and
anybody can make a key: compare the fingerprint that it shows, all 40 digits, with the one that the publisher has told
you. Names, dates and numbers are true only where a signature is valid and the fingerprint is right.

Example:
    datacast inspect news.pcap

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

const READ_BYTES = 1024 * 1024;

/** `datacast inspect`: what a recording holds. */
export function inspectCommand({ io, crypto, interrupted, now }: Surroundings): Command {
  return new Command('inspect')
    .description('Show the sessions, objects, tables and symbols of a recording, and who signed them.')
    .argument('<FILE>', 'recording to read: pcap or MPEG transport stream')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', NOTES)
    .action(async (path: string, { json }: { json?: true }) => {
      const open = () => createReadStream(path, { highWaterMark: READ_BYTES, signal: interrupted });
      try {
        const inspection = await inspectRecording(open, await loadFecSchemes(), crypto);
        const text = json
          ? `${printableJson(inspectionAsJson(inspection), 2)}\n`
          : printableLines(formatInspection(inspection, now() / 1000));
        io.stdout.write(text);
      } catch (error) {
        interrupted.throwIfAborted();
        if (error instanceof PcapError) throw new CliError(`${path}: ${error.message}`);
        // reading a directory fails without a word of its path
        if (hasCode(error, 'EISDIR')) throw new CliError(`${path} is a directory; a recording is needed.`);
        throw error;
      }
    });
}
