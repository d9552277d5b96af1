/** A thread that runs one target: it may hang, and it may be out of memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilersSettle } from '../../codecs/node/threads/end-thread.js';
import { fuzz } from './loop.js';
import type { FromFuzzWorker, FuzzSetup } from './run.js';
import { createSharedInput } from './shared-input.js';
import type { TargetModule } from './targets/index.js';

const { target: name, module, memory, only, scratch, ...options } = workerData as FuzzSetup;
const shared = createSharedInput(memory);
const say = (message: FromFuzzWorker) => parentPort!.postMessage(message);

const { targets } = (await import(module)) as TargetModule;
const target = await targets.find((each) => each.name === name)!.open(scratch);
try {
  if (only === undefined) {
    say({ type: 'done', counts: await fuzz(target, { ...options, onInput: shared.write }) });
  } else {
    shared.write(only);
    say({ type: 'repeated', isTaken: await target.run(only) });
  }
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say({ type: 'fault', message, stack: stack ?? message });
} finally {
  await target.close?.();
}
await compilersSettle();
