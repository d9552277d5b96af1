import { type Command, Option } from 'commander';
import { type Carrier, datagramRate, MAX_IP_PACKET_LENGTH } from '../../../codecs/mpegts/index.js';
import { UsageError } from '../../../codecs/node/command.js';
import { streamRate } from '../../options.js';
import { makeSlate } from '../../television/slate.js';
import type { StreamOptions } from './stream-options.js';

/** What the command line says of a transport stream. */
export interface StreamArguments {
  readonly out: string;
  readonly mtu: number;
  readonly rate: number;
  readonly tsRate?: number;
  readonly tsService: 'data' | 'tv';
  readonly carrier?: Carrier;
  readonly slate?: string;
  readonly slateText?: string;
}

/** What survives most recorders: docs/transport-stream.md. */
const DEFAULT_CARRIER: Carrier = 'video';

export function addStreamOptions(command: Command): Command {
  return command
    .option('--ts-rate <BPS>', 'constant rate of a transport stream, held by null packets', streamRate)
    .addOption(
      new Option(
        '--ts-service <KIND>',
        'service in a transport stream: "tv" is what ordinary set-top boxes record',
      )
        .choices(['data', 'tv'])
        .default('data'),
    )
    .addOption(
      new Option(
        '--carrier <KIND>',
        `what carries the datagrams of a television service (default: ${DEFAULT_CARRIER})`,
      ).choices(['video', 'subtitles']),
    )
    .option('--slate <FILE>', 'picture or film that a television service shows; ffmpeg makes it ready')
    .option('--slate-text <TEXT>', 'text on the picture; ffmpeg writes it');
}

/**
 * The transport stream that is asked for; undefined: a pcap recording is.
 *
 * @throws UsageError when the options do not go together; EncodeError when the slate cannot be made
 */
export async function streamOptions({
  out,
  tsRate,
  tsService,
  carrier,
  mtu,
  slate,
  slateText,
}: StreamArguments): Promise<StreamOptions | undefined> {
  const isTelevision = tsService === 'tv';
  if (!out.toLowerCase().endsWith('.ts')) {
    if (tsRate === undefined && !isTelevision) return undefined;
    throw new UsageError(
      '--ts-rate and --ts-service are for transport streams: give a name that ends in .ts with --out.',
    );
  }
  if (mtu > MAX_IP_PACKET_LENGTH) {
    throw new UsageError(
      `A transport stream carries IP packets of ${MAX_IP_PACKET_LENGTH} bytes at most: give a smaller --mtu.`,
    );
  }
  if (!isTelevision) {
    if ((carrier ?? slate ?? slateText) === undefined) return { service: 'data', tsRate };
    throw new UsageError(
      '--carrier, --slate and --slate-text are for a television service: add --ts-service tv.',
    );
  }
  if (tsRate === undefined) {
    throw new UsageError(
      'A television service has a constant rate: give it with --ts-rate, like --ts-rate 2M.',
    );
  }
  return {
    service: 'television',
    tsRate,
    carrier: carrier ?? DEFAULT_CARRIER,
    slate: await makeSlate({ path: slate, text: slateText }, tsRate),
  };
}

/** Bits per second that the tables of a data service take, and what is left out of the rest for safety. */
const TABLE_RATE = 31_000;
const SAFETY = 0.98;
/** Bytes of a datagram_section beside its IP packet, with a pointer_field. */
const SECTION_COST = 17;
const PACKET_PAYLOAD = 184 / 188;

/** Bits per second of IP packets that fill a data service of a constant rate. @throws UsageError */
function filling(tsRate: number, mtu: number): number {
  const rate = (tsRate - TABLE_RATE) * PACKET_PAYLOAD * (mtu / (mtu + SECTION_COST)) * SAFETY;
  if (rate >= LEAST_RATE) return Math.floor(rate);
  throw new UsageError(`The tables of a transport stream take ${TABLE_RATE} bit/s: give a higher --ts-rate.`);
}

/** No slower is what --rate takes. */
const LEAST_RATE = 100;

/**
 * Bits per second of what is sent: what was asked for, or what fills a transport stream of a constant rate.
 *
 * @throws TransportStreamError when a television service is too slow for its slate, UsageError when a data service is for its tables
 */
export function contentRate(
  command: Command,
  { rate, mtu }: StreamArguments,
  stream: StreamOptions | undefined,
): number {
  const isAsked = command.getOptionValueSource('rate') !== 'default';
  if (isAsked || stream?.tsRate === undefined) return rate;
  return stream.service === 'television'
    ? datagramRate(stream.slate, stream.tsRate, mtu)
    : filling(stream.tsRate, mtu);
}
