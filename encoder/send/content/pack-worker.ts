/** The thread that packs one bundle while others are on the air. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { messageOf } from '../../../codecs/node/threads/thread-error.js';
import { type PackJob, packHere } from './pack.js';
import type { FromPackThread } from './pack-thread.js';

const port = parentPort!;
const post = (message: FromPackThread) => port.postMessage(message);
/** Milliseconds between two messages about progress. */
const REPORT_INTERVAL = 200;
let lastReport = 0;
const interruption = new AbortController();
port.on('message', () => interruption.abort(new Error('The packing was interrupted.')));

function report(done: number, total: number): void {
  if (Date.now() - lastReport < REPORT_INTERVAL) return;
  lastReport = Date.now();
  post({ type: 'progress', done, total });
}

await packHere(workerData as PackJob, report, interruption.signal).then(
  (object) => post({ type: 'packed', object }),
  (error: unknown) => post({ type: 'failed', error: messageOf(error) }),
);
await compilersSettle();
port.close();
