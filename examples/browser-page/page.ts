// Receives from a WebSocket that carries one datagram a message, and keeps the files in the cache of the page.
// The datagrams wait in IndexedDB: a page that was closed goes on when it is opened again.
import { openIndexedDbStore, openReceiver } from 'datacast';

const key = await (await fetch('publisher.pub')).text();
const store = await openIndexedDbStore('datagrams', { maxBytes: 2 ** 28 });
const receiver = await openReceiver({ trust: key, store });

receiver.on('failed', ({ error }) => {
  document.title = `Nothing is received any more: ${error}`;
});
receiver.on('progress', ({ object, received }) => {
  document.title = `${Math.floor((100 * received) / object.sourceSymbols)} %`;
});
receiver.on('verified', async ({ object, content }) => {
  const cache = await caches.open('content');
  for await (const file of content.files()) {
    const path = `/content/${encodeURI(file.path)}`;
    await cache.put(path, new Response(new Blob([await file.bytes()])));
    document
      .querySelector('ul')
      ?.append(Object.assign(document.createElement('li'), { textContent: file.path }));
  }
  await content.release(); // only now the datagrams leave the store
  document.title = `${object.edition.name} is complete`;
});

await receiver.restore();
const socket = new WebSocket('wss://example.org/datagrams');
socket.binaryType = 'arraybuffer';
socket.onmessage = ({ data }) => receiver.push(new Uint8Array(data));
document.onvisibilitychange = () => void store.sync();
