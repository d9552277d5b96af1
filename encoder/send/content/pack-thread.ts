import { Worker } from 'node:worker_threads';
import { endThread } from '../../../codecs/node/threads/end-thread.js';
import { type ErrorMessage, errorFrom } from '../../../codecs/node/threads/thread-error.js';
import type { LeftOut } from '../../content/walk.js';
import type {
  CachedIndex,
  CachedPart,
  KnownPart,
  Packer,
  PackJob,
  PackListener,
  PackStage,
  SignJob,
} from './pack.js';

/** The work of one thread. */
export type PackThreadJob =
  | { readonly type: 'pack'; readonly stage: PackStage; readonly job: PackJob }
  | { readonly type: 'sign'; readonly job: SignJob };

export type FromPackThread =
  | {
      readonly type: 'cut';
      readonly keys: readonly string[];
      readonly toPack: number;
      readonly leftOut: LeftOut;
    }
  | { readonly type: 'part'; readonly part: CachedPart }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: CachedPart[] | undefined | CachedIndex }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** Memory for what is short-lived: the pieces of files that are read are not on this heap. */
const YOUNG_MEGABYTES = 4;

/**
 * Packs and signs in threads of its own, each of which does one job: the memory of packing is free afterwards. What zstd
 * takes for text is the most, and it gives it back when its thread ends: other parts are packed in the next one.
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
      let done: { readonly result: Result } | undefined;
      const abort = () => {
        reject(interrupted.reason);
        worker.postMessage('stop');
        void endThread(worker, true);
      };
      interrupted.addEventListener('abort', abort);
      worker.on('message', (message: FromPackThread) => {
        if (message.type === 'done') done = { result: message.result as Result };
        else if (message.type === 'failed') reject(errorFrom(message.error));
        else if (!interrupted.aborted && listener !== undefined) tell(listener, message);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        interrupted.removeEventListener('abort', abort);
        // not before: its memory is free now
        if (done !== undefined) resolve(done.result);
        else reject(new Error('The packing thread has ended before its work was done.'));
      });
    });
  }
  return {
    async pack(job, listener) {
      const told = new Map<string, KnownPart>();
      let whole = 0;
      const parts = await run<CachedPart[] | undefined>(
        { type: 'pack', stage: 'text', job },
        {
          onCut: listener.onCut,
          onPart(part) {
            told.set(part.key, { sha256: part.sha256, length: part.bytes, isVerified: true });
            listener.onPart(part);
          },
          onProgress(done, total) {
            whole = total;
            listener.onProgress(done, total);
          },
        },
      );
      if (parts !== undefined) return parts;
      return run(
        { type: 'pack', stage: 'all', job: { ...job, known: told } },
        {
          onCut() {},
          onPart: (part) => void (told.has(part.key) || listener.onPart(part)),
          onProgress(done, total) {
            whole = Math.max(whole, total);
            listener.onProgress(whole - total + done, whole);
          },
        },
      );
    },
    sign: (job) => run({ type: 'sign', job }),
  };
}

function tell(
  listener: PackListener,
  message: Exclude<FromPackThread, { readonly type: 'done' | 'failed' }>,
): void {
  if (message.type === 'cut') listener.onCut(message.keys, message.toPack, message.leftOut);
  else if (message.type === 'part') listener.onPart(message.part);
  else listener.onProgress(message.done, message.total);
}
