import type { Clock } from './clock.js';
import { type DatagramSocket, openSocket, type SocketOptions } from './socket.js';

/** What became of datagrams to one destination. */
export interface DestinationStats {
  /** As the operator has named it. */
  readonly to: string;
  readonly datagrams: number;
  /** Datagrams that the operating system did not take. */
  readonly errors: number;
}

/** Where datagrams go; a destination that fails costs its own datagrams alone. */
export interface Output {
  /** @param onSent called when the memory of the datagram is not read any more */
  send(datagram: Uint8Array, onSent?: () => void): void;
  readonly stats: DestinationStats;
  /** Why it cannot be opened; undefined when it is open. */
  readonly failure: unknown;
  close(): Promise<void>;
}

export interface OutputOptions extends Omit<SocketOptions, 'onError'> {
  readonly to: string;
  readonly clock: Clock;
  /** Told what the operating system says, the first time and then at most once a minute. */
  onRefused(message: string): void;
  /** Told when it takes datagrams again. */
  onTaken?(): void;
  /** Opens the socket; `openSocket` unless given. */
  readonly open?: typeof openSocket;
}

/** What is in the way of others: a network interface that takes nothing must not use up the memory. */
const MOST_IN_FLIGHT = 4096;
const TELL_INTERVAL = 60_000;
/** Milliseconds without a refusal after which datagrams are taken again. */
const QUIET = 5000;
/** A network interface may come back. */
const RETRY_INTERVAL = 10_000;

export async function openOutput(options: OutputOptions): Promise<Output> {
  const { to, clock, onRefused, open = openSocket } = options;
  let socket: DatagramSocket | undefined;
  let failure: unknown;
  let datagrams = 0;
  let errors = 0;
  let inFlight = 0;
  let told = Number.NEGATIVE_INFINITY;
  /** The last refusal; undefined: datagrams are taken. */
  let refusedAt: number | undefined;
  let tried = 0;
  let opening: Promise<void> | undefined;
  let isClosed = false;

  function refused({ message }: Error): void {
    errors++;
    refusedAt = clock.now();
    if (clock.now() - told < TELL_INTERVAL) return;
    told = clock.now();
    const before = errors > 1 ? `; ${errors} of them so far` : '';
    onRefused(`The system refuses datagrams to ${to}: ${message}. They are lost${before}.`);
  }

  function sent(): void {
    if (refusedAt === undefined || clock.now() - refusedAt < QUIET) return;
    refusedAt = undefined;
    told = Number.NEGATIVE_INFINITY;
    options.onTaken?.();
  }

  function tryToOpen(): Promise<void> {
    tried = clock.now();
    opening = open({ ...options, onError: refused })
      .then(
        async (opened) => {
          if (isClosed) return opened.close();
          socket = opened;
          failure = undefined;
        },
        (error: unknown) => {
          failure = error;
        },
      )
      .finally(() => {
        opening = undefined;
      });
    return opening;
  }

  await tryToOpen();
  return {
    send(datagram, onSent) {
      datagrams++;
      if (socket === undefined) {
        refused(failure as Error);
        if (opening === undefined && clock.now() - tried >= RETRY_INTERVAL) void tryToOpen();
      } else if (inFlight === MOST_IN_FLIGHT) {
        refused(new Error('the network takes them too slowly'));
      } else {
        inFlight++;
        return socket.send(datagram, () => {
          inFlight--;
          sent();
          onSent?.();
        });
      }
      onSent?.();
    },
    get stats() {
      return { to, datagrams, errors };
    },
    get failure() {
      return failure;
    },
    async close() {
      isClosed = true;
      await opening;
      await socket?.close();
    },
  };
}
