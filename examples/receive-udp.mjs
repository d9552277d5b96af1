// Receives from the network until an edition is complete, and writes its files to a directory:
//   node receive-udp.mjs 239.255.0.1:4001 RWQ... news
// Killed and started again, it goes on where it was: what was received waits in the directory "store".
import { listenUdp, openReceiver, writeFiles } from 'datacast/node';
import { openDirectoryStore } from 'datacast/stores/directory';

const [address, key, directory] = process.argv.slice(2);
const store = await openDirectoryStore('store', { maxBytes: 2 ** 30 });
const receiver = await openReceiver({ trust: key, store });

receiver.on('announced', ({ edition }) => console.log(`announced: ${edition?.name}`));
receiver.on('rejected', ({ reason, detail }) => console.error(`${reason}: ${detail}`));
/** @type {Promise<import('datacast').ReceiverEvents['verified']>} */
const verified = new Promise((resolve, reject) => {
  receiver.on('verified', resolve);
  receiver.on('failed', ({ error }) => reject(error)); // the disk, for instance: the store stays for the next run
});

console.log(`${await receiver.restore()} datagrams of earlier runs`);
const udp = await listenUdp(address, (datagram) => receiver.push(datagram));

const { object, content } = await verified;
const { files } = await writeFiles(content, directory);
await content.release(); // only now the datagrams leave the store
console.log(`${object.edition.name}, edition ${object.edition.sequence}: ${files} files`);
await udp.close();
await receiver.close();
await store.close();
