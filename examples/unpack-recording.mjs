// Lists the files in a recording, which is a pcap file or a transport stream, and shows those that are asked for:
//   node unpack-recording.mjs news.pcap RWQ... index.html
import { openReceiver, readRecording } from 'datacast/node';

const [recording, key, ...shown] = process.argv.slice(2);
const receiver = await openReceiver({ trust: key, checkDelay: Infinity });

/** @type {import('datacast').ReceiverEvents['verified'][]} */
const editions = [];
receiver.on('verified', (edition) => editions.push(edition));

let pushed = 0;
for await (const { payload, destination, destinationPort } of readRecording(recording)) {
  receiver.push(payload, { destination: `${destination}:${destinationPort}` });
  if (++pushed % 1000 === 0) await receiver.taken(); // a file can wait, so that the queue stays short
}
await receiver.idle();

for (const { object, content } of editions) {
  console.log(`${object.edition.name}, edition ${object.edition.sequence}:`);
  for await (const file of content.files()) {
    console.log(`  ${file.path}, ${file.size} bytes`);
    if (shown.includes(file.path)) console.log(new TextDecoder().decode(await file.bytes()));
  }
  await content.release();
}
if (editions.length === 0) console.error(`No complete edition: ${JSON.stringify(receiver.counters)}`);
await receiver.close();
