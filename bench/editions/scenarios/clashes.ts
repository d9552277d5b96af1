import type { Laboratory } from '../laboratory.js';
import { atLeast, type Figure, type Scenario } from '../scenario.js';
import { createPublisher, createSite, type Site } from '../simulation/content.js';
import { createDecodingReceiver } from '../simulation/decoding-receiver.js';
import { createVirtualSender, type SentDatagram } from '../simulation/virtual-sender.js';

const BYTES = 300_000;
const RATE = 512_000;
/** Seconds. */
const LATEST = 120;

/** Two bundles that a sender cannot tell apart by number, and two senders that cannot tell each other apart. */
export const clashes: Scenario = {
  name: 'clashes',
  title: 'Two bundles with one sequence number; two senders with the same keys, in one session',
  method: 'decoded',
  isQuick: true,
  async run(laboratory) {
    return [
      await figure(laboratory, 'two bundles with one sequence number that arrived', 'bundle', 1),
      await figure(laboratory, 'bundles of two senders with the same keys that arrived', 'sender', 2),
    ];
  },
};

async function figure(laboratory: Laboratory, what: string, name: string, senders: number): Promise<Figure> {
  const value = await arrived(laboratory, name, senders);
  return { what, value, unit: 'of 2', bar: atLeast(2), former: '1' };
}

async function arrived(laboratory: Laboratory, name: string, senders: number): Promise<number> {
  const { keys, schemes, parameters } = laboratory;
  const sites = [0, 1].map((i) => createSite(laboratory.path(`${name}-${i}`), BYTES, parameters.seed + i));
  const sending = Array.from({ length: senders }, (_, i) => {
    const objects = laboratory.path(`${name}-objects-${i}`);
    const sender = createVirtualSender({ keys, schemes, rate: RATE, objects, isReal: true });
    return { sender, publisher: createPublisher(keys, objects, parameters.level) };
  });
  for (const [i, site] of sites.entries()) {
    const { sender, publisher } = sending[i % senders]!;
    sender.put(await publisher.pack(site, 1));
  }
  const standing = new Map(sites.map((site) => [site.name, new Map<string, string>()]));
  const receiver = createDecodingReceiver(keys.publisher, schemes, {
    onPart({ files, bundles }) {
      for (const bundle of bundles)
        for (const [path, digest] of files) standing.get(bundle)!.set(path, digest);
    },
  });
  const isThere = ({ name, digests }: Site) =>
    [...digests].every(([path, digest]) => standing.get(name)!.get(path) === digest);
  laboratory.say(`Two bundles, ${senders === 1 ? 'one sender' : 'two senders'}, decoded.`);
  for await (const { time, datagram } of inTime(sending.map(({ sender }) => sender.datagrams()))) {
    await receiver.take(datagram);
    if (time > LATEST || sites.every(isThere)) break;
  }
  await receiver.close();
  for (const { sender } of sending) await sender.close();
  return sites.filter(isThere).length;
}

/** What several senders send at the same time, as it arrives. */
async function* inTime(senders: readonly AsyncGenerator<SentDatagram>[]): AsyncGenerator<SentDatagram> {
  const next = await Promise.all(
    senders.map(async (sender) => ({ sender, sent: (await sender.next()).value })),
  );
  try {
    for (;;) {
      const earliest = next.reduce((a, b) => (b.sent.time < a.sent.time ? b : a));
      yield earliest.sent;
      earliest.sent = (await earliest.sender.next()).value;
    }
  } finally {
    for (const sender of senders) await sender.return(undefined);
  }
}
