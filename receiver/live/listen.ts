import { statSync } from 'node:fs';
import type { Crypto } from '../../codecs/crypto/index.js';
import { warnOfDate } from '../../codecs/edition/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { printable } from '../../codecs/text.js';
import { createCloseStack } from '../close-stack.js';
import { createDelivery, type Delivery } from '../delivery/delivery.js';
import type { Receiver, Verify } from '../engine/interface.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createReceiver } from '../engine/receiver.js';
import type { EditionStatus } from '../engine/room/status.js';
import { ReceiveError } from '../error.js';
import { watchFailure } from '../failure.js';
import { createFileSinks } from '../files/file-sink.js';
import { type OutputDirectory, openOutputDirectory } from '../files/output-directory.js';
import { describeUntrusted } from '../files/trust-mark.js';
import { objectBytes } from '../options.js';
import { namesakes, publishersOf, trustedPublishers } from '../state/namesakes.js';
import { openState, type TellProblem } from '../state/state.js';
import { createDecodeFrame } from '../threads/decode-frames.js';
import { createPoolProcessor } from '../threads/pool-processor.js';
import { createWorkerPool } from '../threads/tasks.js';
import { watchAnnounced } from './announced.js';
import { createDeliveryEvents, editionEvent } from './delivery-events.js';
import { createProgressMeter, editionName } from './edition-progress.js';
import type { EditionProgress, OnListenEvent } from './events.js';
import { createInputWatch } from './input/input-watch.js';
import { kernelDrops } from './input/kernel-drops.js';
import { kernelBufferLimit, type SocketOptions, WANTED_BUFFER } from './input/socket.js';
import { startSocketThread } from './input/socket-thread.js';
import { monotonic } from './monotonic.js';
import { createProblems } from './problems.js';
import { reportRejections } from './rejections.js';

export interface ListenOptions extends SocketOptions {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: Verify;
  /** Directory that holds the newest edition of each bundle. */
  readonly out: string;
  /** Directory for what must outlive the process. */
  readonly state: string;
  /** Bytes of datagrams that are kept. */
  readonly maxStore: number;
  /** An edition appears as a whole or not at all. */
  readonly whole: boolean;
  /** Bytes that the files of a bundle may have together. */
  readonly maxSize: number;
  /** Threads to work with; with 1 everything but the socket is in this one. */
  readonly jobs: number;
  /** End when all editions that were announced are complete. */
  readonly once: boolean;
  readonly onEvent: OnListenEvent;
  /** Called about once a second. */
  readonly onProgress: (progress: readonly EditionProgress[]) => void;
}

const TICK = 1000;
/** Nobody but the publishers can announce one. */
const MAX_BUNDLES = 256;

/**
 * Receives from the network until it is told to stop.
 *
 * @throws ReceiveError when listening cannot begin, or with `once` when an edition cannot be written; what the store throws,
 * as when the disk fails
 */
export async function listen(options: ListenOptions, stop: AbortSignal): Promise<void> {
  const { crypto, schemes: fecSchemes, trust, verify, whole, maxSize, maxStore, onEvent } = options;
  const closing = createCloseStack();
  try {
    const tellProblem = createProblems(onEvent, monotonic);
    const onDamage = (sentence: string) => tellProblem(sentence, sentence);
    const { store, memory, close } = await openState(options.state, maxStore, trust, tellProblem);
    closing.add(close);
    const trusted = trustedPublishers(trust, memory.seen.successions);
    const isTrusted = (publisher: string) => trusted.has(publisher);
    const output = await openOutputDirectory(options.out, { whole, maxSize, isTrusted, onDamage });
    closing.add(output.close);
    const pool = options.jobs > 1 ? createWorkerPool(options.jobs) : undefined;
    closing.add(() => pool?.close());
    const sinks = createFileSinks(options.state);
    closing.add(sinks.close);
    const local = createLocalProcessor({ crypto, schemes: fecSchemes, store });
    const sentences = [
      ...namesakes(trust, memory.publishers, options.state, memory.seen.successions),
      ...namesakes(trust, publishersOf(output.known()), options.out, memory.seen.successions),
      ...output.untrusted.map((bundle) => describeUntrusted(bundle, options.out)),
    ];
    for (const message of sentences) onEvent({ type: 'problem', message: printable(message) });
    // on another disk it would make no room
    const giveWay = isOneFileSystem(options.out, options.state) ? store.giveWay : () => {};
    const told = createDeliveryEvents(onEvent, tellProblem, giveWay);
    const delivery = createDelivery({
      output,
      events: told.events,
      decodeFrame: pool && createDecodeFrame(pool),
      beforeAnnounce: memory.settled,
    });
    const receiver = createReceiver({
      crypto,
      fecSchemes,
      trust,
      verify,
      store,
      createSink: sinks.create,
      limits: {
        maxEditions: MAX_BUNDLES,
        maxObjectBytes: objectBytes(maxSize),
        // what is too large is refused as a whole
        maxUnpackedBytes: Number.POSITIVE_INFINITY,
        maxStoredBytes: maxStore,
      },
      seen: memory.seen,
      editions: output.known().filter(({ edition }) => isTrusted(edition.publisher)),
      isHeld: delivery.isHeld,
      processor: pool === undefined ? local : createPoolProcessor(pool, local, store, sinks),
    });
    closing.add(receiver.close);
    closing.add(delivery.close);
    const failure = watchFailure(receiver);
    receiver.on('seen', memory.save);
    tellOf(receiver, delivery, onEvent, tellProblem);
    reportRejections(receiver, tellProblem);
    const datagrams = await restore(receiver, stop);
    const tellStopped = () => {
      const { datagrams, kept } = receiver.counters;
      onEvent({ type: 'stopped', datagrams, kept, ...told.counts });
    };
    if (stop.aborted) return tellStopped();
    if (datagrams > 0) onEvent({ type: 'resumed', datagrams, bytes: store.usage().bytes });
    const socket = await openInput(receiver, options);
    closing.add(socket.close);
    const missing = await follow({ receiver, delivery, output, failure, socket }, options, stop);
    tellStopped();
    if (missing.length > 0) throw new ReceiveError(`Not complete: ${missing.join('; ')}.`);
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

function tellOf(
  receiver: Receiver,
  delivery: Delivery,
  onEvent: OnListenEvent,
  tellProblem: TellProblem,
): void {
  receiver.on('session', ({ tsi, publisher }) => onEvent({ type: 'session', tsi, publisher }));
  receiver.on('succession', (succession) => onEvent({ type: 'succession', ...succession }));
  receiver.on('edition', (arrival) => {
    onEvent(editionEvent(arrival));
    const { publisher, bundle, sequence } = editionName(arrival.edition);
    const warning = warnOfDate(sequence, Date.now() / 1000);
    if (warning !== undefined) {
      tellProblem(`date ${publisher} ${bundle}`, `The edition of ${bundle} is dated ahead: ${warning}.`);
    }
    delivery.addEdition(arrival);
  });
  receiver.on('part', delivery.addPart);
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

/**
 * Tells how it goes until it is told to stop, or with `once` until everything is there.
 *
 * @returns editions that cannot be complete
 */
async function follow(
  { receiver, delivery, output, failure, socket }: Listening,
  { onEvent, onProgress, once }: ListenOptions,
  stop: AbortSignal,
): Promise<string[]> {
  const { listensAt, input } = socket;
  const watch = createInputWatch(
    onEvent,
    () => ({ ...input, kernelDrops: kernelDrops(listensAt) }),
    monotonic,
  );
  const meter = createProgressMeter(output);
  const announced = once ? watchAnnounced(receiver, monotonic) : undefined;
  while (!stop.aborted) {
    await pause(TICK, stop);
    failure.check();
    watch.check();
    const editions = receiver.editions();
    onProgress(meter.sample(editions, monotonic()));
    if (announced?.isComplete(editions) && delivery.isIdle) return notComplete(editions, output);
  }
  return [];
}

/** Editions that lack what was refused. */
function notComplete(editions: readonly EditionStatus[], output: OutputDirectory): string[] {
  return editions.flatMap(({ edition }) => {
    const state = output.state(edition);
    if (state?.isComplete && state.sequence >= edition.sequence) return [];
    const { bundle, sequence } = editionName(edition);
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

function isOneFileSystem(a: string, b: string): boolean {
  return statSync(a).dev === statSync(b).dev;
}
