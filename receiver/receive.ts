import type { FecSchemes } from '../codecs/fec/index.js';
import { formatKeyId, type PublicKey } from '../codecs/minisign/index.js';
import { collect } from './collection.js';
import { createFileSinks } from './file-sink.js';
import { createFileStore } from './file-store.js';
import { createReceiver, DEFAULT_LIMITS, type Receiver } from './index.js';
import type { Progress } from './progress.js';
import { type RecordingReport, readRecording, totalSize } from './recordings.js';
import { incompleteObjects, printable, type ReceiveReport } from './report.js';
import { openStaging, type Staging } from './staging.js';
import { type WriteOptions, writeContent } from './write-content.js';

export interface ReceiveOptions extends WriteOptions {
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: 'lazy' | 'eager';
  readonly allowUnsigned: boolean;
  /** Must not exist, or be an empty directory. */
  readonly out: string;
  readonly progress: Progress;
}

/**
 * Reads recordings and writes what is complete and verified in them. Meanwhile a staging directory stands beside the output.
 *
 * @throws ReceiveError when an input is none or the output is in use; errors of the operating system
 */
export async function receive(paths: readonly string[], options: ReceiveOptions): Promise<ReceiveReport> {
  const size = await totalSize(paths);
  const staging = await openStaging(options.out);
  const receiver = openReceiver(staging, options);
  const collection = collect(receiver);
  // Ends work that is going on; the reading notices it next.
  const stop = () => void receiver.close();
  options.interrupted.addEventListener('abort', stop);
  try {
    showProgress(receiver, options.progress);
    const recordings = await readAll(paths, size, receiver, options);
    const { bundles, unsigned, refusals } = await writeContent(collection, staging, options);
    if (bundles.length + unsigned.length > 0) await staging.commit();
    return {
      out: options.out,
      ...{ bundles, unsigned, recordings },
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
    await receiver.close();
    await collection.release();
    await staging.remove();
  }
}

function openReceiver(staging: Staging, options: ReceiveOptions): Receiver {
  const { crypto, schemes: fecSchemes, trust, verify, allowUnsigned, maxSize } = options;
  // What does not compress is a little longer as an archive.
  const maxObjectBytes = maxSize + Math.ceil(maxSize / 16) + 2 ** 20;
  const maxStoredBytes = Math.max(DEFAULT_LIMITS.maxStoredBytes, 2 * maxObjectBytes);
  return createReceiver({
    ...{ crypto, fecSchemes, trust, verify, allowUnsigned },
    limits: { maxObjectBytes, maxStoredBytes },
    store: createFileStore(staging.work),
    createSink: createFileSinks(staging.work),
  });
}

function showProgress(receiver: Receiver, progress: Progress): void {
  receiver.on('progress', ({ object, received }) => {
    const name = printable(object.edition?.name ?? object.contentLocation).slice(0, 40);
    progress.show(`${name} ${Math.floor((100 * received) / Math.max(1, object.sourceSymbols))} %`);
  });
}

/**
 * Reads all recordings, and once more when an object is incomplete only because forgeries were found late: genuine
 * datagrams may have been left out as surplus before.
 */
async function readAll(
  paths: readonly string[],
  size: number,
  receiver: Receiver,
  { progress, interrupted }: ReceiveOptions,
): Promise<RecordingReport[]> {
  const read = async (stage: string) => {
    const reports: RecordingReport[] = [];
    progress.start(stage, size);
    for (const path of paths) {
      const report = await readRecording(path, async (datagrams, bytes) => {
        for (const { payload, destination, destinationPort } of datagrams) {
          receiver.push(payload, { destination: formatDestination(destination, destinationPort) });
        }
        await receiver.idle();
        interrupted.throwIfAborted();
        progress.read(bytes);
      });
      reports.push(report);
    }
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

function formatDestination(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
