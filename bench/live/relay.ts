import { formatSocketAddress, type SocketAddress } from '../../codecs/net/index.js';
import { openSocket } from '../../encoder/send/transmit/socket.js';
import { openListeningSocket, type SocketOptions } from '../../receiver/live/index.js';
import {
  type ChannelSpec,
  createPrng,
  emptyLossStatistics,
  type LossModel,
  type LossStatistics,
  prepareLossModel,
} from '../channel/index.js';

export interface RelayOptions {
  readonly from: SocketOptions;
  /** Each loses datagrams of its own. */
  readonly to: readonly SocketAddress[];
  readonly channel: ChannelSpec;
  /** What each destination loses follows from it. */
  readonly seed: number;
  /** Called when a datagram arrives: Unix time in milliseconds with its fraction, and bytes of the UDP payload. */
  onArrival?(time: number, bytes: number): void;
  /** Called when the operating system reports an error; the relay goes on. */
  onError(error: Error): void;
}

/** What a destination was sent, and what it lost. */
export interface RelayTally extends LossStatistics {
  readonly to: string;
}

export interface Relay {
  /** Where datagrams are taken from. */
  readonly listensAt: SocketAddress;
  tally(): RelayTally[];
  close(): Promise<void>;
}

/**
 * Passes datagrams on and loses some of them, as a channel does. The time of the channel begins with the first datagram.
 *
 * @throws ChannelError or TraceError when the channel cannot be, ReceiveError when there is nothing to listen to
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { from, to, channel, seed, onArrival, onError } = options;
  const prepared = prepareLossModel(channel);
  const prng = createPrng(seed);
  const paths = await Promise.all(
    to.map((destination, index) =>
      openPath(destination, prepared(prng.fork(`destination ${index}`)), onError),
    ),
  );
  let began: number | undefined;
  const socket = await openListeningSocket(
    from,
    (datagram) => {
      const now = performance.now();
      began ??= now;
      onArrival?.(performance.timeOrigin + now, datagram.length);
      const seconds = (now - began) / 1000;
      for (const path of paths) path.pass(datagram, seconds);
    },
    onError,
  );
  return {
    listensAt: socket.listensAt,
    tally: () => paths.map(({ statistics, to: address }) => ({ to: address, ...statistics })),
    async close() {
      await socket.close();
      for (const path of paths) await path.close();
    },
  };
}

async function openPath(destination: SocketAddress, isLost: LossModel, onError: (error: Error) => void) {
  const socket = await openSocket({ destination, onError });
  const statistics = emptyLossStatistics();
  let burst = 0;
  return {
    to: formatSocketAddress(destination),
    statistics,
    pass(datagram: Uint8Array, seconds: number) {
      statistics.sent++;
      if (!isLost({ seconds, length: datagram.length })) {
        burst = 0;
        socket.send(datagram);
        return;
      }
      statistics.lost++;
      burst++;
      if (burst === 1) statistics.bursts++;
      statistics.longestBurst = Math.max(statistics.longestBurst, burst);
    },
    close: socket.close,
  };
}
