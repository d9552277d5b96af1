import type { Clock } from './clock.js';
import type { EndOfStream } from './live-stream.js';
import type { OutgoingDatagram } from './outgoing.js';
import type { DestinationStats } from './output.js';
import type { Pacer } from './pacer.js';
import type { StreamSender, StreamStats } from './stream-sender.js';
import { createWakeUp } from './wake-up.js';

/** What has been sent so far. */
export interface TransmitStats {
  readonly datagrams: number;
  /** Bytes of IP packets. */
  readonly bytes: number;
  /** Datagrams that the operating system did not take. */
  readonly errors: number;
  /** Milliseconds of airtime that were lost because datagrams came, or the thread woke up, too late. */
  readonly lostTime: number;
  /** Milliseconds that the latest datagram of all left after its time, in the last ten to twenty seconds. */
  readonly lateness: number;
  /** What became of them by destination, those of the transport stream included. */
  readonly destinations: readonly DestinationStats[];
  readonly stream?: StreamStats | undefined;
}

export const NOTHING_SENT: TransmitStats = {
  datagrams: 0,
  bytes: 0,
  errors: 0,
  lostTime: 0,
  lateness: 0,
  destinations: [],
};

/** How fast datagrams leave. */
export interface Pace {
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Bytes of the token bucket. */
  readonly burst: number;
  /** Bytes of IP packets that may wait when more are asked for. */
  readonly queueBytes: number;
}

/** Sends datagrams at an even rate. */
export interface Transmitter {
  /** Queues datagrams; fulfilled when there is room for more. */
  send(datagrams: readonly OutgoingDatagram[]): Promise<void>;
  /** Bytes of IP packets that wait, for their packets of a transport stream, too. */
  readonly queued: number;
  /** From now on. */
  setPace(pace: Pace): void;
  /** Time in which there was nothing to send is not made up for. */
  restart(): void;
  /** Fulfilled when nothing waits. */
  drain(): Promise<void>;
  /** Forgets what waits. */
  discard(): void;
  stats(): TransmitStats;
  /** What a later transport stream goes on with; undefined where there is none. To be asked when the transmitter is closed. */
  endOfStream(): EndOfStream | undefined;
  /** Ends sending; what waits is lost. */
  close(): Promise<void>;
}

export interface TransmitterOptions {
  readonly clock: Clock;
  readonly pacer: Pacer;
  /** Bytes of IP and UDP headers. */
  readonly packetOverhead: number;
  /** Bytes of IP packets that may wait when more are asked for. */
  readonly queueBytes: number;
  /** Hands a datagram to the operating system. */
  transmit(datagram: Uint8Array): void;
  /** Takes each datagram when it is transmitted, and runs until the transmitter is closed. */
  readonly stream?: StreamSender | undefined;
  /** Called for what became of datagrams. */
  destinations(): readonly DestinationStats[];
  /** Called after each step: when datagrams have left, and how many bytes of IP packets wait. */
  onStep?(): void;
  /** Called with the time in milliseconds at which a packet of so many bytes leaves. */
  onDeparture?(now: number, bytes: number): void;
  closeSockets(): Promise<void>;
}

const LATENESS_WINDOW = 10_000;

/** The largest value of the present and of the previous window of time. */
function createRecentMaximum(window: number) {
  let number = Number.NEGATIVE_INFINITY;
  let present = 0;
  let previous = 0;
  const turnTo = (now: number) => {
    const next = Math.floor(now / window);
    if (next === number) return;
    previous = next === number + 1 ? present : 0;
    present = 0;
    number = next;
  };
  return {
    add(value: number, now: number) {
      turnTo(now);
      present = Math.max(present, value);
    },
    value(now: number) {
      turnTo(now);
      return Math.max(present, previous);
    },
  };
}

/** A transmitter in this thread. */
export function createTransmitter(options: TransmitterOptions): Transmitter {
  const { clock, pacer, packetOverhead, transmit, stream } = options;
  let { queueBytes } = options;
  let queue: OutgoingDatagram[] = [];
  let head = 0;
  let queued = 0;
  let running = false;
  let closed = false;
  let waiting: { whenBelow(): number; resolve(): void }[] = [];
  let stopped: (() => void) | undefined;
  /** Rings when what is waited for has changed. */
  const wakeUp = createWakeUp();
  const stats = { datagrams: 0, bytes: 0, lostTime: 0 };
  const lateness = createRecentMaximum(LATENESS_WINDOW);

  function take(): OutgoingDatagram {
    const outgoing = queue[head++]!;
    if (head === queue.length) {
      queue = [];
      head = 0;
    }
    queued -= outgoing.datagram.length + packetOverhead;
    return outgoing;
  }

  function release(): void {
    if (waiting.length === 0) return;
    const bytes = waitingBytes();
    const ready = waiting.filter(({ whenBelow }) => bytes <= whenBelow());
    if (ready.length === 0) return;
    waiting = waiting.filter(({ whenBelow }) => bytes > whenBelow());
    for (const { resolve } of ready) resolve();
  }

  function sendOne(now: number): void {
    const outgoing = take();
    const { datagram } = outgoing;
    const bytes = datagram.length + packetOverhead;
    const late = now - pacer.due;
    stats.datagrams++;
    stats.bytes += bytes;
    lateness.add(late, now);
    const before = pacer.due;
    pacer.sent(bytes, now);
    // Rounding may give a little less than nothing.
    stats.lostTime += Math.max(0, pacer.due - before - (8000 * bytes) / pacer.rate);
    stream?.push(outgoing);
    transmit(datagram);
    options.onDeparture?.(now, bytes);
  }

  const canSend = () => queued > 0 && !closed && (stream?.hasRoom ?? true);
  const streamDue = () => stream?.due ?? Number.POSITIVE_INFINITY;
  /** A transport stream goes on without datagrams, and ends with the packets that are made. */
  const isGoing = () => (stream === undefined ? queued > 0 && !closed : !stream.isEnded);
  const waitingBytes = () => queued + (stream?.waiting ?? 0);

  async function run(): Promise<void> {
    running = true;
    while (isGoing()) {
      await clock.until(
        Math.min(canSend() ? pacer.due : Number.POSITIVE_INFINITY, streamDue()),
        wakeUp.signal,
      );
      wakeUp.reset();
      const now = clock.now();
      while (canSend() && pacer.due <= now) sendOne(now);
      stream?.sendDue(now);
      release();
      options.onStep?.();
    }
    running = false;
    stopped?.();
  }

  const belowOrClosed = (whenBelow: () => number) =>
    waitingBytes() <= whenBelow() || closed
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ whenBelow, resolve }));

  if (stream !== undefined) void run();

  return {
    send(datagrams) {
      const wasEmpty = queued === 0;
      for (const outgoing of datagrams) {
        queue.push(outgoing);
        queued += outgoing.datagram.length + packetOverhead;
      }
      if (!running && queued > 0) void run();
      // its stream alone was waited for
      else if (wasEmpty) wakeUp.trigger();
      return belowOrClosed(() => queueBytes);
    },
    get queued() {
      return waitingBytes();
    },
    setPace(pace) {
      pacer.setRate(pace.rate, pace.burst, clock.now());
      queueBytes = pace.queueBytes;
      release();
      wakeUp.trigger();
    },
    restart: () => pacer.restart(clock.now()),
    drain: () => belowOrClosed(() => 0),
    discard() {
      queue = [];
      head = 0;
      queued = 0;
      release();
      options.onStep?.();
    },
    stats() {
      const destinations = options.destinations();
      const errors = destinations.reduce((sum, each) => sum + each.errors, 0);
      const streamStats = stream && { ...stream.stats };
      return { ...stats, errors, lateness: lateness.value(clock.now()), destinations, stream: streamStats };
    },
    endOfStream() {
      if (stream === undefined) return undefined;
      const { messages, continuity } = stream.state;
      return { messages, continuity };
    },
    async close() {
      closed = true;
      stream?.end();
      wakeUp.trigger();
      if (running) await new Promise<void>((resolve) => (stopped = resolve));
      queued = 0;
      release();
      await options.closeSockets();
    },
  };
}
