import { formatSocketAddress, isInterfaceName, isIpv6, isMulticast } from '../../../codecs/net/index.js';
import type { Destination } from '../../session/destination.js';
import { formatStreamDestination, type StreamDestination } from '../../transport-stream/destination.js';
import type { Clock } from './clock.js';
import { type DestinationStats, type Output, openOutput } from './output.js';
import { isLinkLocal } from './socket.js';

export interface LinkOptions {
  readonly destinations: readonly Destination[];
  readonly stream?: { readonly to: readonly StreamDestination[] } | undefined;
  readonly iface?: string | undefined;
  readonly ttl?: number | undefined;
  readonly clock: Clock;
  /** Told what the operating system says of a destination, the first time and then at most once a minute. */
  onRefused(message: string, to: string): void;
  /** Told when it takes datagrams again. */
  onTaken(to: string): void;
  /** Told when the interface that sends to a destination has gone away, and when it is back. */
  onInterface(isThere: boolean, to: string): void;
}

/** All destinations of a session. */
export interface OpenLink {
  /** Sends a datagram as it is. @param onSent called when its memory is not read any more */
  send(datagram: Uint8Array, onSent?: () => void): void;
  /** Sends transport packets, with an RTP header or without. */
  sendStream(bare: Uint8Array, withRtp: () => Uint8Array): void;
  stats(): readonly DestinationStats[];
  /** Fulfilled when everything has been handed to the operating system. */
  close(): Promise<void>;
}

/**
 * Opens the sockets of all destinations. One that cannot be opened is told of, and tried again while others are sent to.
 *
 * @throws what the first one has thrown, when none can be opened
 */
export async function openLink(options: LinkOptions): Promise<OpenLink> {
  const { destinations, stream, iface, ttl, clock, onRefused, onTaken, onInterface } = options;
  const packets = stream?.to ?? [];
  // a name is of both families
  const isNamed = iface !== undefined && isInterfaceName(iface);
  const hasUse = ({ address }: Destination) =>
    (isMulticast(address) || isLinkLocal(address)) && (isNamed || isIpv6(address) === iface?.includes(':'));
  // an interface that nobody has a use for is a mistake, which the socket explains
  const isMistake = iface !== undefined && ![...destinations, ...packets].some(hasUse);
  const open = (destination: Destination, to: string) =>
    openOutput({
      destination,
      to,
      iface: isMistake || hasUse(destination) ? iface : undefined,
      ttl,
      clock,
      onRefused: (message) => onRefused(message, to),
      onTaken: () => onTaken(to),
      onInterface: (isThere) => onInterface(isThere, to),
    });
  const [plain, carriers] = await Promise.all([
    Promise.all(destinations.map((each) => open(each, formatSocketAddress(each)))),
    Promise.all(
      packets.map(async (each) => ({
        protocol: each.protocol,
        output: await open(each, formatStreamDestination(each)),
      })),
    ),
  ]);
  const all = [...plain, ...carriers.map(({ output }) => output)];
  const failed = all.filter(({ failure }) => failure !== undefined);
  if (failed.length === all.length) throw failed[0]!.failure;
  for (const { stats, failure } of failed) {
    onRefused(`${stats.to} cannot be sent to, and is tried again: ${(failure as Error).message}`, stats.to);
  }
  return {
    send: (datagram, onSent) => sendToAll(plain, datagram, onSent),
    sendStream(bare, withRtp) {
      for (const { protocol, output } of carriers) output.send(protocol === 'rtp' ? withRtp() : bare);
    },
    stats: () => all.map(({ stats }) => stats),
    async close() {
      await Promise.all(all.map((output) => output.close()));
    },
  };
}

function sendToAll(outputs: readonly Output[], datagram: Uint8Array, onSent?: () => void): void {
  let left = outputs.length;
  if (left === 0) onSent?.();
  const onEachSent =
    onSent &&
    (() => {
      left--;
      if (left === 0) onSent();
    });
  for (const output of outputs) output.send(datagram, onEachSent);
}
