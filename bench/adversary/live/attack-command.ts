import { Command } from 'commander';
import { formatSocketAddress, type SocketAddress } from '../../../codecs/net/index.js';
import type { CliIo } from '../../../codecs/node/command.js';
import { bitRate } from '../../../encoder/options.js';
import { address, addresses, count } from '../../options.js';
import { startAttack } from './attack.js';

interface AttackCommandOptions {
  from: SocketAddress;
  iface?: string;
  to: SocketAddress[];
  rate: number;
  seed: number;
}

const NOTES = `
What arrives at --from is remembered. Sent to each --to is what a stranger makes of it: replays of anything since the beginning,
damaged datagrams, forgeries of all kinds and junk. When it listens, its address is printed as one line of JSON, and at SIGINT
or SIGTERM what it sent as another.

Example:
  Attack a receiver of this machine as fast as the channel is:
    datacast-bench attack --from 239.255.0.1:4001 --to 127.0.0.1:4001 --rate 2M

Exit codes: 0 ended by a signal, 1 failed, 2 wrong command line.`;

/** `datacast-bench attack`: a stranger beside receivers that run. */
export function attackCommand(io: CliIo): Command {
  return new Command('attack')
    .description('Hear a channel, and send replays and forgeries of it to receivers.')
    .requiredOption('--from <ADDR:PORT>', 'own address or multicast group; port 0 chooses one', address)
    .option('--iface <ADDR>', 'address of the network interface that joins the group')
    .requiredOption('--to <ADDR:PORT>', 'receiver; may be given several times', addresses)
    .option('--rate <BPS>', 'bits per second of IP packets to each receiver', bitRate, bitRate('2M'))
    .option('--seed <N>', 'what is sent follows from it and from what is heard', count, 1)
    .addHelpText('after', NOTES)
    .action(async ({ from, iface, ...options }: AttackCommandOptions) => {
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      let errors = 0;
      // one says what is wrong
      const onError = ({ message }: Error) => errors++ % 1000 === 0 && io.stderr.write(`${message}\n`);
      const attack = await startAttack({ ...options, from: { listenAt: from, iface }, onError });
      io.stdout.write(`${JSON.stringify({ listening: formatSocketAddress(attack.listensAt) })}\n`);
      await stopped;
      await attack.close();
      io.stdout.write(`${JSON.stringify({ attacked: attack.tally })}\n`);
    });
}
