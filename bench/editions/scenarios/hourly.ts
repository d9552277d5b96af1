import { passSeconds } from '../laboratory.js';
import { atMost, mean, type Scenario } from '../scenario.js';
import { createPublisher, createSite } from '../simulation/content.js';
import { durations, type JoinOptions, joinAtRandom } from '../simulation/joins.js';

const LOSS = 0.1;
/** Seconds between edits of the large content; a smaller one is edited as often a pass. */
const EVERY = 3600;
const BYTES_AT_EVERY = 95e6;
/** Only some of them are there when an edit comes. */
const TIMES_JOINS = 2;

/** Large content that is edited while it is received. */
export const hourly: Scenario = {
  name: 'hourly',
  title: '95 MB at 512 kbit/s, one page edited once an hour, joined at random, 10 % loss',
  method: 'counted',
  isQuick: true,
  async run(laboratory) {
    const { keys, schemes, parameters } = laboratory;
    const { bytes, seed, rate, level, joins } = parameters;
    const every = EVERY * (bytes / BYTES_AT_EVERY);
    const site = createSite(laboratory.path('hourly'), bytes, seed);
    const publisher = createPublisher(keys, laboratory.path('hourly-objects'), level);
    const edition = await publisher.pack(site, 1);
    const common: Omit<JoinOptions, 'random'> = {
      keys,
      schemes,
      rate,
      edition,
      joins: TIMES_JOINS * joins,
      objects: publisher.objects,
      order: 'mixed',
      losses: [LOSS],
      within: every,
    };
    laboratory.say(
      `A pass takes ${Math.round(passSeconds(edition, rate))} s: without edits, then with them, counted.`,
    );
    const still = await joinAtRandom({ ...common, random: laboratory.random('hourly') });
    let sequence = 1;
    const edited = await joinAtRandom({
      ...common,
      random: laboratory.random('hourly'),
      edits: {
        every,
        next() {
          site.editPage();
          return publisher.pack(site, ++sequence);
        },
      },
    });
    const without = durations(still.receivers, LOSS, 'completeAt');
    const withEdits = durations(edited.receivers, LOSS, 'completeAt');
    const ratios = edited.receivers.flatMap(({ joined, completeAt = Number.POSITIVE_INFINITY }, i) =>
      edited.edited.some((time) => time > joined && time < completeAt) ? [withEdits[i]! / without[i]!] : [],
    );
    return [
      {
        what: 'everything there, against the same without edits, mean',
        value: mean(withEdits) / mean(without),
        unit: 'x',
        bar: atMost(1.15),
        former: 'never while edits go on',
      },
      {
        what: `the same, mean of the ${ratios.length} of ${withEdits.length} receivers that had an edit meanwhile`,
        value: mean(ratios),
        unit: 'x',
        bar: atMost(1.15),
      },
      { what: 'the same, the worst of them', value: Math.max(...ratios), unit: 'x' },
      { what: 'everything there without edits, mean', value: mean(without), unit: 's' },
    ];
  },
};
