import { atMost, type Figure, mean, type Scenario } from '../scenario.js';
import { durations } from '../simulation/joins.js';

/** Loss that `send` makes its repair for by default. */
const EXPECTED_LOSS = 0.1;

export const first: Scenario = {
  name: 'first',
  title: 'First page after joining at random, 95 MB at 512 kbit/s',
  method: 'counted',
  isQuick: true,
  async run(laboratory) {
    const { receivers } = await laboratory.joins('mixed');
    return laboratory.parameters.losses.flatMap((loss): Figure[] => {
      const seconds = durations(receivers, loss, 'frontAt');
      const isExpected = loss === EXPECTED_LOSS;
      return [
        {
          what: `the front is readable at ${percent(loss)} loss, mean`,
          value: mean(seconds),
          unit: 's',
          ...(isExpected && { bar: atMost(30), former: '25 min' }),
        },
        { what: `the same, the latest of ${seconds.length}`, value: Math.max(...seconds), unit: 's' },
      ];
    });
  },
};

/** Against one object, in order mixed. */
const BARS = new Map([
  [EXPECTED_LOSS, 1.06],
  [2 * EXPECTED_LOSS, 1.08],
]);

export const all: Scenario = {
  name: 'all',
  title:
    'Everything there after joining `send` at random, against one object that needs 1/(1 - loss), order mixed',
  method: 'counted',
  isQuick: true,
  async run(laboratory) {
    const { receivers, content } = await laboratory.joins('mixed');
    return laboratory.parameters.losses.flatMap((loss): Figure[] => {
      const bar = BARS.get(loss);
      const seconds = mean(durations(receivers, loss, 'completeAt'));
      return [
        {
          what: `airtime at ${percent(loss)} loss, against one object, mean`,
          value: (seconds * (1 - loss)) / content,
          unit: 'x',
          ...(bar !== undefined && { bar: atMost(bar), former: '1' }),
        },
        { what: 'the same against the content sent once', value: seconds / content, unit: 'x' },
      ];
    });
  },
};

export const airtime: Scenario = {
  name: 'airtime',
  title: 'Airtime that is not content, 95 MB at 512 kbit/s',
  method: 'counted',
  isQuick: true,
  async run(laboratory) {
    const { air } = await laboratory.joins('mixed');
    const share = (bytes: number) => (100 * bytes) / air.all;
    const others = air.tables + air.index + air.headers + air.authentication;
    return [
      {
        what: 'index, tables, headers and authentication',
        value: share(others),
        unit: '%',
        bar: atMost(9),
        former: '8.1 %',
      },
      { what: 'of it tables', value: share(air.tables), unit: '%' },
      { what: 'of it index', value: share(air.index), unit: '%' },
      { what: 'of it headers of IP, UDP, LCT and FEC', value: share(air.headers), unit: '%' },
      { what: 'of it authentication', value: share(air.authentication), unit: '%' },
      {
        what: 'the front, in passes and repetitions (content, not in the sum)',
        value: share(air.front),
        unit: '%',
      },
    ];
  },
};

const percent = (loss: number) => `${100 * loss} %`;
