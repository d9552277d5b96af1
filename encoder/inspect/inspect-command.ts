import { tmpdir } from 'node:os';
import { Command } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError } from '../../codecs/node/command.js';
import { type OpenFile, readAt, writeLater } from '../../codecs/node/open-file.js';
import {
  type RecordingInput,
  recordingInputs,
  UnreadableError,
} from '../../codecs/node/recordings/recording-input.js';
import { withTemporaryFile } from '../../codecs/node/temporary-file.js';
import { PcapError } from '../../codecs/pcap/index.js';
import { printableJson, printableLines } from '../../codecs/text.js';
import type { Surroundings } from '../surroundings.js';
import { type Inspection, inspectRecording } from './inspect.js';
import { formatInspection } from './inspect-report.js';
import { inspectionAsJson } from './inspection-json.js';

const NOTES = `
Every signature is checked: datagrams by the uplink key of the certificate in the file delivery table, the certificate
and each edition by the publisher's key that the certificate names. The command does not know whom you trust, and
anybody can make a key: compare the fingerprint that it shows, all 40 digits, with the one that the publisher has told
you. Names, dates and numbers are true only where a signature is valid and the fingerprint is right.
Several recordings are shown one after the other, each for itself; what they have together "datacast-receive" says.

Examples:
    datacast inspect news.pcap
    datacast inspect monday.pcap tuesday.pcap

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

const READ_BYTES = 1024 * 1024;

/** `datacast inspect`: what a recording holds. */
export function inspectCommand({ io, crypto, interrupted, now }: Surroundings): Command {
  return new Command('inspect')
    .description('Show the sessions, objects, tables and symbols of a recording, and who signed them.')
    .argument(
      '<FILE...>',
      'recordings to read: pcap, pcapng or MPEG transport streams, also compressed (gzip, zstd); directories of them; - for standard input',
    )
    .option('--json', 'print what was found as JSON; of several recordings as an array')
    .addHelpText('after', NOTES)
    .action(async (paths: string[], { json }: { json?: true }) => {
      const inputs = await recordingInputs(paths);
      const schemes = await loadFecSchemes();
      const inspect = (input: RecordingInput) =>
        readTwice(input, (open) =>
          inspectRecording(() => untilInterrupted(open(), interrupted), schemes, crypto),
        );
      const found: { path: string; inspection: Inspection }[] = [];
      const failures: string[] = [];
      for (const input of inputs) {
        const { path } = input;
        try {
          const inspection = await inspect(input);
          if (json) {
            found.push({ path, inspection });
            continue;
          }
          const title = inputs.length > 1 ? `${path}:\n` : '';
          io.stdout.write(printableLines(`${title}${formatInspection(inspection, now() / 1000)}`));
        } catch (error) {
          interrupted.throwIfAborted();
          if (!(error instanceof PcapError || error instanceof UnreadableError)) throw error;
          failures.push(error instanceof PcapError ? `${path}: ${error.message}` : error.message);
        }
      }
      if (found.length > 0) {
        const all = found.map(({ path, inspection }) => ({ path, ...inspectionAsJson(inspection) }));
        io.stdout.write(`${printableJson(inputs.length === 1 ? all[0] : all, 2)}\n`);
      }
      if (failures.length > 0) throw new CliError(failures.join('\n'));
    });
}

/** Gives `use` what it can read as often as it likes: a pipe goes into a temporary file first. */
async function readTwice<T>(
  input: RecordingInput,
  use: (open: () => AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (!input.isPipe) return use(input.read);
  return withTemporaryFile(tmpdir(), async (file) => {
    let length = 0;
    for await (const chunk of input.read()) {
      await writeLater(file, chunk, length);
      length += chunk.length;
    }
    return use(() => contentOf(file, length));
  });
}

async function* contentOf(file: OpenFile, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += READ_BYTES) {
    const chunk = new Uint8Array(Math.min(READ_BYTES, length - at));
    yield chunk.subarray(0, readAt(file, chunk, at));
  }
}

async function* untilInterrupted(
  content: AsyncIterable<Uint8Array>,
  interrupted: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    interrupted.throwIfAborted();
    yield chunk;
  }
}
