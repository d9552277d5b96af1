import { Worker } from 'node:worker_threads';
import { endThread } from '../../../codecs/node/threads/end-thread.js';
import { type ErrorMessage, errorFrom } from '../../../codecs/node/threads/thread-error.js';
import type { Pack, PackedObject } from './pack.js';

export type FromPackThread =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'packed'; readonly object: PackedObject }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/**
 * Packs in a thread of its own.
 *
 * @param interrupted ends the thread; the work fails with its reason
 */
export function packInThread(interrupted: AbortSignal): Pack {
  return (job, onProgress) =>
    new Promise((resolve, reject) => {
      interrupted.throwIfAborted();
      const worker = new Worker(new URL('pack-worker.js', import.meta.url), { workerData: job });
      const abort = () => {
        reject(interrupted.reason);
        worker.postMessage('stop');
        void endThread(worker, true);
      };
      interrupted.addEventListener('abort', abort);
      worker.on('message', (message: FromPackThread) => {
        if (message.type === 'progress') onProgress(message.done, message.total);
        else if (message.type === 'packed') resolve(message.object);
        else reject(errorFrom(message.error));
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        interrupted.removeEventListener('abort', abort);
        reject(new Error('The packing thread has ended before its work was done.'));
      });
    });
}
