import { Worker } from 'node:worker_threads';
import { type ErrorMessage, errorFrom } from '../../../codecs/node/threads/thread-error.js';
import type { Destination } from '../../session/destination.js';
import type { EndOfStream, LiveStream } from './live-stream.js';
import type { OutgoingDatagram } from './outgoing.js';
import { NOTHING_SENT, type Pace, type TransmitStats, type Transmitter } from './transmitter.js';

/** What the thread is told when it starts. */
export interface TransmitSetup {
  readonly destinations: readonly Destination[];
  readonly stream?: LiveStream | undefined;
  /** Bytes of IP and UDP headers as the rate counts them. */
  readonly packetOverhead: number;
  readonly iface?: string | undefined;
  readonly ttl?: number | undefined;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Bytes of the token bucket. */
  readonly burst: number;
  /** Float64 numbers: how many departures follow, then time in milliseconds and bytes of each. */
  readonly departures?: SharedArrayBuffer;
}

export type ToTransmitThread =
  | {
      readonly type: 'send';
      readonly bytes: Uint8Array;
      /** Of each datagram in `bytes`, and the programme that carries it. */
      readonly lengths: readonly number[];
      readonly programmes: readonly OutgoingDatagram['programme'][];
    }
  | { readonly type: 'pace'; readonly pace: Pace }
  | { readonly type: 'restart' | 'discard' | 'close' };

export type FromTransmitThread =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: ErrorMessage }
  /** Datagrams to a destination are refused, or are taken again. */
  | { readonly type: 'refused'; readonly message: string; readonly to: string }
  | { readonly type: 'taken'; readonly to: string }
  /** The interface that sends to a destination has gone away, or has come back. */
  | { readonly type: 'interface'; readonly isThere: boolean; readonly to: string }
  /** Memory of a batch that has left. */
  | { readonly type: 'free'; readonly memory: ArrayBuffer }
  | {
      readonly type: 'progress';
      /** Batches that had arrived. */
      readonly received: number;
      /** Bytes that waited then. */
      readonly queued: number;
      readonly stats: TransmitStats;
    }
  | { readonly type: 'end of stream'; readonly end: EndOfStream };

export interface TransmitThreadOptions extends TransmitSetup {
  /** Bytes of IP packets that may wait when more are asked for. */
  readonly queueBytes: number;
  /** Called when the operating system does not take datagrams, with what it says. */
  onRefused(message: string, to: string): void;
  /** Called when it takes them again. */
  onTaken(to: string): void;
  /** Called when the interface that sends to a destination has gone away, and when it is back. */
  onInterface(isThere: boolean, to: string): void;
}

/** Memory for what is short-lived: the thread keeps little, and would let 50 MB of it lie. */
const YOUNG_MEGABYTES = 2;

/**
 * A transmitter in a thread of its own, so that work in this one does not disturb the pace.
 *
 * @throws what opening the socket throws
 */
export async function startTransmitThread(options: TransmitThreadOptions): Promise<Transmitter> {
  const { queueBytes: firstQueueBytes, onRefused, onTaken, onInterface, ...setup } = options;
  let queueBytes = firstQueueBytes;
  const { packetOverhead } = options;
  const worker = new Worker(new URL('transmit-worker.js', import.meta.url), {
    workerData: setup satisfies TransmitSetup,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  let stats = NOTHING_SENT;
  let endOfStream: EndOfStream | undefined;
  let failure: { readonly reason: unknown } | undefined;
  /** Memory of batches that have left: it is used again, since the garbage collector is in no hurry with it. */
  const spare: ArrayBuffer[] = [];
  /** Bytes of batches on their way to the thread. */
  const underway: number[] = [];
  let received = 0;
  let queuedThere = 0;
  let waiting: { whenBelow(): number; resolve(): void; reject(reason: unknown): void }[] = [];

  const queued = () => underway.reduce((sum, bytes) => sum + bytes, queuedThere);
  const release = () => {
    const now = queued();
    const ready = waiting.filter(({ whenBelow }) => now <= whenBelow());
    waiting = waiting.filter(({ whenBelow }) => now > whenBelow());
    for (const { resolve } of ready) resolve();
  };
  const fail = (reason: unknown) => {
    failure ??= { reason };
    for (const { reject } of waiting.splice(0)) reject(failure.reason);
  };
  const below = (whenBelow: () => number) =>
    new Promise<void>((resolve, reject) => {
      if (failure !== undefined) return reject(failure.reason);
      if (queued() <= whenBelow()) return resolve();
      waiting.push({ whenBelow, resolve, reject });
    });
  const post = (message: ToTransmitThread, transfer: ArrayBuffer[] = []) =>
    worker.postMessage(message, transfer);

  const ended = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromTransmitThread) => {
      if (message.type === 'ready') resolve();
      else if (message.type === 'failed') reject(errorFrom(message.error));
      else if (message.type === 'refused') onRefused(message.message, message.to);
      else if (message.type === 'taken') onTaken(message.to);
      else if (message.type === 'interface') onInterface(message.isThere, message.to);
      else if (message.type === 'free') spare.push(message.memory);
      else if (message.type === 'end of stream') endOfStream = message.end;
      else {
        underway.splice(0, message.received - received);
        received = message.received;
        queuedThere = message.queued;
        stats = message.stats;
        release();
      }
    });
    worker.on('error', (error) => {
      reject(error);
      fail(error);
    });
  });
  worker.on('exit', () => fail(new Error('The sending thread has ended.')));

  return {
    send(datagrams) {
      const lengths = datagrams.map(({ datagram }) => datagram.length);
      const length = lengths.reduce((sum, each) => sum + each, 0);
      const at = spare.findIndex(({ byteLength }) => byteLength >= length);
      const memory = at < 0 ? new ArrayBuffer(length) : spare.splice(at, 1)[0]!;
      // What is too small is of no use later either.
      if (at < 0) spare.length = 0;
      const bytes = new Uint8Array(memory);
      let offset = 0;
      for (const { datagram } of datagrams) {
        bytes.set(datagram, offset);
        offset += datagram.length;
      }
      underway.push(length + datagrams.length * packetOverhead);
      const programmes = datagrams.map(({ programme }) => programme);
      post({ type: 'send', bytes, lengths, programmes }, [memory]);
      return below(() => queueBytes);
    },
    get queued() {
      return queued();
    },
    setPace(pace) {
      queueBytes = pace.queueBytes;
      post({ type: 'pace', pace });
      release();
    },
    restart: () => post({ type: 'restart' }),
    drain: () => below(() => 0),
    discard: () => post({ type: 'discard' }),
    stats: () => stats,
    endOfStream: () => endOfStream,
    async close() {
      post({ type: 'close' });
      await ended;
    },
  };
}
