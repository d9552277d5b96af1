import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const MODULE = new URL('../../../dist/encoder/send/transmit/thread-priority.js', import.meta.url).href;

/** What a thread of its own tells: whether it has another priority, and the nice value that the kernel shows. */
function inThread(): Promise<{ raised: boolean; nice: number }> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const { readFileSync } = require('node:fs');
    import(${JSON.stringify(MODULE)}).then(({ raisePriority }) => {
      const raised = raisePriority();
      const fields = readFileSync('/proc/thread-self/stat', 'utf8').split(') ').at(-1).split(' ');
      parentPort.postMessage({ raised, nice: Number(fields[16]) });
    });`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

it('raises the priority of its thread and of no other, or says that it may not', async (context) => {
  if (process.platform !== 'linux') return context.skip('Priorities of threads are known of Linux only.');
  const before = getPriority();
  const { raised, nice } = await inThread();
  expect(nice).toBe(raised ? -20 : before);
  expect(getPriority()).toBe(before);
  // root may
  if (/^CapEff:\s*[0-9a-f]*[89a-f][0-9a-f]{5}$/m.test(readFileSync('/proc/self/status', 'utf8')))
    expect(raised).toBe(true);
});
