/**
 * A process of its own that sends a recording over UDP at a given rate, from its start again until the time is over:
 * `node reception-sender.js RECORDING PORT RATE SECONDS`. Prints what was sent.
 */
import { createReadStream } from 'node:fs';
import { createPcapReader } from '../../codecs/pcap/index.js';
import { blockThread, systemClock } from '../../encoder/send/transmit/clock.js';
import { createPacer, defaultBurst } from '../../encoder/send/transmit/pacer.js';
import { openSocket } from '../../encoder/send/transmit/socket.js';
import { packetOverhead } from '../../encoder/session/destination.js';

const [path = '', port = '', rateText = '', seconds = ''] = process.argv.slice(2);
const destination = { address: '127.0.0.1', port: Number(port) };
const rate = Number(rateText);

const reader = createPcapReader();
const payloads: Uint8Array[] = [];
for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
  for (const { payload } of reader.push(new Uint8Array(chunk))) payloads.push(payload.slice());
}
const socket = await openSocket({
  destination,
  ttl: 1,
  onError: (error) => process.stderr.write(`${error.message}\n`),
});
const clock = systemClock(blockThread);
const overhead = packetOverhead(destination);
const begin = clock.now();
const end = begin + 1000 * Number(seconds);
const pacer = createPacer(rate, defaultBurst(rate, 1500), begin);
let sent = 0;
let bits = 0;
while (clock.now() < end) {
  if (pacer.due > clock.now()) await clock.until(pacer.due);
  for (let now = clock.now(); pacer.due <= now; now = clock.now()) {
    const payload = payloads[sent++ % payloads.length]!;
    socket.send(payload);
    pacer.sent(payload.length + overhead, now);
    bits += 8 * (payload.length + overhead);
  }
}
const milliseconds = clock.now() - begin;
await socket.close();
process.stdout.write(`${JSON.stringify({ sent, bits, milliseconds })}\n`);
