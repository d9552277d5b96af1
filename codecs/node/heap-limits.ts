import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the memory for short-lived values at some megabytes; V8 would let it grow to 48 MB in each thread, which is more
 * than everything else that a program takes. To be called before the program is loaded, and costs a few percent of time.
 * For programs.
 */
export function limitYoungMemory(): void {
  // New threads never have more; the memory of this one does not grow from what it is.
  setFlagsFromString('--max-semi-space-size=2');
  stopGrowth();
  // V8 sets the factor to 2 whenever a thread begins (Heap::ConfigureHeap).
  process.on('worker', (worker) => worker.once('online', stopGrowth));
}

/**
 * Keeps old memory small too: it is collected when it is a fifth more than what was left the last time, or 8 MB more; V8
 * would let it become twice as much. For programs that run on weak machines.
 */
export function limitOldMemory(): void {
  setFlagsFromString('--heap-growing-percent=20');
}

function stopGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
