import { Worker } from 'node:worker_threads';
import { endThread } from '../../../codecs/node/threads/end-thread.js';
import { type ErrorMessage, errorFrom } from '../../../codecs/node/threads/thread-error.js';
import type { CachedIndex, CachedPart, Packer, PackJob, PackListener, SignJob } from './pack.js';

/** The work of one thread. */
export type PackThreadJob =
  | { readonly type: 'pack'; readonly job: PackJob }
  | { readonly type: 'sign'; readonly job: SignJob };

export type FromPackThread =
  | { readonly type: 'cut'; readonly keys: readonly string[]; readonly toPack: number }
  | { readonly type: 'part'; readonly part: CachedPart }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: CachedPart[] | CachedIndex }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** Memory for what is short-lived: the pieces of files that are read are not on this heap. */
const YOUNG_MEGABYTES = 4;

/**
 * Packs and signs in threads of its own, each of which does one job: the memory of packing is free afterwards.
 *
 * @param interrupted ends the thread; the work fails with its reason
 */
export function packInThread(interrupted: AbortSignal): Packer {
  function run<Result>(data: PackThreadJob, listener?: PackListener): Promise<Result> {
    return new Promise((resolve, reject) => {
      interrupted.throwIfAborted();
      const worker = new Worker(new URL('pack-worker.js', import.meta.url), {
        workerData: data,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      });
      const abort = () => {
        reject(interrupted.reason);
        worker.postMessage('stop');
        void endThread(worker, true);
      };
      interrupted.addEventListener('abort', abort);
      worker.on('message', (message: FromPackThread) => {
        if (message.type === 'done') resolve(message.result as Result);
        else if (message.type === 'failed') reject(errorFrom(message.error));
        else if (!interrupted.aborted && listener !== undefined) tell(listener, message);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        interrupted.removeEventListener('abort', abort);
        reject(new Error('The packing thread has ended before its work was done.'));
      });
    });
  }
  return {
    pack: (job, listener) => run({ type: 'pack', job }, listener),
    sign: (job) => run({ type: 'sign', job }),
  };
}

function tell(
  listener: PackListener,
  message: Exclude<FromPackThread, { readonly type: 'done' | 'failed' }>,
): void {
  if (message.type === 'cut') listener.onCut(message.keys, message.toPack);
  else if (message.type === 'part') listener.onPart(message.part);
  else listener.onProgress(message.done, message.total);
}
