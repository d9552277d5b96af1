// Lists what arrived in a recording, which is a pcap file or a transport stream, and shows the files that are asked for:
//   node unpack-recording.mjs news.pcap RWQ... index.html
import { openReceiver, readRecording } from 'datacast/node';

const [recording, key, ...shown] = process.argv.slice(2);
const receiver = await openReceiver({ trust: key, checkDelay: Infinity });

receiver.on('edition', ({ edition, index }) => {
  console.log(`${edition.name}, edition ${edition.sequence}, has ${index.parts.length} parts`);
});
let showing = Promise.resolve(); // one part after the other
receiver.on('part', ({ part, content }) => {
  showing = showing.then(async () => {
    for await (const file of content.files()) {
      console.log(`${part.class}: ${file.path}, ${file.size} bytes`);
      if (shown.includes(file.path)) console.log(new TextDecoder().decode(await file.bytes()));
    }
    await content.release();
  });
  return showing;
});

let pushed = 0;
for await (const { payload, source, destination, destinationPort } of readRecording(recording)) {
  receiver.push(payload, { source, destination: `${destination}:${destinationPort}` });
  if (++pushed % 1000 === 0) await receiver.taken(); // a file can wait, so that the queue stays short
}
await receiver.idle();
await showing; // a listener may be at work when the receiver is not

for (const { edition, parts } of receiver.editions()) {
  const missing = parts.filter(({ state }) => state !== 'complete');
  console.log(`${edition.name}: ${parts.length - missing.length} of ${parts.length} parts are complete`);
  for (const { part } of missing) console.log(`missing: ${part.label}, ${part.files} files`);
}
if (receiver.editions().length === 0) console.error(`No edition: ${JSON.stringify(receiver.counters)}`);
await receiver.close();
