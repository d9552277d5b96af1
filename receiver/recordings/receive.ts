import { join } from 'node:path';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import { type RecordingInput, recordingInputs } from '../../codecs/node/recordings/recording-input.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import { printable } from '../../codecs/text.js';
import { type CloseStack, createCloseStack } from '../close-stack.js';
import { createDelivery, type Delivery } from '../delivery/delivery.js';
import type { Receiver } from '../engine/interface.js';
import { DEFAULT_LIMITS } from '../engine/ports/limits.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createReceiver } from '../engine/receiver.js';
import { ReceiveError } from '../error.js';
import { watchFailure } from '../failure.js';
import type { PartState } from '../files/bundle-state.js';
import { createFileSinks } from '../files/file-sink.js';
import { type OutputDirectory, openOutputDirectory, type StandingBundle } from '../files/output-directory.js';
import { openStaging, type Staging } from '../files/staging.js';
import { type WriteOptions, type Written, writeContent } from '../files/write-content.js';
import { objectBytes } from '../options.js';
import type { Progress } from '../progress.js';
import { namesakes, noLongerTrusted } from '../state/namesakes.js';
import { openState, type ReceiverState, type TellProblem } from '../state/state.js';
import { createFileStore } from '../stores/directory/temporary-files.js';
import { createDecodeFrame } from '../threads/decode-frames.js';
import { createPoolProcessor } from '../threads/pool-processor.js';
import { createWorkerPool } from '../threads/tasks.js';
import { bundleKey, type Collection, collect, type UnsignedFile } from './collection.js';
import { createDestinationFormat } from './destination-format.js';
import { inOrderOf } from './name-order.js';
import { bundleReport, incompleteObjects, isWritten, type ReceiveReport } from './receive-report.js';
import { createReceivedParts, type ReceivedParts } from './received-parts.js';
import { type RecordingReport, readRecording } from './recordings.js';

export interface ReceiveOptions extends WriteOptions {
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: 'lazy' | 'eager';
  readonly allowUnsigned: boolean;
  /** An edition is written when all of it is there, or not at all. */
  readonly whole: boolean;
  /** Must not exist, or be an empty directory. */
  readonly out: string;
  readonly progress: Progress;
  /** Threads to work with; with 1 everything is done in this one. */
  readonly jobs: number;
  /** Directory that keeps what is incomplete, and where earlier runs left theirs; undefined: nothing is kept. */
  readonly state?: string | undefined;
  /** Bytes that may be kept in it, as many as for two objects unless given. */
  readonly maxStore?: number | undefined;
  /** Told of what needs attention in it: a full disk, damaged records. */
  readonly onProblem: (message: string) => void;
}

/**
 * Reads recordings and writes what is complete and verified in them. Meanwhile a staging directory stands beside the output.
 *
 * @throws ReceiveError when an input is none or the output is in use; errors of the operating system
 */
export async function receive(paths: readonly string[], options: ReceiveOptions): Promise<ReceiveReport> {
  const inputs = await recordingInputs(paths);
  const closing = createCloseStack();
  try {
    const { trust } = options;
    const state =
      options.state === undefined
        ? undefined
        : await openState(options.state, storeBytes(options), trust, onceEach(options.onProblem));
    closing.add(() => state?.close());
    const known = state?.memory.publishers ?? [];
    for (const sentence of noLongerTrusted(trust, known, options.state ?? '', state?.memory.seen.successions))
      options.onProblem(sentence);
    const staging = await openStaging(options.out);
    closing.add(staging.remove);
    const reception = await openReception(staging, state, options, closing);
    const { receiver, delivery, output, collection, parts } = reception;
    await receiver.restore();
    const recordings = await readAll(inputs, reception, options);
    const content = {
      output: { directory: output.directory, bundles: () => inOrderOf(trust, output.bundles()) },
      unsigned: collection.unsigned,
      edition: (bundle: StandingBundle) => parts.edition(collection.editions.get(bundleKey(bundle))!),
    };
    const written = await writeContent(content, staging, options);
    // told, and tried once more at the end
    await state?.memory.settled().catch(() => {});
    const report = {
      ...reportOf(reception, written, recordings, options),
      namesakes: namesakes(trust, known, options.state ?? '', state?.memory.seen.successions),
    };
    if (isWritten(report)) await staging.commit();
    await giveBack(reception, state, report);
    await delivery.close();
    return report;
  } finally {
    await closing.close();
  }
}

/** A disk that is full is so a thousand times. */
function onceEach(onProblem: (message: string) => void): TellProblem {
  const told = new Set<string>();
  return (cause, message) => {
    if (!told.has(cause)) onProblem(message);
    told.add(cause);
  };
}

/** Bytes that the store may take. */
function storeBytes({ maxStore, maxSize }: ReceiveOptions): number {
  return maxStore ?? Math.max(DEFAULT_LIMITS.maxStoredBytes, 2 * objectBytes(maxSize));
}

interface Reception {
  readonly receiver: Receiver;
  readonly delivery: Delivery;
  readonly output: OutputDirectory;
  readonly collection: Collection;
  readonly parts: ReceivedParts;
  /** @throws what has failed */
  check(): void;
}

/** A receiver whose editions are written in the staging directory, part by part. */
async function openReception(
  { work }: Staging,
  state: ReceiverState | undefined,
  options: ReceiveOptions,
  closing: CloseStack,
): Promise<Reception> {
  const { crypto, schemes: fecSchemes, trust, verify, allowUnsigned, maxSize, whole, jobs } = options;
  const output = await openOutputDirectory(join(work, 'bundles'), { whole, maxSize });
  closing.add(output.close);
  const pool = jobs > 1 ? createWorkerPool(jobs) : undefined;
  closing.add(() => pool?.close());
  const store = state?.store ?? createFileStore(work);
  const sinks = createFileSinks(work);
  closing.add(sinks.close);
  const parts = createReceivedParts({
    sinks,
    readAgain: options.keepBundle !== undefined,
    outlived: state !== undefined,
  });
  const delivery = createDelivery({
    output,
    events: parts.events,
    decodeFrame: pool && createDecodeFrame(pool),
    beforeAnnounce: async () => {},
  });
  const local = createLocalProcessor({ crypto, schemes: fecSchemes, store });
  const receiver = createReceiver({
    crypto,
    fecSchemes,
    trust,
    verify,
    allowUnsigned,
    store,
    createSink: sinks.create,
    limits: {
      maxObjectBytes: objectBytes(maxSize),
      // what is too large is refused as a whole
      maxUnpackedBytes: Number.POSITIVE_INFINITY,
      maxStoredBytes: storeBytes(options),
    },
    ...(state?.memory.seen && { seen: state.memory.seen }),
    isHeld: delivery.isHeld,
    processor: pool === undefined ? local : createPoolProcessor(pool, local, store, sinks),
    // a recording can be read again
    checkDelay: Number.POSITIVE_INFINITY,
  });
  closing.add(receiver.close);
  closing.add(delivery.close);
  if (state !== undefined) receiver.on('seen', state.memory.save);
  const collection = collect(receiver);
  receiver.on('edition', delivery.addEdition);
  receiver.on('part', delivery.addPart);
  showProgress(receiver, options.progress);
  // ends work that is going on; the reading notices it next
  const stop = () => void receiver.close();
  options.interrupted.addEventListener('abort', stop);
  closing.add(() => options.interrupted.removeEventListener('abort', stop));
  const failure = watchFailure(receiver);
  const check = () => {
    failure.check();
    parts.check();
    options.interrupted.throwIfAborted();
  };
  return { receiver, delivery, output, collection, parts, check };
}

function reportOf(
  { receiver, collection, parts }: Reception,
  { bundles, unsigned, refusals }: Written<UnsignedFile>,
  recordings: readonly RecordingReport[],
  { out, trust, whole }: ReceiveOptions,
): Omit<ReceiveReport, 'namesakes'> {
  const statuses = new Map(receiver.editions().map((status) => [bundleKey(status.edition), status]));
  return {
    out,
    bundles: bundles.map((bundle) => {
      const key = bundleKey(bundle.state);
      const earlier = (whole ? parts.completed : collection.earlier).get(key);
      return bundleReport(bundle, statuses.get(key), earlier);
    }),
    unsigned: unsigned.map(({ object: { object }, path, bytes }) => ({ object, path, bytes })),
    recordings,
    incomplete: incompleteObjects(receiver.objects()),
    sessions: collection.sessions,
    successions: collection.successions,
    trusted: trust.map(publisherId),
    untrusted: [...collection.untrusted],
    refusedSessions: [...collection.refusedSessions],
    refusals: [...collection.refusals, ...parts.refusals, ...refusals],
    hasRefusedEdition: parts.hasRefusedEdition,
    counters: { ...receiver.counters },
  };
}

/** What is written leaves the state; what an incomplete edition has stays there, for a run that completes it. */
async function giveBack(
  { receiver, collection, parts }: Reception,
  state: ReceiverState | undefined,
  { bundles }: ReceiveReport,
): Promise<void> {
  const complete = new Set(bundles.filter(({ isComplete }) => isComplete).map(bundleKey));
  const editions = [...collection.editions.values()];
  await parts.release(editions.filter(({ edition }) => !complete.has(bundleKey(edition))));
  for (const { content } of collection.unsigned) await content.release();
  const indices = receiver.objects().filter(({ object }) => object.kind === 'index');
  await receiver.close();
  for (const { object } of indices) {
    if (complete.has(bundleKey(object.edition!))) await state?.store.drop(object.id);
  }
}

function showProgress(receiver: Receiver, progress: Progress): void {
  receiver.on('progress', ({ object, received }) => {
    const name = printable(object.edition?.name ?? object.contentLocation).slice(0, 40);
    progress.show(`${name} ${Math.floor((100 * received) / Math.max(1, object.sourceSymbols))} %`);
  });
}

/**
 * Reads all recordings, and once more when genuine datagrams may have been left out: as surplus, before forgeries were found,
 * or as those of a part that another bundle turned out to have as well.
 */
async function readAll(
  inputs: readonly RecordingInput[],
  { receiver, delivery, output, check }: Reception,
  { progress, schemes }: ReceiveOptions,
): Promise<RecordingReport[]> {
  const formatDestination = createDestinationFormat();
  const take = async (datagrams: readonly UdpDatagram[]) => {
    for (const { payload, destination, destinationPort } of datagrams) {
      receiver.push(payload, { destination: formatDestination(destination, destinationPort) });
    }
    await receiver.taken();
    check();
  };
  const read = async (stage: string, from: readonly RecordingInput[]) => {
    const reports: RecordingReport[] = [];
    progress.start(
      stage,
      from.reduce((sum, { size }) => sum + size, 0),
    );
    for (const input of from)
      reports.push(await readRecording(input, take, progress.read, (id) => schemes.has(id)));
    if (reports.every(({ isLeftOut }) => isLeftOut)) {
      throw new ReceiveError(reports.map(({ problem }) => problem).join('\n'));
    }
    await receiver.idle();
    await delivery.tried();
    check();
    return reports;
  };
  const reports = await read('Reading', inputs);
  const { counters } = receiver;
  const isIncomplete = receiver.objects().some(({ object, state }) => state === 'receiving' && object.sha256);
  // what was signed for an object that was not known yet counts as forged
  const isLate = isIncomplete && counters.forged > 0;
  const again = inputs.filter(({ isPipe }, i) => !isPipe && !reports[i]!.isLeftOut);
  if (again.length > 0 && (isLate || isShared(output.bundles()))) await read('Reading again', again);
  progress.end();
  return reports;
}

/** True when a bundle lacks a part that another one has. */
function isShared(bundles: readonly StandingBundle[]): boolean {
  const idOf = ({ publisher }: StandingBundle, { part }: PartState) => `${publisher} ${part.sha256}`;
  const inState = (wanted: PartState['state']) =>
    bundles.flatMap((bundle) =>
      bundle.parts.filter(({ state }) => state === wanted).map((part) => idOf(bundle, part)),
    );
  const there = new Set(inState('there'));
  return inState('missing').some((part) => there.has(part));
}
