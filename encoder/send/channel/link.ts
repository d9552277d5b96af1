import { formatSocketAddress } from '../../../codecs/net/index.js';
import { UsageError } from '../../../codecs/node/command.js';
import { DEFAULT_DESTINATION, type Destination, packetOverhead } from '../../session/destination.js';
import { formatStreamDestination } from '../../transport-stream/destination.js';
import { isTelevision } from '../../transport-stream/options.js';
import { contentRate, type Packets } from '../../transport-stream/rate.js';
import type { ConstantStream } from '../../transport-stream/service.js';
import type { EndOfStream, LiveStream } from '../transmit/live-stream.js';
import type { Channel, Link } from './channel.js';

/** Where IP packets in a data service say that they go: to the first destination. */
function innerDestination({ destinations }: Link): Destination {
  return destinations[0] ?? DEFAULT_DESTINATION;
}

/** Bytes of IP and UDP headers that the rate counts: the longest of any destination; none in a television service alone. */
export function linkOverhead(link: Link): number {
  const { destinations, stream } = link;
  const packets = stream !== undefined && !isTelevision(stream.tsService) ? [innerDestination(link)] : [];
  return Math.max(0, ...[...destinations, ...packets].map(packetOverhead));
}

/**
 * Bits per second of IP packets.
 *
 * @throws UsageError when the transport stream cannot carry them; TransportStreamError when it is too slow for its slate
 */
export function rateOfChannel(
  { rate }: Channel,
  stream: ConstantStream | undefined,
  packets: Packets,
): number {
  if (stream !== undefined) return contentRate(rate, stream, packets, true);
  if (rate === undefined) throw new UsageError('Give --rate, in bits per second.');
  return rate;
}

/** @throws UsageError when a bundle is in a programme that the stream of a link does not have */
export function requireProgrammes({ bundles }: Channel, { stream }: Link): void {
  const names: readonly (string | undefined)[] = stream?.programmes?.map(({ name }) => name) ?? [undefined];
  const stray = bundles.find(({ programme }) => !names.includes(programme?.name));
  if (stray === undefined) return;
  throw new UsageError(
    `The stream on the air has not the programme of the bundle "${stray.name}": other programmes begin at the next start.`,
  );
}

/** The transport stream of a link, made ready. */
export function liveStream(
  link: Link,
  stream: ConstantStream | undefined,
  earlier: EndOfStream | undefined,
): LiveStream | undefined {
  if (link.stream === undefined || stream === undefined) return undefined;
  return { to: link.stream.to, stream, inner: innerDestination(link), earlier };
}

/** As the operator writes them. */
export function destinationTexts({ destinations, stream }: Link): string[] {
  return [...destinations.map(formatSocketAddress), ...(stream?.to ?? []).map(formatStreamDestination)];
}
