import { Command } from 'commander';
import { writeAtomically } from '../../codecs/node/atomic-file.js';
import { CliError, type CliIo } from '../../codecs/node/command.js';
import { writeAt } from '../../codecs/node/open-file.js';
import { PcapError } from '../../codecs/pcap/index.js';
import { traceAgainst, traceByTimes } from './trace-recording.js';

const NOTES = `
The trace says what was lost of one datagram after the other; "datacast-bench channel", "relay" and "loss" replay it.

With --sent the recording that was sent is compared, datagram for datagram: that is exact. Without, the times of what was received are
all there is: senders keep equal intervals, and a gap of three has two lost datagrams in it. This needs a recording with times
(pcap), of datagrams of one length at a constant rate; how regular they are stands in the first lines of the trace.

Examples:
  What a real receiver lost of a broadcast that it has recorded:
    datacast-bench trace received.pcap --out channel.txt
  The same, exactly, where the recording that was sent is there too:
    datacast-bench trace received.pcap --sent sent.pcap --out channel.txt
  Another broadcast through the same channel:
    datacast-bench channel news.pcap received-news.pcap --channel trace:path=channel.txt

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench trace`: a loss trace of a recording that was received. */
export function traceCommand(io: CliIo): Command {
  return new Command('trace')
    .description('Make a loss trace from a recording that was received, for the simulated channel.')
    .argument(
      '<RECORDING>',
      'what was received: pcap or pcapng, - for standard input; with --sent also a transport stream',
    )
    .option('--sent <RECORDING>', 'what was sent')
    .option('--out <FILE.txt>', 'where to write the trace (default: standard output)')
    .addHelpText('after', NOTES)
    .action(async (received: string, { sent, out }: { sent?: string; out?: string }) => {
      const { text, datagrams, lost } = await traceOf(received, sent);
      if (out === undefined) return void io.stdout.write(text);
      await writeAtomically(out, async (file) => writeAt(file, Buffer.from(text), 0));
      const share = ((100 * lost) / datagrams).toFixed(2);
      io.stdout.write(`${out}: ${datagrams} datagrams, ${lost} of them lost (${share} %).\n`);
    });
}

async function traceOf(received: string, sent: string | undefined) {
  try {
    return await (sent === undefined ? traceByTimes(received) : traceAgainst(sent, received));
  } catch (error) {
    if (error instanceof PcapError) throw new CliError(`${received}: ${error.message}`);
    throw error;
  }
}
