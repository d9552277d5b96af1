import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LoopCounts } from './loop.js';
import { now } from './now.js';
import { createSharedInput } from './shared-input.js';
import { moduleOf } from './targets/index.js';

export interface FuzzSetup {
  readonly target: string;
  /** That has the target. */
  readonly module: string;
  readonly seed: number;
  readonly runs: number;
  /** When it ends: milliseconds of `now`. */
  readonly until: number;
  readonly memory: SharedArrayBuffer;
  /** A directory for files of the target. */
  readonly scratch: string;
  /** This input, and no other one. */
  readonly only: Uint8Array | undefined;
}

export type FromFuzzWorker =
  | { readonly type: 'done'; readonly counts: LoopCounts }
  | { readonly type: 'repeated'; readonly isTaken: boolean }
  | { readonly type: 'fault'; readonly message: string; readonly stack: string };

/** Something does not hold for an input. */
export interface Fault {
  /** A sentence, or the message of an error. */
  readonly message: string;
  readonly stack: string;
  readonly input: Uint8Array;
  /** Its place among the inputs that were run, from 1 on. */
  readonly number: number;
}

export type FuzzResult = Exclude<FromFuzzWorker, { type: 'fault' }> | ({ readonly type: 'fault' } & Fault);

export interface RunOptions extends Omit<FuzzSetup, 'module' | 'memory' | 'scratch' | 'only'> {
  readonly only?: Uint8Array;
  /** Milliseconds of processor time that one input may take; 30 s unless given. */
  readonly maxInputMs?: number;
}

const MAX_INPUT_MS = 30_000;
/** An input may wait for so many times as long: the machine may have other work. */
const PATIENCE = 20;
const LOOKED_AFTER_EVERY_MS = 200;
/** Memory that a target may take, beyond what the process had before. */
const MAX_GROWTH = 2 ** 30;
const MAX_HEAP_MB = 768;

const WORKER = new URL('./fuzz-worker.js', import.meta.url);

/** Fuzzes one target in a thread, which is ended when an input takes too much time or memory. */
export async function runTarget({
  maxInputMs = MAX_INPUT_MS,
  only,
  ...options
}: RunOptions): Promise<FuzzResult> {
  const shared = createSharedInput();
  const scratch = makeScratch();
  const setup: FuzzSetup = {
    ...options,
    module: moduleOf(options.target)!,
    only,
    scratch,
    memory: shared.memory,
  };
  const worker = new Worker(WORKER, {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const fault = (message: string, stack = message): FuzzResult => {
    return { type: 'fault', message, stack, input: shared.read(), number: shared.begun() };
  };

  const ended = new Promise<FuzzResult>((resolve, reject) => {
    worker.on('message', (message: FromFuzzWorker) => {
      resolve(message.type === 'fault' ? fault(message.message, message.stack) : message);
    });
    // what nobody waited for has thrown, or the heap is full
    worker.on('error', (error: Error) => {
      if (shared.begun() === 0) reject(error);
      else resolve(fault(error.message, error.stack));
    });
    worker.on('exit', () => reject(new Error(`The thread of ${options.target} has ended without a word.`)));
  });

  const watching = new AbortController();
  try {
    const result = await Promise.race([ended, watch(watching.signal)]);
    if (result.type !== 'fault') await new Promise((resolve) => worker.once('exit', resolve));
    return result;
  } finally {
    watching.abort();
    await worker.terminate();
    rmSync(scratch, { recursive: true, force: true });
  }

  async function watch(signal: AbortSignal): Promise<FuzzResult> {
    const rssBefore = process.memoryUsage.rss();
    let last = 0;
    let since = now();
    let usage = process.cpuUsage();
    for (;;) {
      await setTimeout(LOOKED_AFTER_EVERY_MS, undefined, { signal });
      const begun = shared.begun();
      if (begun !== last) [last, since, usage] = [begun, now(), process.cpuUsage()];
      else if (begun > 0 && (processorMs(usage) > maxInputMs || now() - since > PATIENCE * maxInputMs))
        return fault(`It takes more than ${maxInputMs / 1000} s.`);
      const growth = process.memoryUsage.rss() - rssBefore;
      if (growth > MAX_GROWTH)
        return fault(`It takes more than ${Math.round(growth / 2 ** 20)} MiB of memory.`);
    }
  }
}

function processorMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** In memory, where the system has such a place: files are written and seen onto the disk for each input. */
function makeScratch(): string {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return mkdtempSync(join(parent, 'datacast-fuzz-'));
}
