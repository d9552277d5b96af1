import { statSync } from 'node:fs';
import type { Crypto } from '../../codecs/crypto/index.js';
import { formatSequence, warnOfDate } from '../../codecs/edition/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
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
import type { InputSource } from './input/input-source.js';
import { createInputWatch } from './input/input-watch.js';
import { type OpenInput, openInput } from './input/open-input.js';
import type { ListenStatus } from './metrics.js';
import { monotonic } from './monotonic.js';
import { createProblems } from './problems.js';
import { reportRejections } from './rejections.js';
import { watchForSession } from './silence/no-session.js';
import { probeSilence } from './silence/silence-probe.js';

export interface ListenOptions {
  readonly input: InputSource;
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
  /** Called before listening begins, which it does not when this fails: how it goes may be asked for until it ends. */
  readonly onReady?: ((status: () => ListenStatus) => Promise<void>) | undefined;
  /** Called about once a second. */
  readonly onProgress: (progress: readonly EditionProgress[]) => void;
}

const TICK = 1000;
const NOTHING = 'The input has ended, and no edition of a publisher whom --trust names was in it.';
/** Nobody but the publishers can announce one. */
const MAX_BUNDLES = 256;

/**
 * Receives until it is told to stop, or until the input ends.
 *
 * @throws ReceiveError when listening cannot begin; with `once`, or at the end of the input, when an edition is not complete;
 * what the store throws, as when the disk fails
 */
export async function listen(options: ListenOptions, stop: AbortSignal): Promise<void> {
  const { crypto, schemes: fecSchemes, trust, verify, whole, maxSize, maxStore } = options;
  let problems = 0;
  const onEvent: OnListenEvent = (event) => {
    if (event.type === 'problem') problems++;
    options.onEvent(event);
  };
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
    const onOneDisk = isOneFileSystem(options.out, options.state) ? store : undefined;
    const told = createDeliveryEvents(onEvent, tellProblem, onOneDisk);
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
    let input: OpenInput | undefined;
    await options.onReady?.(() => {
      const { kernelDrops, leftOut = 0 } = input?.look() ?? {};
      return {
        counters: receiver.counters,
        lost: { kernel: kernelDrops, program: leftOut },
        lastHeard: input?.lastHeard,
        interfaceReturns: input?.interfaceReturns ?? 0,
        problems,
        storedBytes: store.usage().bytes,
        bundles: output.bundles(),
      };
    });
    const datagrams = await restore(receiver, stop);
    const tellStopped = () => {
      const { datagrams, kept } = receiver.counters;
      onEvent({ type: 'stopped', datagrams, kept, ...told.counts });
    };
    if (stop.aborted) return tellStopped();
    if (datagrams > 0) onEvent({ type: 'resumed', datagrams, bytes: store.usage().bytes });
    input = await openInput(options.input, receiver, onEvent);
    closing.add(input.close);
    const listening = { receiver, delivery, output, failure, input, tellProblem };
    const fault = await follow(listening, { ...options, onEvent }, stop);
    tellStopped();
    if (fault !== undefined) throw new ReceiveError(fault);
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

interface Listening {
  readonly receiver: Receiver;
  readonly delivery: Delivery;
  readonly output: OutputDirectory;
  readonly failure: ReturnType<typeof watchFailure>;
  readonly input: OpenInput;
  readonly tellProblem: TellProblem;
}

/**
 * Tells how it goes until it is told to stop, until the input ends, or with `once` until everything is there.
 *
 * @returns why not all is well at the end, a sentence
 */
async function follow(
  { receiver, delivery, output, failure, input, tellProblem }: Listening,
  { input: source, onEvent, onProgress, once }: ListenOptions,
  stop: AbortSignal,
): Promise<string | undefined> {
  const probe = () => probeSilence(source, input.socket);
  const watch = createInputWatch({ onEvent, tellProblem, look: input.look, probe, now: monotonic });
  const sessions = watchForSession(receiver, tellProblem, monotonic);
  const meter = createProgressMeter(output);
  const announced = once ? watchAnnounced(receiver, monotonic) : undefined;
  const look = () => {
    failure.check();
    watch.check();
    sessions.check();
    const editions = receiver.editions();
    onProgress(meter.sample(editions, monotonic()));
    return editions;
  };
  try {
    while (!stop.aborted) {
      await pause(TICK, stop);
      if (input.end !== undefined) {
        await unlessAborted(stop, receiver.idle().then(delivery.tried));
        if (stop.aborted) return undefined;
        const last = look();
        return input.end.problem ?? (last.length === 0 ? NOTHING : notComplete(last, output));
      }
      const editions = look();
      if (announced?.isComplete(editions) && delivery.isIdle) return notComplete(editions, output);
    }
    return undefined;
  } finally {
    watch.close();
  }
}

/** Editions that lack parts, because they did not come or were refused; undefined when there are none. */
function notComplete(editions: readonly EditionStatus[], output: OutputDirectory): string | undefined {
  const names = editions.flatMap(({ edition }) => {
    const state = output.state(edition);
    if (state?.isComplete && state.sequence >= edition.sequence) return [];
    const { bundle, sequence } = editionName(edition);
    return [`${bundle}, edition ${formatSequence(sequence)}`];
  });
  return names.length === 0 ? undefined : `Not complete: ${names.join('; ')}.`;
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

/** Fulfilled with the work, or when it is told to stop. */
function unlessAborted(stop: AbortSignal, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
    work.then(resolve, reject);
  });
}

function isOneFileSystem(a: string, b: string): boolean {
  return statSync(a).dev === statSync(b).dev;
}
