/** The thread that packs one bundle, or signs its index, while others are on the air. */
import { parentPort, workerData } from 'node:worker_threads';
import { limitYoungMemory } from '../../../codecs/node/heap-limits.js';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { messageOf } from '../../../codecs/node/threads/thread-error.js';
import { type PackListener, packHere, packStage } from './pack.js';
import type { FromPackThread, PackThreadJob } from './pack-thread.js';

limitYoungMemory();
const port = parentPort!;
const post = (message: FromPackThread) => port.postMessage(message);
/** Milliseconds between two messages about progress. */
const REPORT_INTERVAL = 200;
let lastReport = 0;
const interruption = new AbortController();
port.on('message', () => interruption.abort(new Error('The packing was interrupted.')));
const { signal } = interruption;

function run(work: PackThreadJob) {
  if (work.type === 'sign') return packHere(signal).sign(work.job);
  const listener: PackListener = {
    onCut: (keys, toPack, leftOut) => post({ type: 'cut', keys, toPack, leftOut }),
    onPart: (part) => post({ type: 'part', part }),
    onProgress(done, total) {
      if (Date.now() - lastReport < REPORT_INTERVAL) return;
      lastReport = Date.now();
      post({ type: 'progress', done, total });
    },
  };
  return packStage(work.stage, work.job, listener, signal);
}

await run(workerData as PackThreadJob).then(
  (result) => post({ type: 'done', result }),
  (error: unknown) => post({ type: 'failed', error: messageOf(error) }),
);
await compilersSettle();
port.close();
