import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { compareDirectories } from '../../../fixtures/job.js';
import { createReceiver } from '../../../receiver/engine/receiver.js';
import { createFileSinks } from '../../../receiver/files/file-sink.js';
import { openOutputDirectory } from '../../../receiver/files/output-directory.js';
import { createFileStore } from '../../../receiver/stores/directory/temporary-files.js';
import type { Laboratory } from '../laboratory.js';
import { atMost, type Scenario } from '../scenario.js';
import { createPublisher, createSite } from '../simulation/content.js';
import { createDatagramCounter } from '../simulation/counting-receiver.js';
import { createVirtualSender, type SentDatagram } from '../simulation/virtual-sender.js';

const BYTES = 10e6;
/** Bits per second, slow enough for any receiver to follow. */
const RATE = 10e6;
const LOSS = 0.1;
/** More than what is sent until a receiver is complete. */
const SECONDS = 16;
const LARGEST = 2 ** 32;

/** The engine and the output directory of the receiver, in real time. */
export const lastSymbol: Scenario = {
  name: 'last-symbol',
  title: 'From the last symbol needed to the files standing, 10 MB at 10 Mbit/s, 10 % loss',
  method: 'measured',
  isQuick: false,
  async run(laboratory) {
    const site = createSite(laboratory.path('last'), BYTES, laboratory.parameters.seed);
    const arriving = await send(laboratory, site);
    laboratory.say('Receiving 10 MB in real time.');
    const seconds = await receive(laboratory, arriving);
    compareDirectories(site.directory, laboratory.path('last-out/last'));
    return [
      {
        what: 'until all files stand',
        value: seconds,
        unit: 's',
        bar: atMost(0.1),
        former: '0.4 s (peers 0.05 s)',
      },
    ];
  },
};

/** What arrives, and which datagram is the last that a receiver needs. */
interface Arriving {
  readonly datagrams: readonly SentDatagram[];
  /** Position in `datagrams`. */
  readonly needed: number;
}

async function send(laboratory: Laboratory, site: ReturnType<typeof createSite>): Promise<Arriving> {
  const { keys, schemes, parameters } = laboratory;
  const objects = laboratory.path('last-objects');
  const edition = await createPublisher(keys, objects, parameters.level).pack(site, 1);
  const sender = createVirtualSender({ keys, schemes, rate: RATE, objects, isReal: true });
  sender.put(edition);
  const random = laboratory.random('last-symbol');
  const read = createDatagramCounter(schemes);
  const left = new Map([...sender.codings].map(([toi, { blocks }]) => [toi, [...blocks]]));
  const datagrams: SentDatagram[] = [];
  let needed = 0;
  for await (const sent of sender.datagrams()) {
    if (sent.time > SECONDS) break;
    if (random.chance(LOSS)) continue;
    const brought = read(sent.datagram);
    if (brought.kind === 'symbol' && --left.get(brought.toi)![brought.sbn]! === 0) needed = datagrams.length;
    datagrams.push(sent);
  }
  await sender.close();
  return { datagrams, needed };
}

/** @returns seconds from the push of the last datagram that was needed to the end of the last write */
async function receive(laboratory: Laboratory, { datagrams, needed }: Arriving): Promise<number> {
  const { keys, schemes } = laboratory;
  await mkdir(laboratory.path('last-temporary'));
  const output = await openOutputDirectory(laboratory.path('last-out'), { whole: false, maxSize: LARGEST });
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [keys.publisher],
    store: createFileStore(laboratory.path('last-temporary')),
    createSink: createFileSinks(laboratory.path('last-temporary')).create,
  });
  let pushed = Number.NaN;
  let standing = Number.NaN;
  let left = Number.POSITIVE_INFINITY;
  let writing: Promise<unknown> = Promise.resolve();
  receiver.on('edition', ({ edition, index }) => {
    left = index.parts.length;
    writing = writing.then(() => output.announce({ edition, index }));
  });
  receiver.on('part', ({ part, editions: [edition], content }) => {
    writing = writing.then(async () => {
      await output.put(edition!, part.sha256, content.read());
      await content.release();
      if (--left === 0) standing = performance.now();
    });
    // It is thrown below.
    writing.catch(() => {});
  });
  const began = performance.now();
  for (const [i, { time, datagram }] of datagrams.entries()) {
    if (left === 0) break;
    await delay(Math.max(0, began + 1000 * time - performance.now()));
    if (i === needed) pushed = performance.now();
    receiver.push(datagram, { destination: '239.255.0.1:4001' });
  }
  await receiver.idle();
  await writing;
  await receiver.close();
  await output.close();
  return (standing - pushed) / 1000;
}
