import { CHANNEL_DEFAULTS, type ChannelBundle } from '../../../encoder/send/channel/channel.js';
import { packHere } from '../../../encoder/send/content/pack.js';
import { type PrepareOptions, prepareEdition } from '../../../encoder/send/content/prepare.js';
import type { EditionToSend } from '../../../encoder/send/multiplex/flow.js';
import { openState } from '../../../encoder/send/state/state.js';
import { atMost, type Scenario } from '../scenario.js';
import { createSite, type PackedEdition } from '../simulation/content.js';
import { createDatagramCounter } from '../simulation/counting-receiver.js';
import { createVirtualSender } from '../simulation/virtual-sender.js';

/** From a page that is saved to the page on the air, without the time for which content must stay as it is. */
export const addPage: Scenario = {
  name: 'add-page',
  title: `Adding one page to 95 MB, level ${CHANNEL_DEFAULTS.level}, the other parts packed before`,
  method: 'measured',
  isQuick: false,
  async run(laboratory) {
    const { keys, schemes, parameters } = laboratory;
    const { bytes, seed, rate } = parameters;
    const site = createSite(laboratory.path('added'), bytes, seed);
    const objects = laboratory.path('added-objects');
    const { level, weight, order, frontInterval, loss } = CHANNEL_DEFAULTS;
    const repair = { kind: 'loss', loss } as const;
    const bundle: ChannelBundle = {
      name: site.name,
      path: site.directory,
      level,
      weight,
      order,
      frontInterval,
      repair,
      rules: {},
    };
    const options: PrepareOptions = {
      publisher: keys.publisher,
      packer: packHere(),
      now: Date.now,
      state: await openState(laboratory.path('added-state'), 'uplink.json'),
      objects,
      shard: { index: 0, count: 1 },
      verified: new Set(),
      onEvent() {},
      onPacking() {},
      onPart() {},
    };
    const prepare = async () => {
      const began = performance.now();
      const usedBefore = process.cpuUsage();
      const edition = await prepareEdition(bundle, options);
      const { user, system } = process.cpuUsage(usedBefore);
      return { edition, seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
    };
    laboratory.say(`Packing ${bytes / 1e6} MB at level ${level}.`);
    const before = await prepare();
    site.addPage();
    laboratory.say('Packing what one more page changes.');
    const after = await prepare();

    const earlier = new Set([before.edition.index, ...before.edition.parts].map(({ sha256 }) => sha256));
    // The earlier edition was on the air for long.
    const turnOf = (sha256: string) => (earlier.has(sha256) ? 20_000 : 0);
    const sender = createVirtualSender({ keys, schemes, rate, objects, isReal: false, turnOf });
    const asPacked = (edition: EditionToSend): PackedEdition => ({ ...edition, name: site.name, listed: [] });
    sender.put(asPacked(before.edition));
    const fresh = new Set(after.edition.parts.flatMap(({ sha256 }) => (earlier.has(sha256) ? [] : [sha256])));
    const onAir = { first: Number.POSITIVE_INFINITY, all: Number.POSITIVE_INFINITY };
    const read = createDatagramCounter(schemes);
    const left = new Map<string, number>();
    /** Some time after the beginning, in seconds. */
    const added = 60;
    let isAdded = false;
    for await (const { time, datagram } of sender.datagrams()) {
      if (!isAdded && time >= added) {
        isAdded = true;
        sender.put(asPacked(after.edition));
        for (const { sha256, blocks } of sender.codings.values()) {
          if (fresh.has(sha256))
            left.set(
              sha256,
              blocks.reduce((sum, k) => sum + k, 0),
            );
        }
      }
      const brought = read(datagram);
      if (!isAdded || brought.kind === 'table') continue;
      const { sha256 } = sender.codings.get(brought.toi)!;
      if (!fresh.has(sha256)) continue;
      onAir.first = Math.min(onAir.first, time - added);
      left.set(sha256, left.get(sha256)! - 1);
      if ([...left.values()].every((symbols) => symbols <= 0)) {
        onAir.all = time - added;
        break;
      }
    }
    await sender.close();
    return [
      {
        what: 'packed and on the air after it settled',
        value: after.seconds + onAir.first,
        unit: 's',
        bar: atMost(5),
        former: '41-94 s',
      },
      { what: 'of it packing what has changed and signing', value: after.seconds, unit: 's' },
      { what: 'of that processor time, whatever else runs', value: after.processor, unit: 's' },
      {
        what: `until all of it is sent once, at ${rate / 1000} kbit/s`,
        value: after.seconds + onAir.all,
        unit: 's',
      },
      { what: `parts that have changed, of ${after.edition.parts.length}`, value: fresh.size, unit: '' },
      { what: 'packing everything, at the start', value: before.seconds, unit: 's' },
    ];
  },
};
