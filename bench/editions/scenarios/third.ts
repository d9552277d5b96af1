import type { PartClass } from '../../../codecs/edition/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { recordingFile } from '../../../codecs/node/recordings/recording-input.js';
import { encode } from '../../../encoder/recording/encode.js';
import { readRecording } from '../../../receiver/recordings/recordings.js';
import type { Laboratory } from '../laboratory.js';
import { atLeast, type Scenario } from '../scenario.js';
import { createDecodingReceiver } from '../simulation/decoding-receiver.js';

const LOSS = 0.1;
const SHARE = 1 / 3;
/** The rest may be so many points short. */
const POINTS = 6;
const DESTINATION = { address: '239.255.0.1', port: 4001 };

/** A recording that ends early. */
export const third: Scenario = {
  name: 'third',
  title: '`encode` of 95 MB, the first third of the recording, 10 % loss',
  method: 'decoded',
  isQuick: true,
  async run(laboratory) {
    const { site } = await laboratory.large();
    const recording = await record(laboratory, site.directory);
    let datagrams = 0;
    await readRecording(recordingFile(recording), async (some) => {
      datagrams += some.length;
    });

    const listed = new Map<PartClass, number>();
    const arrived = new Map<PartClass, number>();
    const count = (counts: Map<PartClass, number>, kind: PartClass, bytes: number) =>
      counts.set(kind, (counts.get(kind) ?? 0) + bytes);
    let wrong = 0;
    const receiver = createDecodingReceiver(laboratory.keys.publisher, laboratory.schemes, {
      onEdition({ index }) {
        for (const part of index.parts) count(listed, part.class, part.bytes);
      },
      onPart({ part, files }) {
        count(arrived, part.class, part.bytes);
        for (const [path, digest] of files) if (site.digests.get(path) !== digest) wrong++;
      },
    });
    const random = laboratory.random('third');
    laboratory.say(`Receiving a third of ${datagrams} datagrams, decoded.`);
    let position = 0;
    await readRecording(recordingFile(recording), async (some) => {
      for (const { payload } of some) {
        if (position++ < datagrams * SHARE && !random.chance(LOSS)) await receiver.take(payload);
      }
    });
    await receiver.close();
    if (wrong > 0) throw new Error(`${wrong} files are not as they were sent.`);
    const share = (...classes: PartClass[]) => {
      const sum = (counts: Map<PartClass, number>) =>
        classes.reduce((bytes, kind) => bytes + (counts.get(kind) ?? 0), 0);
      return (100 * sum(arrived)) / sum(listed);
    };
    return [
      {
        what: 'the front that is readable',
        value: share('front'),
        unit: '%',
        bar: atLeast(100),
        former: 'nothing',
      },
      {
        what: 'text that is readable',
        value: share('text'),
        unit: '%',
        bar: atLeast(100),
        former: 'nothing',
      },
      {
        what: 'of the rest, in bytes as they are sent',
        value: share('picture', 'sound', 'film', 'other'),
        unit: '%',
        bar: atLeast(100 * SHARE - POINTS),
        former: 'nothing',
      },
    ];
  },
};

/** The defaults are those of `datacast encode`. */
async function record(laboratory: Laboratory, directory: string): Promise<string> {
  const { keys, schemes, parameters } = laboratory;
  const out = laboratory.path('third.pcap');
  laboratory.say(`Encoding it at level ${parameters.level}.`);
  await encode(directory, out, {
    keys,
    schemes,
    crypto: nodeCrypto,
    fec: 'raptorq',
    repair: { kind: 'loss', loss: LOSS },
    level: parameters.level,
    mtu: 1500,
    destination: DESTINATION,
    authDepth: 0,
    sequence: 1,
    fluteVersion: 2,
    order: 'sequence',
    rate: parameters.rate,
    now: Date.UTC(2026, 5, 1),
    onProgress() {},
  });
  return out;
}
