import type { SocketAddress } from '../../codecs/net/index.js';
import { UsageError } from '../../codecs/node/command.js';
import type { MetricsTarget } from '../../codecs/node/monitoring/publish-metrics.js';
import type { Destination } from '../session/destination.js';
import type { StreamDestination } from '../transport-stream/destination.js';
import type { ServiceArguments } from '../transport-stream/options.js';
import type { Order } from './carousel/order.js';
import type { Shard } from './carousel/shard.js';
import { CHANNEL_DEFAULTS, type Channel, type StreamLink } from './channel/channel.js';
import type { createChannelReader } from './channel/channel-reader.js';
import type { LogFormat } from './monitoring/log.js';

/** What the command line of `datacast send` says. */
export interface SendOptions extends ServiceArguments {
  keys: string;
  dest?: Destination[];
  ts?: StreamDestination[];
  rate?: number;
  iface?: string;
  ttl?: number;
  loop?: true;
  passes?: number;
  duration?: number;
  channel?: string;
  state?: string;
  shard: Shard;
  sequence?: number;
  level?: number;
  repair?: number;
  expectLoss?: number;
  mtu?: number;
  authDepth?: number;
  burst?: number;
  first?: string[];
  exclude?: string[];
  followLinks?: true;
  order?: Order;
  frontInterval?: number;
  fdtInterval?: number;
  passwordFd?: number;
  log: LogFormat;
  metrics?: MetricsTarget;
  status?: SocketAddress;
}

/** Options that say of a PATH what the channel file says of its bundles. */
const PATH_OPTIONS = [
  'loop',
  'passes',
  'sequence',
  'level',
  'repair',
  'expectLoss',
  'first',
  'exclude',
  'followLinks',
  'order',
  'frontInterval',
] as const;

/**
 * The channel that a command line without channel file describes.
 *
 * @param nameOf says what receivers call what stands at a path
 * @throws UsageError
 */
export async function channelOf(
  paths: readonly string[],
  options: SendOptions,
  nameOf: (path: string) => Promise<string>,
): Promise<Channel> {
  const { dest, rate, level, repair, expectLoss, passes, sequence } = options;
  if (paths.length === 0) throw new UsageError('Give the directories to send, or --channel.');
  if (dest === undefined && options.ts === undefined) {
    throw new UsageError('Give --dest, where the datagrams go, or --ts for a transport stream.');
  }
  if (rate === undefined && options.ts === undefined) {
    throw new UsageError('Give --rate, in bits per second.');
  }
  if (sequence !== undefined && paths.length > 1) {
    throw new UsageError('One sequence number is for one path: leave --sequence out, or send one path.');
  }
  const names = await Promise.all(paths.map(nameOf));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new UsageError(
      `Two of the paths are called "${twice}"; receivers tell bundles by name. Use --channel.`,
    );
  }
  const { mtu, authDepth, tableInterval, watchInterval, settle, weight, loss } = CHANNEL_DEFAULTS;
  return {
    link: { destinations: dest ?? [], mtu, authDepth },
    rate,
    tableInterval,
    watchInterval,
    settle,
    bundles: paths.map((path, i) => ({
      name: names[i]!,
      path,
      weight,
      level: level ?? CHANNEL_DEFAULTS.level,
      first: options.first,
      exclude: options.exclude,
      followLinks: options.followLinks,
      order: options.order ?? CHANNEL_DEFAULTS.order,
      frontInterval: options.frontInterval ?? CHANNEL_DEFAULTS.frontInterval,
      rules: { passes },
      repair:
        repair === undefined
          ? { kind: 'loss', loss: expectLoss ?? loss }
          : { kind: 'fraction', fraction: repair },
    })),
  };
}

/** The channel of a channel file. @throws UsageError when the command line says of bundles what the file says */
export async function channelFrom(
  paths: readonly string[],
  options: SendOptions,
  read: ReturnType<typeof createChannelReader>,
): Promise<Channel> {
  if (paths.length > 0)
    throw new UsageError('With --channel the bundles stand in the file: leave the paths out.');
  const wrong = PATH_OPTIONS.find((name) => options[name] !== undefined);
  if (wrong !== undefined) {
    const option = wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`With --channel bundles are described in the file: leave --${option} out.`);
  }
  return (await read(true))!;
}

/** Options of the command line count more than the channel file. */
export function withOptions(channel: Channel, options: SendOptions): Channel {
  const { dest, rate, iface, ttl, mtu, authDepth, burst, fdtInterval } = options;
  const { link } = channel;
  return {
    ...channel,
    link: {
      destinations: dest ?? link.destinations,
      stream: streamOf(link.stream, options),
      iface: iface ?? link.iface,
      ttl: ttl ?? link.ttl,
      mtu: mtu ?? link.mtu,
      authDepth: authDepth ?? link.authDepth,
      burst: burst ?? link.burst,
    },
    rate: rate ?? channel.rate,
    tableInterval: fdtInterval ?? channel.tableInterval,
  };
}

/** @throws UsageError when the command line says of a transport stream what is not sent anywhere, or leaves out its rate */
function streamOf(stream: StreamLink | undefined, options: SendOptions): StreamLink | undefined {
  const to = options.ts ?? stream?.to;
  const { tsRate, tsService, tsName, tsVideo, carrier, slate, slateText } = {
    ...stream,
    ...definedOf(options),
  };
  if (to === undefined) {
    if ((tsRate ?? tsService ?? tsName ?? tsVideo ?? carrier ?? slate ?? slateText) === undefined)
      return undefined;
    throw new UsageError('Where does the transport stream go? Give --ts, like --ts udp://239.1.1.1:5000.');
  }
  if (tsRate === undefined) {
    throw new UsageError(
      'A live transport stream has a constant rate: give it with --ts-rate, like --ts-rate 4M.',
    );
  }
  return {
    to,
    tsRate,
    tsService,
    tsName,
    tsVideo,
    carrier,
    slate,
    slateText,
    programmes: stream?.programmes,
  };
}

function definedOf({
  tsRate,
  tsService,
  tsName,
  tsVideo,
  carrier,
  slate,
  slateText,
}: SendOptions): ServiceArguments {
  const given = Object.entries({ tsRate, tsService, tsName, tsVideo, carrier, slate, slateText });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
