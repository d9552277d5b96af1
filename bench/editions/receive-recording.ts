/** What `receive-process.ts` runs. */

import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { recordingFile } from '../../codecs/node/recordings/recording-input.js';
import { loadTrust } from '../../codecs/node/trust.js';
import { createReceiver } from '../../receiver/engine/receiver.js';
import { createFileSinks } from '../../receiver/files/file-sink.js';
import { openOutputDirectory } from '../../receiver/files/output-directory.js';
import { readRecording } from '../../receiver/recordings/recordings.js';
import { createFileStore } from '../../receiver/stores/directory/temporary-files.js';

const [recording, key, out, temporary] = process.argv.slice(2) as [string, string, string, string];
const output = await openOutputDirectory(out, { whole: false, maxSize: 2 ** 40 });
const receiver = createReceiver({
  crypto: nodeCrypto,
  fecSchemes: await loadFecSchemes(),
  trust: await loadTrust([key]),
  store: createFileStore(temporary),
  createSink: createFileSinks(temporary).create,
  checkDelay: Number.POSITIVE_INFINITY,
});
let writing: Promise<unknown> = Promise.resolve();
receiver.on('edition', ({ edition, index }) => {
  writing = writing.then(() => output.announce({ edition, index }));
});
receiver.on('part', ({ part, editions: [edition], content }) => {
  writing = writing.then(async () => {
    await output.put(edition!, part.sha256, content.read());
    await content.release();
  });
});
await readRecording(recordingFile(recording), async (datagrams) => {
  for (const { payload, destination } of datagrams) receiver.push(payload, { destination });
  await receiver.taken();
  await writing;
});
await receiver.idle();
await writing;
const [bundle] = output.bundles();
await receiver.close();
await output.close();
if (!bundle?.isComplete) {
  throw new Error(`${recording} did not give everything.`);
}
