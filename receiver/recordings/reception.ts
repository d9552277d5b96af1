import { join } from 'node:path';
import { shorten } from '../../codecs/node/terminal/width.js';
import { printable } from '../../codecs/text.js';
import type { CloseStack } from '../close-stack.js';
import { createDelivery, type Delivery } from '../delivery/delivery.js';
import type { Receiver } from '../engine/interface.js';
import { DEFAULT_LIMITS } from '../engine/ports/limits.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createReceiver } from '../engine/receiver.js';
import { watchFailure } from '../failure.js';
import { createFileSinks } from '../files/file-sink.js';
import { type OutputDirectory, openOutputDirectory } from '../files/output-directory.js';
import type { Staging } from '../files/staging.js';
import type { StandingOutput } from '../files/standing-output.js';
import { describeUntrusted } from '../files/trust-mark.js';
import { objectBytes } from '../options.js';
import type { Progress } from '../progress.js';
import { trustedPublishers } from '../state/namesakes.js';
import type { ReceiverState } from '../state/state.js';
import { createFileStore } from '../stores/directory/temporary-files.js';
import { createDecodeFrame } from '../threads/decode-frames.js';
import { createPoolProcessor } from '../threads/pool-processor.js';
import { createWorkerPool } from '../threads/tasks.js';
import { type Collection, collect } from './collection.js';
import type { ReceiveOptions } from './receive-options.js';
import { createReceivedParts, type ReceivedParts } from './received-parts.js';

/** Where this run writes. */
export interface Places {
  readonly staging: Staging;
  /** What is updated in its place; undefined: a new directory. */
  readonly standing: StandingOutput | undefined;
}

/** Bytes that the store may take. */
export function storeBytes({ maxStore, maxSize }: ReceiveOptions): number {
  return maxStore ?? Math.max(DEFAULT_LIMITS.maxStoredBytes, 2 * objectBytes(maxSize));
}

/** A receiver, and what hears it. */
export interface Reception {
  readonly receiver: Receiver;
  readonly delivery: Delivery;
  readonly output: OutputDirectory;
  readonly collection: Collection;
  readonly parts: ReceivedParts;
  /** @throws what has failed */
  check(): void;
}

/** A receiver whose editions are written part by part, in the staging directory or where they stand. */
export async function openReception(
  { staging: { work }, standing }: Places,
  state: ReceiverState | undefined,
  options: ReceiveOptions,
  closing: CloseStack,
): Promise<Reception> {
  const { crypto, schemes: fecSchemes, trust, verify, allowUnsigned, maxSize, whole, jobs } = options;
  const trusted = trustedPublishers(trust, state?.memory.seen?.successions ?? []);
  const isTrusted = (publisher: string) => trusted.has(publisher);
  const output = await openOutputDirectory(standing?.directory ?? join(work, 'bundles'), {
    whole,
    maxSize,
    ...(standing && { ...standing, isTrusted, onDamage: options.onProblem }),
  });
  closing.add(output.close);
  for (const bundle of output.untrusted) options.onProblem(describeUntrusted(bundle, options.out));
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
    editions: output.known().filter(({ edition }) => isTrusted(edition.publisher)),
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

/** Columns of a terminal that a name takes at most. */
const NAME_COLUMNS = 24;

function showProgress(receiver: Receiver, progress: Progress): void {
  receiver.on('progress', ({ object, received }) => {
    const name = shorten(printable(object.edition?.name ?? object.contentLocation), NAME_COLUMNS);
    progress.show(`${name} ${Math.floor((100 * received) / Math.max(1, object.sourceSymbols))} %`);
  });
}
