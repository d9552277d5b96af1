import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import type { DecodeFrame } from '../../codecs/zstd/index.js';
import { isUnfinished } from '../engine/objects/reception.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createReceiver, type ObjectStatus, type Receiver } from '../engine/receiver.js';
import { ReceiveError } from '../error.js';
import { watchFailure } from '../failure.js';
import { createFileSinks } from '../files/file-sink.js';
import { type OutputDirectory, openOutputDirectory } from '../files/output-directory.js';
import { objectBytes } from '../options.js';
import { openState } from '../state/state.js';
import { createPoolProcessor } from '../threads/pool-processor.js';
import { createWorkerPool, type WorkerPool } from '../threads/tasks.js';
import { createCloseStack } from './close-stack.js';
import { createDelivery, type Delivery } from './delivery.js';
import { createProgressMeter, editionName } from './edition-progress.js';
import type { EditionProgress, OnListenEvent } from './events.js';
import { createInputWatch } from './input/input-watch.js';
import { kernelDrops } from './input/kernel-drops.js';
import { kernelBufferLimit, type SocketOptions, WANTED_BUFFER } from './input/socket.js';
import { startSocketThread } from './input/socket-thread.js';
import { monotonic } from './monotonic.js';
import { reportRejections } from './rejections.js';

export interface ListenOptions extends SocketOptions {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: 'lazy' | 'eager';
  /** Directory that holds the newest edition of each bundle. */
  readonly out: string;
  /** Directory for what must outlive the process. */
  readonly state: string;
  /** Bytes of datagrams that are kept. */
  readonly maxStore: number;
  /** Bytes that the files of a bundle may have together. */
  readonly maxSize: number;
  /** Threads to work with; with 1 everything but the socket is in this one. */
  readonly jobs: number;
  /** End when all bundles that were announced are written. */
  readonly once: boolean;
  readonly onEvent: OnListenEvent;
  /** Called about once a second. */
  readonly onProgress: (progress: readonly EditionProgress[]) => void;
}

const TICK = 1000;
/** Bundles on the air at a time. Nobody but the publishers can announce one. */
const MAX_BUNDLES = 256;

/**
 * Receives from the network until it is told to stop.
 *
 * @throws ReceiveError when listening cannot begin, or with `once` when an edition cannot be written; what the store throws,
 * as when the disk fails
 */
export async function listen(options: ListenOptions, stop: AbortSignal): Promise<void> {
  const { crypto, schemes: fecSchemes, trust, verify, maxSize, maxStore, onEvent } = options;
  const closing = createCloseStack();
  try {
    const output = await openOutputDirectory(options.out);
    closing.add(output.close);
    const { store, memory, close } = await openState(options.state, maxStore);
    closing.add(close);
    const pool = options.jobs > 1 ? createWorkerPool(options.jobs) : undefined;
    closing.add(() => pool?.close());
    const sinks = createFileSinks(options.state);
    const local = createLocalProcessor({ crypto, schemes: fecSchemes, store });
    const receiver = createReceiver({
      crypto,
      fecSchemes,
      trust,
      verify,
      store,
      createSink: sinks.create,
      limits: { maxObjects: MAX_BUNDLES, maxObjectBytes: objectBytes(maxSize), maxStoredBytes: maxStore },
      ...(memory.seen && { seen: memory.seen }),
      isHeld: output.holds,
      processor: pool === undefined ? local : createPoolProcessor(pool, local, store, sinks),
    });
    closing.add(receiver.close);
    const failure = watchFailure(receiver);
    receiver.on('seen', memory.save);
    const decodeFrame = pool && decodeIn(pool);
    const delivery = createDelivery({
      output,
      crypto,
      maxSize,
      onEvent,
      decodeFrame,
      beforeCommit: memory.settled,
    });
    closing.add(delivery.close);
    tellOf(receiver, delivery, onEvent);
    const datagrams = await restore(receiver, stop);
    if (stop.aborted) return tellStopped(receiver, delivery, onEvent);
    if (datagrams > 0) onEvent({ type: 'resumed', datagrams, bytes: store.usage().bytes });
    const socket = await openInput(receiver, options);
    closing.add(socket.close);
    await follow({ receiver, delivery, output, failure, socket }, options, stop);
  } finally {
    await closing.close();
  }
}

/** Takes up what is stored, or as much of it as there is time for. */
async function restore(receiver: Receiver, stop: AbortSignal): Promise<number> {
  const end = () => void receiver.close();
  stop.addEventListener('abort', end);
  try {
    return await receiver.restore();
  } finally {
    stop.removeEventListener('abort', end);
  }
}

function tellStopped({ counters }: Receiver, delivery: Delivery, onEvent: OnListenEvent): void {
  const { datagrams, kept } = counters;
  onEvent({ type: 'stopped', datagrams, kept, written: delivery.written });
}

/** Other threads decompress what this one unpacks. */
function decodeIn(pool: WorkerPool): DecodeFrame {
  return (frame, capacity) => pool.run('decompress', { frame, capacity }, [frame.buffer]);
}

function tellOf(receiver: Receiver, delivery: Delivery, onEvent: OnListenEvent): void {
  receiver.on('session', ({ tsi, publisher }) => onEvent({ type: 'session', tsi, publisher }));
  receiver.on('announced', (object) => {
    const { transferLength: bytes, sourceSymbols: needed } = object;
    onEvent({ type: 'announced', ...editionName(object), bytes, needed });
  });
  receiver.on('verified', (received) => {
    onEvent({ type: 'verified', ...editionName(received.object) });
    delivery.add(received);
  });
  reportRejections(receiver, onEvent, monotonic);
}

/** A socket whose datagrams go to the receiver, and what is known of its input. */
async function openInput(receiver: Receiver, { listenAt, iface, source, onEvent }: ListenOptions) {
  const destination = formatSocketAddress(listenAt);
  const input = { datagrams: 0, leftOut: 0 };
  const socket = await startSocketThread(
    { listenAt, iface, source },
    {
      take(datagram) {
        input.datagrams++;
        receiver.push(datagram, { destination });
      },
      onLeftOut(datagrams) {
        input.leftOut += datagrams;
      },
      onError: ({ message }) => onEvent({ type: 'problem', message }),
    },
  );
  const { listensAt, bufferBytes } = socket;
  onEvent({ type: 'listening', at: formatSocketAddress(listensAt), source, bufferBytes });
  if (bufferBytes < WANTED_BUFFER) onEvent({ type: 'problem', message: smallBuffer(bufferBytes) });
  return { ...socket, input };
}

interface Listening {
  readonly receiver: Receiver;
  readonly delivery: Delivery;
  readonly output: OutputDirectory;
  readonly failure: ReturnType<typeof watchFailure>;
  readonly socket: Awaited<ReturnType<typeof openInput>>;
}

/** Tells how it goes until it is told to stop, or with `once` until everything is there. */
async function follow(
  { receiver, delivery, output, failure, socket }: Listening,
  { onEvent, onProgress, once }: ListenOptions,
  stop: AbortSignal,
): Promise<void> {
  const { listensAt, input } = socket;
  const watch = createInputWatch(
    onEvent,
    () => ({ ...input, kernelDrops: kernelDrops(listensAt) }),
    monotonic,
  );
  const meter = createProgressMeter();
  let missing: readonly string[] = [];
  while (!stop.aborted) {
    await pause(TICK, stop);
    failure.check();
    watch.check();
    const objects = receiver.objects();
    onProgress(meter.sample(objects, monotonic()));
    const isComplete = objects.length > 0 && !objects.some(isUnfinished);
    if (once && isComplete && delivery.isIdle) {
      missing = notWritten(objects, output);
      break;
    }
  }
  tellStopped(receiver, delivery, onEvent);
  if (missing.length > 0) throw new ReceiveError(`Not written: ${missing.join('; ')}.`);
}

/** Editions that are of no use, without those that a newer one has replaced. */
function notWritten(objects: readonly ObjectStatus[], output: OutputDirectory): string[] {
  return objects.flatMap(({ object }) => {
    if (object.edition === undefined || output.holds(object.edition)) return [];
    const { bundle, sequence } = editionName(object);
    return [`${bundle}, edition ${sequence}`];
  });
}

function smallBuffer(bytes: number): string {
  const limit = kernelBufferLimit();
  return (
    `The kernel holds ${bytes.toLocaleString('en-US')} bytes for this socket, ${WANTED_BUFFER.toLocaleString('en-US')} would be better: ` +
    'datagrams that come fast may get lost while this machine is busy.' +
    (limit === undefined ? '' : ` As root: sysctl -w net.core.rmem_max=${WANTED_BUFFER}`)
  );
}

/** Fulfilled after some milliseconds, or when it is told to stop. */
function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stop.addEventListener('abort', end);
  });
}
