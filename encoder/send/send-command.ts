import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../../codecs/cli.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { KEY_FILES, loadKeys } from '../keys.js';
import {
  authDepth,
  bitRate,
  burstBytes,
  compressionLevel,
  destination,
  duration,
  lossPercentage,
  mtuBytes,
  passCount,
  portNumber,
  repairPercentage,
  sequenceNumber,
  shard,
  timeToLive,
} from '../options.js';
import { existingPassword, PASSWORD_VARIABLE } from '../password.js';
import { isWithin } from '../paths.js';
import type { Surroundings } from '../program.js';
import { CHANNEL_DEFAULTS, type Channel } from './channel.js';
import { createChannelReader } from './channel-reader.js';
import { systemClock } from './clock.js';
import { packInThread } from './pack-thread.js';
import { runWithReports } from './run.js';
import { channelFrom, channelOf, type SendOptions, withOptions } from './send-options.js';
import type { Shard } from './shard.js';
import { openState } from './state.js';
import { lockState } from './state-lock.js';
import { startTransmitThread } from './transmit-thread.js';
import { createUplink } from './uplink.js';

/** Bytes that the encoders of an object may take. */
const ENCODER_MEMORY = 384 * 1024 * 1024;

const NOTES = `
Every pass sends symbols that no earlier pass has sent, also after the program was stopped or killed: what is needed for
that is kept in the state directory, by default "state" in the key directory. A directory that is sent without --passes is
watched: when it has changed, a new edition with a higher sequence number takes the place of the old one.

SIGTERM and SIGINT end the session in good order, SIGHUP reads the channel file again.

A password-protected ${KEY_FILES.publisherSecret} is unlocked by a question on the terminal or by the environment variable
${PASSWORD_VARIABLE}.

Examples:
  A directory, for ever, to a multicast group:
    datacast send news --keys keys --dest 239.255.0.1:4001 --rate 2M --iface 192.0.2.7 --ttl 16
  Three passes to one receiver:
    datacast send news --keys keys --dest 192.0.2.9:4001 --rate 256k --passes 3
  What a channel file says, with metrics for Prometheus:
    datacast send --channel channel.yaml --keys keys --log json --metrics 9464
  The second of two uplinks that add up:
    datacast send news --keys keys --dest 239.255.0.1:4001 --rate 2M --shard 2/2 --state /var/lib/datacast

Exit codes: 0 done or ended by a signal, 1 failed, 2 wrong command line.`;

/** `datacast send`: puts directories on the air. */
export function sendCommand(surroundings: Surroundings): Command {
  return new Command('send')
    .description('Send directories or files as a paced carousel of signed datagrams over UDP.')
    .argument('[PATH...]', 'directories or files to send')
    .requiredOption('--keys <DIR>', 'directory with the keys, from "datacast keygen"')
    .option('--dest <ADDR:PORT>', 'where the datagrams go; IPv6 addresses in brackets', destination)
    .option('--rate <BPS>', 'bits per second of IP packets, like 64k or 2.5M', bitRate)
    .option('--iface <ADDR>', 'address of the network interface for multicast')
    .option('--ttl <N>', 'time to live or hop limit (default: 1 for multicast)', timeToLive)
    .addOption(new Option('--loop', 'send for ever (default)').conflicts(['passes', 'duration']))
    .addOption(new Option('--passes <N>', 'end after N passes').argParser(passCount).conflicts('duration'))
    .option('--duration <T>', 'end after this time, like 30s, 10m or 2h', duration)
    .option('--channel <FILE.yaml>', 'channel file, see docs/uplink.md')
    .option('--state <DIR>', 'directory for what must not be forgotten (default: "state" in --keys)')
    .option('--shard <I/N>', 'send the share of uplink I of N', shard, { index: 0, count: 1 })
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
    .option('--fdt-interval <T>', 'each table is sent again within this time (default: 2s)', duration)
    .addOption(new Option('--log <FORMAT>', 'events on stderr').choices(['text', 'json']).default('text'))
    .option('--metrics <PORT>', 'serve metrics for Prometheus at 127.0.0.1:PORT', portNumber)
    .addHelpText('after', NOTES)
    .action((paths: string[], options: SendOptions) => send(paths, options, surroundings));
}

async function send(paths: string[], options: SendOptions, surroundings: Surroundings): Promise<void> {
  const { crypto, passwords, interrupted } = surroundings;
  const readChannel = options.channel === undefined ? undefined : createChannelReader(options.channel);
  const channel = withOptions(
    readChannel === undefined ? channelOf(paths, options) : await channelFrom(paths, options, readChannel),
    options,
  );
  const stateDirectory = options.state ?? join(options.keys, 'state');
  await requireOutside(channel, options.keys, stateDirectory);
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const askPassword = () => existingPassword(passwords, join(options.keys, KEY_FILES.publisherSecret));
  const keys = await loadKeys(options.keys, crypto, askPassword, surroundings.now());

  const stop = new AbortController();
  const signal = AbortSignal.any([interrupted, stop.signal]);
  const stateName = stateNameOf(options.shard);
  const unlock = await lockState(join(stateDirectory, `${stateName}.lock`));
  try {
    await runWithReports({
      ...{ io: surroundings.io, log: options.log, metricsPort: options.metrics, stop: signal },
      ...{ duration: options.duration, end: () => stop.abort(), mtu: channel.link.mtu },
      createUplink: async (onEvent) =>
        createUplink({
          ...{ channel, keys, crypto, onEvent, shard: options.shard, sequence: options.sequence },
          readChannel:
            readChannel &&
            (async (force) => {
              const next = await readChannel(force);
              if (next === undefined) return undefined;
              const changed = withOptions(next, options);
              await requireOutside(changed, options.keys, stateDirectory);
              return changed;
            }),
          watch: options.passes === undefined,
          schemes: await loadFecSchemes(),
          clock: systemClock(),
          pack: packInThread(signal),
          state: await openState(stateDirectory, `${stateName}.json`),
          objects: join(stateDirectory, `${stateName}-objects`),
          memoryLimit: ENCODER_MEMORY,
          openTransmitter: startTransmitThread,
        }),
    });
  } finally {
    await unlock();
  }
}

/** Each shard has its own state, so that several can run on one machine. */
function stateNameOf({ index, count }: Shard): string {
  return count === 1 ? 'uplink' : `uplink-${index + 1}-of-${count}`;
}

/** @throws UsageError when keys or state stand in a directory that is sent to everybody */
async function requireOutside({ bundles }: Channel, keys: string, state: string): Promise<void> {
  for (const { path } of bundles) {
    // What does not exist yet is reported when it is packed.
    const sent = await realPath(path);
    for (const [what, directory] of [
      ['keys', keys],
      ['state', state],
    ] as const) {
      if (!isWithin(await realPath(directory), sent)) continue;
      throw new UsageError(
        `The ${what} in ${directory} would lie inside ${path}: they would be sent to everybody. Move them.`,
      );
    }
  }
}

/** The path without symbolic links, also of what does not exist yet. */
async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(absolute) === absolute) throw error;
    return join(await realPath(dirname(absolute)), basename(absolute));
  }
}
