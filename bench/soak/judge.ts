import { atLeast, atMost, type Judged } from '../bars.js';
import type { SoakReport } from './soak-report.js';

/** Of the rate, over all seconds: single ones suffer from whatever else the machine does. */
const MEAN_ERROR = 0.05;
/** Bytes resident at most, by the beginning of the process's name. */
const MEMORY: readonly (readonly [name: string, bytes: number])[] = [
  ['receiver', 250e6],
  ['sender', 250e6],
  ['relay', 200e6],
];
/**
 * What comes in so many seconds may lie in the state directory of a receiver that has everything, and what comes in one more for each time
 * it was killed: what came before its table stays when its edition is replaced before the table comes. What waits no more is let be up to a
 * sixteenth of its limit. Beside an attacker what waits for a table is three times its limit at most.
 */
const STATE_SECONDS = 4;
const STATE_WORN = 2 ** 21;
const STATE_ATTACKED = 3 * 32 * 2 ** 20;
/** A receiver that was killed so often has been killed in the middle of a part. */
const KILLS = 5;

/** What a soak has measured, against its bars. */
export function judgeSoak({
  rate,
  pacing,
  processes,
  receivers,
  relayDrops,
  adversary,
}: SoakReport): Judged[] {
  const memory = processes.flatMap(({ name, peakMemory }) => {
    const bar = MEMORY.find(([beginning]) => name.startsWith(beginning));
    return bar === undefined
      ? []
      : [{ what: `The memory of the ${name}, bytes resident,`, value: peakMemory, bar: atMost(bar[1]) }];
  });
  const killsOf = (receiver: string) =>
    Math.max(0, (processes.find(({ name }) => name === `receiver ${receiver}`)?.starts ?? 0) - 1);
  const state = receivers.map(({ receiver, stateBytes }) => ({
    what: `What is left in the state of receiver ${receiver}, in bytes,`,
    value: stateBytes,
    bar: atMost(
      adversary === undefined
        ? STATE_WORN + ((STATE_SECONDS + killsOf(receiver)) * rate) / 8
        : STATE_ATTACKED,
    ),
  }));
  const resumed = receivers.flatMap(({ receiver, resumed: value }) =>
    killsOf(receiver) >= KILLS
      ? [
          {
            what: `What receiver ${receiver} went on with after it was killed, in datagrams,`,
            value,
            bar: atLeast(1),
          },
        ]
      : [],
  );
  return [
    {
      what: 'The mean error of the rate, as a fraction,',
      value: pacing === undefined ? Number.NaN : Math.abs(pacing.mean),
      bar: atMost(MEAN_ERROR),
    },
    ...memory,
    ...state,
    ...resumed,
    {
      what: 'What the relay lost in its socket, in datagrams,',
      value: relayDrops ?? Number.NaN,
      bar: atMost(0),
    },
  ];
}
