import { BundleError } from '../../codecs/bundle/index.js';
import { CliError, describeError } from '../../codecs/node/command.js';
import { ZstdError } from '../../codecs/zstd/index.js';
import { isOlder } from '../engine/objects/receptions.js';
import type { OutputDirectory } from '../files/output-directory.js';
import { type UnpackOptions, unpack } from '../files/unpack.js';
import { interruptible } from '../files/write-content.js';
import type { Received } from '../recordings/collection.js';
import { editionName } from './edition-progress.js';
import type { OnListenEvent } from './events.js';

export interface DeliveryOptions extends UnpackOptions {
  readonly output: OutputDirectory;
  readonly onEvent: OnListenEvent;
  /** Awaited before an edition takes its place. */
  beforeCommit(): Promise<void>;
}

/** Writes verified editions, one after the other. */
export interface Delivery {
  add(received: Received): void;
  /** Editions written. */
  readonly written: number;
  /** Nothing waits and nothing is being written. */
  readonly isIdle: boolean;
  /** Ends early; nothing is half written. */
  close(): Promise<void>;
}

/** Milliseconds after which an edition that could not be written, as the disk was full, is tried again. */
const RETRY_INTERVAL = 30_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { output, onEvent, beforeCommit } = options;
  const stop = new AbortController();
  let waiting: Received[] = [];
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let written = 0;

  async function write({ object, content }: Received): Promise<void> {
    const edition = object.edition!;
    if (output.holds(edition) || waiting.some((other) => isOlder(edition, other.object.edition))) return;
    const result = { files: 0, bytes: 0 };
    const path = await output.put(edition, async (directory) => {
      const chunks = interruptible(content.read(), stop.signal);
      const { files, bytes } = await unpack(chunks, directory, options);
      Object.assign(result, { files, bytes });
      stop.signal.throwIfAborted();
      await beforeCommit();
    });
    written++;
    onEvent({ type: 'written', ...editionName(object), path, ...result });
  }

  /** True when the edition is done with, for better or worse. */
  async function attempt(received: Received): Promise<boolean> {
    try {
      await write(received);
      return true;
    } catch (error) {
      if (stop.signal.aborted) return false;
      const { bundle, sequence } = editionName(received.object);
      const isContent = error instanceof ZstdError || error instanceof BundleError;
      const why = isContent ? 'is signed, but not written' : 'cannot be written now and will be tried again';
      onEvent({
        type: 'problem',
        message: `${bundle}, edition ${sequence}, ${why}: ${describeError(error)}`,
      });
      return isContent;
    }
  }

  async function release({ object, content }: Received): Promise<void> {
    try {
      await content.release();
    } catch (error) {
      const { bundle, sequence } = editionName(object);
      const message = `What was received of ${bundle}, edition ${sequence}, could not be removed: ${describeError(error)}`;
      onEvent({ type: 'problem', message });
    }
  }

  /** Tries each once: what cannot be written keeps nothing else waiting. */
  async function work(): Promise<void> {
    const tried = new Set<Received>();
    const nextOne = () => waiting.find((each) => !tried.has(each));
    for (let next = nextOne(); next !== undefined && !stop.signal.aborted; next = nextOne()) {
      const done = next;
      tried.add(done);
      if (!(await attempt(done))) continue;
      waiting = waiting.filter((each) => each !== done);
      await release(done);
    }
    working = undefined;
    if (waiting.length > 0 && !stop.signal.aborted) retry = setTimeout(begin, RETRY_INTERVAL);
  }

  function begin(): void {
    clearTimeout(retry);
    working ??= work();
  }

  return {
    add(received) {
      waiting.push(received);
      begin();
    },
    get written() {
      return written;
    },
    get isIdle() {
      return waiting.length === 0;
    },
    async close() {
      clearTimeout(retry);
      stop.abort(new CliError('Interrupted.'));
      // what waits is not given back: the next run finds it in the store
      await working;
    },
  };
}
