import { Command, Option } from 'commander';
import { limitOldMemory } from '../../codecs/node/heap-limits.js';
import { serverAddress } from '../../codecs/node/monitoring/http-server.js';
import { metricsTarget } from '../../codecs/node/monitoring/publish-metrics.js';
import { duration } from '../../codecs/node/options.js';
import { addSelectionOptions, SELECTION_NOTES } from '../content/selection-options.js';
import { KEY_FILES } from '../keys/keys.js';
import { PASSWORD_VARIABLE, passwordDescriptor } from '../keys/password.js';
import {
  authDepth,
  bitRate,
  burstBytes,
  compressionLevel,
  destinations,
  lossPercentage,
  mtuBytes,
  passCount,
  repairPercentage,
  sequenceNumber,
  shard,
  streamDestinations,
  timeToLive,
} from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { addServiceOptions } from '../transport-stream/options.js';
import { CHANNEL_DEFAULTS } from './channel/channel.js';
import type { SendOptions } from './send-options.js';

const NOTES = `
Every pass sends symbols that no earlier pass has sent, even after the program was stopped or killed. The state directory
keeps what is needed for that; by default it is "state" in the key directory. Without --passes the directories are watched:
when one has changed, a new edition with a higher sequence number takes the place of the old one.

SIGTERM and SIGINT end the session properly. SIGHUP reads the channel file again, and takes up another uplink key and certificate of
the same session from the key directory.

A path may be a signed edition, from "datacast sign" on another machine. All of it is checked before it is sent, and
${KEY_FILES.publisherSecret} need not be here.

${SELECTION_NOTES}

If ${KEY_FILES.publisherSecret} has a password, the program asks for it on the terminal, or takes it from the environment variable
${PASSWORD_VARIABLE}, or reads it from a file descriptor with --password-fd.

Examples:
  A directory to a multicast group, until you stop it:
    datacast send news --keys keys --dest 239.255.0.1:4001 --rate 2M --iface 192.0.2.7 --ttl 16
  Three passes to one receiver:
    datacast send news --keys keys --dest 192.0.2.9:4001 --rate 256k --passes 3
  A television service of 4 Mbit/s to a modulator, and the same to a receiver beside it:
    datacast send news --keys keys --ts udp://10.0.0.5:5000 --ts udp://127.0.0.1:5000 --ts-rate 4M --ts-service tv
  The bundles of a channel file, with metrics for Prometheus:
    datacast send --channel channel.yaml --keys keys --log json --metrics 9464
  A page that shows what is on the air, at http://127.0.0.1:8080/:
    datacast send news --keys keys --dest 239.255.0.1:4001 --rate 2M --status 8080
  The second of two uplinks that share the symbols:
    datacast send news --keys keys --dest 239.255.0.1:4001 --rate 2M --shard 2/2 --state /var/lib/datacast

Exit codes: 0 done or ended by a signal, 1 failed, 2 wrong command line.`;

/** `datacast send`: puts directories on the air. */
export function sendCommand(surroundings: Surroundings): Command {
  const command = new Command('send')
    .description('Send directories or files as a paced carousel of signed datagrams over UDP.')
    .argument('[PATH...]', 'directories, files or signed editions to send')
    .requiredOption('--keys <DIR>', 'directory with the keys, from "datacast keygen"')
    .option(
      '--dest <ADDR:PORT>',
      'where the datagrams go; IPv6 addresses in brackets; may be given several times',
      destinations,
    )
    .option(
      '--ts <URL>',
      'where a transport stream with the datagrams goes, udp://ADDR:PORT or rtp://ADDR:PORT; may be given several times',
      streamDestinations,
    )
    .option(
      '--rate <BPS>',
      'bits per second of IP packets, like 64k or 2.5M (default: what fills the transport stream)',
      bitRate,
    );
  return addServiceOptions(addSelectionOptions(command))
    .option(
      '--iface <IFACE>',
      'network interface, by its name or an address of it, for multicast and link-local addresses',
    )
    .option('--ttl <N>', 'time to live or hop limit (default: 1 for multicast)', timeToLive)
    .addOption(new Option('--loop', 'send until stopped (default)').conflicts(['passes', 'duration']))
    .addOption(new Option('--passes <N>', 'end after N passes').argParser(passCount).conflicts('duration'))
    .option('--duration <T>', 'end after this time, like 30s, 10m or 2h', duration)
    .option('--channel <FILE.yaml>', 'channel file, see docs/uplink.md')
    .option('--state <DIR>', 'directory for what must survive a restart (default: "state" in --keys)')
    .addOption(
      new Option('--shard <I/N>', 'send the share of uplink I of N')
        .argParser(shard)
        .default({ index: 0, count: 1 }, '1/1'),
    )
    .option('--sequence <N>', 'sequence number of the edition (default: the time in seconds)', sequenceNumber)
    .option('--level <N>', `zstd level, 1 to 22 (default: ${CHANNEL_DEFAULTS.level})`, compressionLevel)
    .addOption(
      new Option('--repair <PERCENT>', 'repair symbols of a pass in percent of the source symbols')
        .argParser(repairPercentage)
        .conflicts('expectLoss'),
    )
    .option(
      '--expect-loss <PERCENT>',
      'repair of a pass for this independent loss (default: 10)',
      lossPercentage,
    )
    .option('--mtu <BYTES>', `largest IP packet (default: ${CHANNEL_DEFAULTS.mtu})`, mtuBytes)
    .option(
      '--auth-depth <D>',
      'one signature for 2^D datagrams, each 16 D bytes longer (default: 0)',
      authDepth,
    )
    .option('--burst <BYTES>', 'bytes that may follow at once after a delay', burstBytes)
    .option('--first <GLOB...>', 'files that a reader opens first (default: small pages in the root)')
    .addOption(
      new Option('--order <ORDER>', 'all parts in turn, or part after part (default: mixed)').choices([
        'mixed',
        'sequence',
      ]),
    )
    .option('--front-interval <T>', 'index and front come again within this time (default: 30s)', duration)
    .option('--fdt-interval <T>', 'tables are sent again within this time (default: 2s)', duration)
    .option('--password-fd <N>', 'read the password from this file descriptor', passwordDescriptor)
    .addOption(new Option('--log <FORMAT>', 'events on stderr').choices(['text', 'json']).default('text'))
    .option(
      '--metrics <PORT|ADDR:PORT|FILE.prom>',
      'metrics for Prometheus, at a port of 127.0.0.1 or another address, or in a file; needs the npm package prom-client',
      metricsTarget,
    )
    .option(
      '--status <PORT|ADDR:PORT>',
      'a page on what is on the air, for a browser, at a port of 127.0.0.1 or another address',
      serverAddress,
    )
    .addHelpText('after', NOTES)
    .action(async (paths: string[], options: SendOptions) => {
      // it runs for weeks beside other programs
      limitOldMemory();
      // other commands need not wait for what only this one loads
      const { send } = await import('./send.js');
      await send(paths, options, surroundings);
    });
}
