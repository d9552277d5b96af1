// Receives from the network: the files of an edition appear part by part, until all of it is there.
//   node receive-udp.mjs 239.255.0.1:4001 RWQ... content
// Killed and started again, it goes on where it was: what was received waits in the directory "store".
import { describeBundleState, listenUdp, openOutputDirectory, openReceiver } from 'datacast/node';
import { openDirectoryStore } from 'datacast/stores/directory';

const [address, key, directory] = process.argv.slice(2);
const store = await openDirectoryStore('store', { maxBytes: 2 ** 30 });
const output = await openOutputDirectory(directory);
const receiver = await openReceiver({ trust: key, store, isHeld: output.isHeld });

/** @type {Promise<void>} */
const complete = new Promise((resolve, reject) => {
  function show() {
    for (const bundle of output.bundles()) {
      console.log(`${bundle.path}, edition ${bundle.sequence}: ${describeBundleState(bundle)}`);
      if (bundle.isComplete) resolve();
    }
  }
  receiver.on('edition', (edition) => output.announce(edition).then(show));
  receiver.on('part', (part) => output.put(part).then(show)); // only now its datagrams leave the store
  receiver.on('rejected', ({ reason, detail }) => console.error(`${reason}: ${detail}`));
  receiver.on('listenerFailed', ({ error }) => reject(error)); // a file cannot be written
  receiver.on('failed', ({ error }) => reject(error)); // the disk, for instance: the store stays for the next run
});

console.log(`${await receiver.restore()} datagrams of earlier runs`);
const udp = await listenUdp(address, (datagram) => receiver.push(datagram));

await complete;
await udp.close();
await receiver.close();
await output.close();
await store.close();
