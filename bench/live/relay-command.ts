import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { Command, InvalidArgumentError } from 'commander';
import { formatSocketAddress, type SocketAddress } from '../../codecs/net/index.js';
import type { CliIo } from '../../codecs/node/command.js';
import { ChannelError, type ChannelSpec, parseChannelSpec } from '../channel/index.js';
import { address, addresses, count } from '../options.js';
import { openRelay } from './relay.js';

interface RelayCommandOptions {
  from: SocketAddress;
  iface?: string;
  to: SocketAddress[];
  channel: ChannelSpec;
  seed: number;
  arrivals?: string;
}

const NOTES = `
What arrives at --from is sent on to each --to, which loses datagrams of its own as the channel says: the same seed loses the
same ones, as far as the channel does not go by time. Channels are written as for "datacast-bench channel", see its --help.
When the relay listens, its address is printed as one line of JSON, and at SIGINT or SIGTERM what it did as another.

Examples:
  Two receivers, each of which loses a tenth in bursts of 20 datagrams:
    datacast-bench relay --from 127.0.0.1:4001 --to 127.0.0.1:4002 --to 127.0.0.1:4003 --channel gilbert-elliott:loss=10%,burst=20
  From one multicast group to another:
    datacast-bench relay --from 239.255.0.1:4001 --to 239.255.0.2:4001 --channel bernoulli:loss=0.3 --seed 7

Exit codes: 0 ended by a signal, 1 failed, 2 wrong command line.`;

/** `datacast-bench relay`: the simulated channel between a sender and receivers that run. */
export function relayCommand(io: CliIo): Command {
  return new Command('relay')
    .description('Pass UDP datagrams on to one or several destinations through a simulated channel.')
    .requiredOption('--from <ADDR:PORT>', 'own address or multicast group; port 0 chooses one', address)
    .option('--iface <ADDR>', 'address of the network interface that joins the group')
    .requiredOption('--to <ADDR:PORT>', 'destination; may be given several times', addresses)
    .requiredOption('--channel <SPEC>', 'MODEL:KEY=VALUE,...; several joined by +', channel)
    .option('--seed <N>', 'what is lost follows from it', count, 1)
    .option('--arrivals <FILE>', 'write when each datagram arrived, in Unix milliseconds, and its bytes')
    .addHelpText('after', NOTES)
    .action(async ({ from, iface, to, channel, seed, arrivals }: RelayCommandOptions) => {
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      let errors = 0;
      // one says what is wrong; the count of what is lost goes on
      const onError = ({ message }: Error) => errors++ % 1000 === 0 && io.stderr.write(`${message}\n`);
      const log = arrivals === undefined ? undefined : (await open(arrivals, 'w')).createWriteStream();
      log?.on('error', onError);
      const onArrival = (time: number, bytes: number) => log?.write(`${time.toFixed(3)} ${bytes}\n`);
      const relay = await openRelay({
        from: { listenAt: from, iface },
        to,
        channel,
        seed,
        onArrival,
        onError,
      });
      io.stdout.write(`${JSON.stringify({ listening: formatSocketAddress(relay.listensAt) })}\n`);
      await stopped;
      await relay.close();
      if (log !== undefined) await finished(log.end());
      io.stdout.write(`${JSON.stringify({ relayed: relay.tally() })}\n`);
    });
}

function channel(text: string): ChannelSpec {
  try {
    return parseChannelSpec(text);
  } catch (error) {
    if (error instanceof ChannelError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
