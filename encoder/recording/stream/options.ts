import { extname } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../../codecs/node/command.js';
import { STANDARD_STREAM } from '../../../codecs/node/standard-stream.js';
import { type Destination, packetOverhead } from '../../session/destination.js';
import { isTelevision, makeService, type ServiceArguments } from '../../transport-stream/options.js';
import { contentRate } from '../../transport-stream/rate.js';
import type { StreamOptions } from '../../transport-stream/service.js';

/** What the command line says of a transport stream. */
export interface StreamArguments extends ServiceArguments {
  readonly out: string;
  readonly mtu: number;
  readonly rate: number;
  readonly dest: Destination;
}

/**
 * The transport stream that is asked for; undefined: a pcap recording is.
 *
 * @throws UsageError when the options do not go together; EncodeError when the slate cannot be made
 */
export async function streamOptions(options: StreamArguments): Promise<StreamOptions | undefined> {
  const { out, tsRate, tsService, mtu } = options;
  const ending = out === STANDARD_STREAM ? out : extname(out).toLowerCase();
  if (ending !== STANDARD_STREAM && ending !== '.pcap' && ending !== '.ts') {
    throw new UsageError(
      `--out takes a name that ends in .pcap (packets) or in .ts (an MPEG transport stream), or - for standard output; not ${out}.`,
    );
  }
  const isStream = tsRate !== undefined || isTelevision(tsService);
  if (!isStream && ending !== '.ts') return undefined;
  if (ending !== '.pcap') return makeService(options, mtu);
  throw new UsageError(
    '--ts-rate and --ts-service are for transport streams: give a name that ends in .ts with --out.',
  );
}

/**
 * Bits per second of what is sent: what was asked for, or what fills a transport stream.
 *
 * @throws UsageError when the stream cannot carry it; TransportStreamError when the stream is too slow for a television service
 */
export function recordingRate(
  command: Command,
  { rate, mtu, dest }: StreamArguments,
  stream: StreamOptions | undefined,
): number {
  if (stream?.tsRate === undefined) return rate;
  const isAsked = command.getOptionValueSource('rate') !== 'default';
  const overhead = stream.service === 'television' ? 0 : packetOverhead(dest);
  const packets = { mtu, packetOverhead: overhead };
  return contentRate(isAsked ? rate : undefined, { ...stream, tsRate: stream.tsRate }, packets, false);
}
