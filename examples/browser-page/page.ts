// Receives from a WebSocket that carries one datagram a message, shows what has arrived, and opens the front when it is there.
// The datagrams wait in IndexedDB: a page that was closed goes on when it is opened again.
import { openIndexedDbStore, openReceiver } from 'datacast';

const key = await (await fetch('publisher.pub')).text();
const store = await openIndexedDbStore('datagrams', { maxBytes: 2 ** 28 });
const files = await caches.open('files');
const parts = await caches.open('parts'); // an entry for each part whose files are kept
const held = new Set((await parts.keys()).map(({ url }) => url.slice(-64)));
const receiver = await openReceiver({ trust: key, store, isHeld: ({ sha256 }) => held.has(sha256) });

function show(): void {
  const all = receiver.editions().flatMap((edition) => edition.parts);
  const lines = all.map(({ part, state }) => `${part.label}: ${state}`);
  document.querySelector('pre')!.textContent = lines.join('\n');
}
async function openFront(): Promise<void> {
  const front = await files.match('/files/index.html');
  if (front !== undefined) document.querySelector('iframe')!.srcdoc = await front.text();
}

receiver.on('progress', show);
receiver.on('edition', async ({ index }) => {
  show();
  const outdated = [...held].filter((sha256) => !index.parts.some((part) => part.sha256 === sha256));
  for (const sha256 of outdated) if (held.delete(sha256)) await parts.delete(`/parts/${sha256}`);
});
receiver.on('part', async ({ part, content }) => {
  for await (const file of content.files())
    await files.put(`/files/${encodeURI(file.path)}`, new Response(new Blob([await file.bytes()])));
  await parts.put(`/parts/${part.sha256}`, new Response());
  held.add(part.sha256);
  await content.release(); // only now the datagrams leave the store
  if (part.class === 'front') await openFront();
  show();
});
receiver.on('failed', ({ error }) => alert(`Nothing is received any more: ${error}`));

await openFront();
await receiver.restore();
const socket = new WebSocket('wss://example.org/datagrams');
socket.binaryType = 'arraybuffer';
socket.onmessage = ({ data }) => receiver.push(new Uint8Array(data));
