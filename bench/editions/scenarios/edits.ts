import { formatCount } from '../../../codecs/text.js';
import type { Laboratory } from '../laboratory.js';
import { atMost, type Figure, mean, type Scenario } from '../scenario.js';
import { createPublisher, createSite } from '../simulation/content.js';
import { createDecodingReceiver } from '../simulation/decoding-receiver.js';
import { createVirtualSender } from '../simulation/virtual-sender.js';

const BYTES = 700_000;
const RATE = 200_000;
/** Seconds. */
const EVERY = 17;
const LAST_EDIT = 105;
const LATEST = 300;

interface Run {
  /** Seconds from each edition to its edited page. */
  readonly delays: readonly number[];
  readonly edits: number;
  /** Seconds until every file was readable in one of its forms, and until everything was as it is at the end. */
  readonly everyFile: number;
  readonly complete: number;
}

/** A channel that is edited more often than a pass takes. */
export const edits: Scenario = {
  name: 'edits',
  title: '700 kB at 200 kbit/s, one small edit every 17 s for 105 s, nothing lost',
  method: 'decoded',
  isQuick: true,
  async run(laboratory) {
    const without = await run(laboratory, 'still', 0);
    const { delays, edits, everyFile } = await run(laboratory, 'edited', LAST_EDIT);
    const figures: Figure[] = [
      {
        what: `edits that became readable, of ${edits}`,
        value: delays.length,
        unit: '',
        bar: { kind: 'least', value: edits },
        former: '0',
      },
      {
        what: 'from an edition to its edited page, longest',
        value: Math.max(...delays),
        unit: 's',
        bar: atMost(10),
        former: 'never',
      },
      { what: 'from an edition to its edited page, mean', value: mean(delays), unit: 's' },
      {
        what: 'everything else there, against the same without edits',
        value: everyFile / without.complete,
        unit: 'x',
        bar: atMost(1.1),
        former: 'never',
      },
      { what: 'everything there without edits', value: without.complete, unit: 's' },
    ];
    return figures;
  },
};

async function run(laboratory: Laboratory, name: string, lastEdit: number): Promise<Run> {
  const { keys, schemes, parameters } = laboratory;
  const site = createSite(laboratory.path(name), BYTES, parameters.seed);
  const publisher = createPublisher(keys, laboratory.path(`${name}-objects`), parameters.level);
  laboratory.say(`Sending ${formatCount(site.digests.size, 'file')}, decoded.`);
  const sender = createVirtualSender({ keys, schemes, rate: RATE, objects: publisher.objects, isReal: true });
  const standing = new Map<string, string>();
  const receiver = createDecodingReceiver(keys.publisher, schemes, {
    onPart({ files }) {
      for (const [path, digest] of files) standing.set(path, digest);
    },
  });
  const waiting: { path: string; digest: string; since: number }[] = [];
  const delays: number[] = [];
  let edits = 0;
  let everyFile = Number.POSITIVE_INFINITY;
  let complete = Number.POSITIVE_INFINITY;
  sender.put(await publisher.pack(site, 1));
  for await (const { time, datagram } of sender.datagrams()) {
    if ((edits + 1) * EVERY <= lastEdit && time >= (edits + 1) * EVERY) {
      edits++;
      const path = site.editPage();
      sender.put(await publisher.pack(site, 1 + edits));
      waiting.push({ path, digest: site.digests.get(path)!, since: time });
    }
    await receiver.take(datagram);
    for (const each of [...waiting]) {
      if (standing.get(each.path) !== each.digest) continue;
      delays.push(time - each.since);
      waiting.splice(waiting.indexOf(each), 1);
    }
    if (standing.size === site.digests.size) everyFile = Math.min(everyFile, time);
    const isSame = [...site.digests].every(([path, digest]) => standing.get(path) === digest);
    if (isSame) complete = Math.min(complete, time);
    if ((isSame && (edits + 1) * EVERY > lastEdit) || time > LATEST) break;
  }
  await receiver.close();
  await sender.close();
  return { delays, edits, everyFile, complete };
}
