import { type Command, Option } from 'commander';
import {
  type Carrier,
  MAX_IP_PACKET_LENGTH,
  ServiceType,
  type VideoCoding,
} from '../../codecs/mpegts/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { serviceName, streamRate } from '../options.js';
import type { StreamOptions } from './service.js';
import { makeSlate } from './slate.js';

/** A data service, or television as SDTs tell it: any, H.264 in SD, H.264 in HD. */
export const SERVICES = ['data', 'tv', 'tv-sd', 'tv-hd'] as const;
export type ServiceKind = (typeof SERVICES)[number];
export const CARRIERS = ['video', 'subtitles'] as const;
export const VIDEOS = ['h264', 'mpeg2'] as const;

/** What an operator says of the service in a transport stream. */
export interface ServiceArguments {
  readonly tsRate?: number | undefined;
  readonly tsService?: ServiceKind | undefined;
  /** What tuners show. */
  readonly tsName?: string | undefined;
  readonly tsVideo?: VideoCoding | undefined;
  readonly carrier?: Carrier | undefined;
  /** Path of a picture or a film. */
  readonly slate?: string | undefined;
  readonly slateText?: string | undefined;
  /** Where there are several services, each with a name: what is said above of the slate is said of those that have none of their own. */
  readonly programmes?: readonly ProgrammeArguments[] | undefined;
}

/** What an operator says of one of several television services. */
export interface ProgrammeArguments {
  readonly name: string;
  readonly slate?: string | undefined;
  readonly slateText?: string | undefined;
}

const SERVICE_TYPES = {
  tv: ServiceType.television,
  'tv-sd': ServiceType.televisionSd,
  'tv-hd': ServiceType.televisionHd,
} as const;

export function isTelevision(service: ServiceKind | undefined): service is keyof typeof SERVICE_TYPES {
  return service !== undefined && service !== 'data';
}

/** What survives most recorders: docs/transport-stream.md. */
const DEFAULT_CARRIER: Carrier = 'video';

export function addServiceOptions(command: Command): Command {
  return command
    .option('--ts-rate <BPS>', 'constant rate of a transport stream, held by null packets', streamRate)
    .addOption(
      new Option(
        '--ts-service <KIND>',
        'service in a transport stream: "tv" is what ordinary set-top boxes record; "tv-sd" and "tv-hd" have service types 0x16 and 0x19 (default: data)',
      ).choices(SERVICES),
    )
    .option('--ts-name <NAME>', 'name of the service, which tuners show (default: datacast)', serviceName)
    .addOption(
      new Option(
        '--ts-video <CODING>',
        'picture of a television service: "mpeg2" is for boxes that know no other, ffmpeg makes it (default: h264)',
      ).choices(VIDEOS),
    )
    .addOption(
      new Option(
        '--carrier <KIND>',
        `what carries the datagrams of a television service (default: ${DEFAULT_CARRIER})`,
      ).choices(CARRIERS),
    )
    .option('--slate <FILE>', 'picture or film that a television service shows; ffmpeg makes it ready')
    .option('--slate-text <TEXT>', 'text on the picture; ffmpeg writes it');
}

/**
 * Makes the services of a stream ready, their slates by ffmpeg.
 *
 * @param mtu bytes of the largest IP packet
 * @throws UsageError when the options do not go together; EncodeError when the slate cannot be made
 */
export async function makeService(
  { tsRate, tsService, tsName, tsVideo, carrier, slate, slateText, programmes }: ServiceArguments,
  mtu: number,
): Promise<StreamOptions> {
  if (mtu > MAX_IP_PACKET_LENGTH) {
    throw new UsageError(
      `A transport stream carries IP packets of ${MAX_IP_PACKET_LENGTH} bytes at most: give a smaller --mtu.`,
    );
  }
  if (!isTelevision(tsService)) {
    if (programmes !== undefined) {
      throw new UsageError(
        'Programmes are television services: write service: tv in the channel file, or add --ts-service tv.',
      );
    }
    if ((tsVideo ?? carrier ?? slate ?? slateText) === undefined)
      return { service: 'data', tsRate, ...(tsName !== undefined && { serviceName: tsName }) };
    throw new UsageError(
      '--ts-video, --carrier, --slate and --slate-text are for a television service: add --ts-service tv.',
    );
  }
  if (tsRate === undefined) {
    throw new UsageError(
      'A television service has a constant rate: give it with --ts-rate, like --ts-rate 2M.',
    );
  }
  if (programmes !== undefined && tsName !== undefined) {
    throw new UsageError('Each programme has a name of its own: leave --ts-name out.');
  }
  if (tsVideo === 'mpeg2' && tsService !== 'tv') {
    throw new UsageError(
      'tv-sd and tv-hd are services of H.264: give --ts-service tv with --ts-video mpeg2.',
    );
  }
  const shown: readonly Partial<ProgrammeArguments>[] = programmes ?? [{ name: tsName }];
  const makeProgramme = async (own: Partial<ProgrammeArguments>) => ({
    ...(own.name !== undefined && { serviceName: own.name }),
    serviceType: SERVICE_TYPES[tsService],
    slate: await makeSlate(
      { path: own.slate ?? slate, text: own.slateText ?? slateText, video: tsVideo },
      tsRate / shown.length,
    ),
  });
  return {
    service: 'television',
    tsRate,
    carrier: carrier ?? DEFAULT_CARRIER,
    programmes: await Promise.all(shown.map(makeProgramme)),
  };
}
