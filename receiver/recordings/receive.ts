import type { FecSchemes } from '../../codecs/fec/index.js';
import { formatKeyId, type PublicKey } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { printable } from '../../codecs/text.js';
import { type DecodeFrame, decompressFrame, loadZstd } from '../../codecs/zstd/index.js';
import { DEFAULT_LIMITS } from '../engine/ports/limits.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createReceiver, type Receiver } from '../engine/receiver.js';
import { watchFailure } from '../failure.js';
import { createFileSinks } from '../files/file-sink.js';
import { openStaging, type Staging } from '../files/staging.js';
import { type WriteOptions, type Written, writeContent } from '../files/write-content.js';
import { objectBytes } from '../options.js';
import type { Progress } from '../progress.js';
import { openState, type ReceiverState } from '../state/state.js';
import { createFileStore } from '../stores/directory/temporary-files.js';
import { createPoolProcessor } from '../threads/pool-processor.js';
import { createWorkerPool, type WorkerPool } from '../threads/tasks.js';
import { type Collection, collect } from './collection.js';
import { incompleteObjects, type ReceiveReport } from './receive-report.js';
import { type RecordingReport, readRecording, totalSize } from './recordings.js';

export interface ReceiveOptions extends WriteOptions {
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: 'lazy' | 'eager';
  readonly allowUnsigned: boolean;
  /** Must not exist, or be an empty directory. */
  readonly out: string;
  readonly progress: Progress;
  /** Threads to work with; with 1 everything is done in this one. */
  readonly jobs: number;
  /** Directory that keeps what is incomplete, and where earlier runs left theirs; undefined: nothing is kept. */
  readonly state?: string | undefined;
  /** Bytes that may be kept in it, as many as for two objects unless given. */
  readonly maxStore?: number | undefined;
}

/**
 * Reads recordings and writes what is complete and verified in them. Meanwhile a staging directory stands beside the output.
 *
 * @throws ReceiveError when an input is none or the output is in use; errors of the operating system
 */
export async function receive(paths: readonly string[], options: ReceiveOptions): Promise<ReceiveReport> {
  const size = await totalSize(paths);
  const state = options.state === undefined ? undefined : await openState(options.state, storeBytes(options));
  const staging = await openStaging(options.out).catch(async (error) => {
    await state?.close();
    throw error;
  });
  const pool = options.jobs > 1 ? createWorkerPool(options.jobs) : undefined;
  const receiver = openReceiver(staging, pool, state, options);
  const collection = collect(receiver);
  const failure = watchFailure(receiver);
  let isWritten = false;
  // Ends work that is going on; the reading notices it next.
  const stop = () => void receiver.close();
  options.interrupted.addEventListener('abort', stop);
  try {
    showProgress(receiver, options.progress);
    await receiver.restore();
    const recordings = await readAll(paths, size, { receiver, failure }, options);
    // what these threads take is needed for the content
    await pool?.close();
    const { bundles, unsigned, refusals } = await writeAll(collection, staging, options);
    await state?.memory.settled();
    if (bundles.length + unsigned.length > 0) await staging.commit();
    isWritten = true;
    return {
      out: options.out,
      bundles,
      unsigned,
      recordings,
      incomplete: incompleteObjects(receiver.objects()),
      sessions: collection.sessions,
      trusted: options.trust.map(({ keyId }) => formatKeyId(keyId)),
      untrusted: [...collection.untrusted],
      refusedSessions: [...collection.refusedSessions],
      refusals: [...collection.refusals, ...refusals],
      counters: receiver.counters,
    };
  } finally {
    options.interrupted.removeEventListener('abort', stop);
    // what could not be written stays in the state
    if (isWritten || state === undefined) await collection.release();
    await receiver.close();
    await pool?.close();
    await state?.close();
    await staging.remove();
  }
}

/** Bytes that the store may take. */
function storeBytes({ maxStore, maxSize }: ReceiveOptions): number {
  return maxStore ?? Math.max(DEFAULT_LIMITS.maxStoredBytes, 2 * objectBytes(maxSize));
}

function openReceiver(
  staging: Staging,
  pool: WorkerPool | undefined,
  state: ReceiverState | undefined,
  options: ReceiveOptions,
): Receiver {
  const { crypto, schemes: fecSchemes, trust, verify, allowUnsigned, maxSize } = options;
  const store = state?.store ?? createFileStore(staging.work);
  const sinks = createFileSinks(staging.work);
  const local = createLocalProcessor({ crypto, schemes: fecSchemes, store });
  const receiver = createReceiver({
    crypto,
    fecSchemes,
    trust,
    verify,
    allowUnsigned,
    store,
    createSink: sinks.create,
    limits: { maxObjectBytes: objectBytes(maxSize), maxStoredBytes: storeBytes(options) },
    ...(state?.memory.seen && { seen: state.memory.seen }),
    processor: pool === undefined ? local : createPoolProcessor(pool, local, store, sinks),
    // a recording can be read again
    checkDelay: Number.POSITIVE_INFINITY,
  });
  if (state !== undefined) receiver.on('seen', state.memory.save);
  return receiver;
}

function showProgress(receiver: Receiver, progress: Progress): void {
  receiver.on('progress', ({ object, received }) => {
    const name = printable(object.edition?.name ?? object.contentLocation).slice(0, 40);
    progress.show(`${name} ${Math.floor((100 * received) / Math.max(1, object.sourceSymbols))} %`);
  });
}

/** Compressed bytes; what is smaller is decompressed before another thread has taken it up. */
const SMALL_FRAME = 1 << 18;

/** One more thread decompresses what this one unpacks. */
async function writeAll(collection: Collection, staging: Staging, options: ReceiveOptions): Promise<Written> {
  if (options.jobs === 1) return writeContent(collection, staging, options);
  const pool = createWorkerPool(1);
  const library = await loadZstd();
  const decodeFrame: DecodeFrame = async (frame, capacity) =>
    frame.length < SMALL_FRAME
      ? { content: decompressFrame(library, frame, capacity), memory: frame.buffer }
      : pool.run('decompress', { frame, capacity }, [frame.buffer]);
  try {
    return await writeContent(collection, staging, { ...options, decodeFrame });
  } finally {
    await pool.close();
  }
}

/**
 * Reads all recordings, and once more when an object is incomplete only because forgeries were found late: genuine
 * datagrams may have been left out as surplus before.
 */
async function readAll(
  paths: readonly string[],
  size: number,
  { receiver, failure }: { readonly receiver: Receiver; readonly failure: ReturnType<typeof watchFailure> },
  { progress, interrupted }: ReceiveOptions,
): Promise<RecordingReport[]> {
  const formatDestination = createDestinationFormat();
  const read = async (stage: string) => {
    const reports: RecordingReport[] = [];
    progress.start(stage, size);
    for (const path of paths) {
      const report = await readRecording(path, async (datagrams, bytes) => {
        for (const { payload, destination, destinationPort } of datagrams) {
          receiver.push(payload, { destination: formatDestination(destination, destinationPort) });
        }
        await receiver.taken();
        failure.check();
        interrupted.throwIfAborted();
        progress.read(bytes);
      });
      reports.push(report);
    }
    await receiver.idle();
    failure.check();
    interrupted.throwIfAborted();
    return reports;
  };
  const reports = await read('Reading');
  const { counters } = receiver;
  const isIncomplete = receiver
    .objects()
    .some(({ object, state }) => state === 'receiving' && object.edition);
  if (isIncomplete && counters.forged > 0 && counters.surplus + counters['too-many'] > 0) {
    await read('Reading again');
  }
  progress.end();
  return reports;
}

/** Remembers the last text: one datagram after the other goes to the same destination. */
function createDestinationFormat(): (address: string, port: number) => string {
  let last: { address: string; port: number; text: string } | undefined;
  return (address, port) => {
    if (last?.address !== address || last.port !== port) {
      last = { address, port, text: formatSocketAddress({ address, port }) };
    }
    return last.text;
  };
}
