/** A thread of a pool: does one job after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepare } from './jobs.js';
import { messageOf, type Reply, type Request } from './messages.js';
import type { WorkerSetup } from './pool.js';

const { kind, setup } = workerData as WorkerSetup;
const port = parentPort!;
const ready = prepare(kind, setup as never) as Promise<(input: unknown) => unknown>;
// It is reported with the first job.
ready.catch(() => {});

port.on('message', async ({ input }: Request) => {
  try {
    const output = await (await ready)(input);
    const reply: Reply = { output };
    port.postMessage(reply, output instanceof Uint8Array ? [output.buffer as ArrayBuffer] : []);
  } catch (error) {
    const reply: Reply = { error: messageOf(error) };
    port.postMessage(reply);
  }
});
