import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { endThread } from './end-thread.js';

/** A thread that works for so long when it is told to, and then says so. */
async function threadOf(milliseconds: number): Promise<Worker> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', () => {
      const end = performance.now() + ${milliseconds};
      while (performance.now() < end);
      parentPort.postMessage('done');
    });
    parentPort.postMessage('ready');`;
  const worker = new Worker(code, { eval: true });
  await once(worker, 'message');
  return worker;
}

it('ends an idle thread', async () => {
  const worker = await threadOf(0);
  const exit = once(worker, 'exit');
  await endThread(worker, false);
  await exit;
});

it('lets a thread finish the work it is at', async () => {
  const worker = await threadOf(200);
  const said: string[] = [];
  worker.on('message', (message) => said.push(message));
  worker.postMessage('work');
  await endThread(worker, true);
  expect(said).toEqual(['done']);
});

it('ends a thread whose work does not end', async () => {
  const worker = await threadOf(Number.POSITIVE_INFINITY);
  const exit = once(worker, 'exit');
  worker.postMessage('work');
  await endThread(worker, true);
  await exit;
});
