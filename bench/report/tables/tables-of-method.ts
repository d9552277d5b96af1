/** The tables that say what was tried and on which code and channels. */

import { formatChannelSpec } from '../../channel/index.js';
import { type FailureRates, STANDARD_FAILURE_RATES } from '../../codec/failure-rate.js';
import type { CellRecord } from '../../loss/index.js';
import { left, right, type Table } from '../output/document.js';
import { channelTitle, groupBy } from '../output/style.js';
import { share, whole, yesNo } from './numbers.js';

/** How often K to K + 3 symbols do not rebuild a block. */
export function failuresTable(rates: readonly FailureRates[]): Table {
  const power = (value: number) => value.toExponential(1);
  return {
    title: 'How often a block is not rebuilt',
    columns: [
      ...[right('K'), right("K'"), right('Trials')],
      ...STANDARD_FAILURE_RATES.map((rate, h) =>
        right(`${h === 0 ? 'K' : `K+${h}`} symbols (standard: ${rate.toExponential(0)})`),
      ),
      ...STANDARD_FAILURE_RATES.slice(1).map((_, h) => right(`K+${h + 1}, by splitting`)),
    ],
    rows: rates.map((row) => [
      ...[whole(row.sourceSymbols), whole(row.extendedSymbols), whole(row.trials)],
      ...row.rates.map(({ probability, low, high }, h) =>
        row.failures[h] === 0
          ? `0 (up to ${power(high)})`
          : `${power(probability)} (${power(low)} to ${power(high)})`,
      ),
      ...STANDARD_FAILURE_RATES.slice(1).map((_, h) => {
        const rate = row.split?.[h];
        return rate === undefined
          ? '-'
          : `${power(rate.probability)} (${power(rate.low)} to ${power(rate.high)})`;
      }),
    ]),
    note:
      'Encoding symbols drawn at random, source symbols among them; the real decoder, what it rebuilds compared. 95 % Wilson intervals. ' +
      'By splitting: each trial that failed goes on in several ways, and each of these that fails too; the mean of their shares has no bias, and ' +
      'its interval is that of 95 %.',
  };
}

/** Parameters of all cells, set by set. */
export function parametersTable(records: readonly CellRecord[]): Table {
  const values = (group: readonly CellRecord[], of: (record: CellRecord) => string) =>
    [...new Set(group.map(of))].join('; ');
  return {
    title: 'Parameters of the experiments',
    columns: [
      ...[
        left('Set'),
        right('Cells'),
        left('Trials'),
        left('Codes'),
        left('Channels'),
        left('Bytes'),
        left('Blocks'),
      ],
      ...[
        left('Interleaved'),
        left('Passes'),
        left('Joins'),
        left('Signature depth'),
        left('MTU'),
        left('bit/s'),
      ],
    ],
    rows: [...groupBy(records, ({ cell }) => cell.set)].map(([set, group]) => [
      ...[set, whole(group.length), values(group, ({ trials }) => whole(trials))],
      values(group, ({ transmission }) => transmission.codeLabel),
      values(group, ({ cell }) => formatChannelSpec(cell.channel)),
      values(group, ({ cell }) => whole(cell.objectBytes)),
      values(group, ({ transmission }) => whole(transmission.blocks)),
      values(group, ({ cell }) => yesNo(cell.interleave)),
      values(group, ({ cell }) => whole(cell.passes)),
      values(group, ({ cell }) => (cell.join === 'start' ? 'at the start' : 'at random')),
      values(group, ({ cell }) => String(cell.authDepth)),
      values(group, ({ cell }) => whole(cell.mtu)),
      values(group, ({ cell }) => whole(cell.rate)),
    ]),
  };
}

/** What each channel lost, against its closed form. */
export function channelsTable(records: readonly CellRecord[]): Table {
  const groups = [...groupBy(records, ({ cell }) => formatChannelSpec(cell.channel))];
  return {
    title: 'Channels, and the loss that the trials met',
    columns: [
      left('Channel'),
      left('As the command line writes it'),
      right('Mean loss, %'),
      right('Realised in the trials, %'),
    ],
    rows: groups.map(([text, group]) => {
      const trials = group.reduce((sum, record) => sum + record.trials, 0);
      const lost = group.reduce((sum, { channel, trials: n }) => sum + channel.lost * n, 0) / trials;
      return [channelTitle(group[0]!.cell.channel), text, share(group[0]!.channel.meanLoss), share(lost)];
    }),
    note:
      'Realised: what the trials of all cells on the channel lost until the receiver was complete. A receiver in a fade listens ' +
      'longer, so fades, passes and what a recorder misses count more here than in the long run.',
  };
}
