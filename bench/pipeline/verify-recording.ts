/**
 * From a recording to verified parts, as `datacast-receive` does it on all cores, without unpacking; a process of its
 * own, so that what it takes counts for nothing else. Prints the milliseconds until the last one as JSON.
 *
 * Arguments: the recording, the publisher's public key file, a directory for temporary files.
 */

import { availableParallelism } from 'node:os';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { recordingFile } from '../../codecs/node/recordings/recording-input.js';
import { loadTrust } from '../../codecs/node/trust.js';
import { createLocalProcessor } from '../../receiver/engine/processing/processor.js';
import { createReceiver } from '../../receiver/engine/receiver.js';
import { createFileSinks } from '../../receiver/files/file-sink.js';
import { readRecording } from '../../receiver/recordings/recordings.js';
import { createFileStore } from '../../receiver/stores/directory/temporary-files.js';
import { createPoolProcessor } from '../../receiver/threads/pool-processor.js';
import { createWorkerPool } from '../../receiver/threads/tasks.js';

const [recording, key, directory] = process.argv.slice(2) as [string, string, string];
const schemes = await loadFecSchemes();
const store = createFileStore(directory);
const sinks = createFileSinks(directory);
const trust = await loadTrust([key]);

const begin = performance.now();
const pool = createWorkerPool(availableParallelism());
const receiver = createReceiver({
  crypto: nodeCrypto,
  fecSchemes: schemes,
  trust,
  store,
  createSink: sinks.create,
  processor: createPoolProcessor(
    pool,
    createLocalProcessor({ crypto: nodeCrypto, schemes, store }),
    store,
    sinks,
  ),
  checkDelay: Number.POSITIVE_INFINITY,
});
let milliseconds: number | undefined;
receiver.on('part', async ({ content }) => {
  milliseconds = performance.now() - begin;
  await content.release();
});
await readRecording(recordingFile(recording), async (datagrams) => {
  for (const { payload, destination } of datagrams) receiver.push(payload, { destination });
  await receiver.taken();
});
await receiver.idle();
await receiver.close();
await pool.close();
if (milliseconds === undefined) throw new Error(`${recording} gave no part.`);
process.stdout.write(`${JSON.stringify({ milliseconds })}\n`);
