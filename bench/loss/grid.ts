import { PREFERRED_BLOCK_SYMBOLS } from '../../encoder/session/blocks.js';
import type { RepairGoal } from '../../encoder/session/repair.js';
import { type ChannelSpec, meanLoss, rainFadeParameters } from '../channel/index.js';
import type { Cell, CodeName } from './record.js';
import type { CellTask } from './simulation/cell.js';

/** Values to combine, each with each. */
export type Axes = { readonly [Name in keyof Cell]: readonly Cell[Name][] };

/** Grids with a name: a look around, the one the report is made of, and one for a night or a cluster. */
export const GRIDS = ['quick', 'default', 'full'] as const;
export type GridName = (typeof GRIDS)[number];

const bernoulli = (loss: number): ChannelSpec => ({ model: 'bernoulli', loss });
const bursts = (loss: number, burst: number): ChannelSpec => ({ model: 'gilbert-elliott', loss, burst });
const repair = (fraction: number): RepairGoal => ({ kind: 'fraction', fraction });

/** What holds unless a set says otherwise. */
export const DEFAULT_CELL: Cell = {
  set: 'custom',
  mode: 'fast',
  code: 'raptorq',
  channel: bernoulli(0.1),
  objectBytes: 10_000_000,
  blockSymbols: PREFERRED_BLOCK_SYMBOLS,
  repair: { kind: 'loss', loss: 0.1 },
  interleave: true,
  passes: 1,
  join: 'start',
  authDepth: 0,
  mtu: 1500,
  rate: 1_000_000,
};

/** So many passes that a receiver is complete for all that matters. */
const UNTIL_COMPLETE = 400;
/** Seconds in which a receiver is complete on channels with hours between two times of reception, whatever the code. */
const A_DAY = 86_400;

/**
 * What users of other codes may choose, as repair fractions: the best of them at each loss is compared. Of (255, k) a low k is
 * good at high losses, and a high one at low losses.
 */
const REED_SOLOMON = [223, 204, 170, 127, 102, 85, 64].map((k) => repair((255 - k) / k));
const REED_SOLOMON_16 = [0.15, 0.5, 1, 2].map(repair);
const LDPC = [0.15, 0.35, 0.7, 1.5].map(repair);
/** Whoever chooses them knows that long blocks are better for LDPC-Staircase; other codes have blocks of their own. */
const REFERENCE_BLOCK_SYMBOLS = 16_384;

/** All combinations of the values. */
export function combine(axes: Partial<Axes>): Cell[] {
  let cells: Partial<Cell>[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    cells = cells.flatMap((cell) =>
      (values as readonly unknown[]).map((value) => ({ ...cell, [name]: value })),
    );
  }
  return cells.map((cell) => ({ ...DEFAULT_CELL, ...cell }));
}

/** Ours with repair for the mean loss of each channel, and the reference models with each of their usual rates. */
function compared(axes: Partial<Axes>): Cell[] {
  const with_ = (code: CodeName, repairs: readonly RepairGoal[]) =>
    combine({ ...axes, code: [code], repair: repairs, blockSymbols: [REFERENCE_BLOCK_SYMBOLS] });
  return [
    ...forMeanLoss(combine(axes)),
    ...with_('repetition', [repair(0)]),
    ...with_('reed-solomon', REED_SOLOMON),
    ...with_('reed-solomon-16', REED_SOLOMON_16),
    ...with_('ldpc-staircase-5', LDPC),
    ...with_('ldpc-staircase-7', LDPC),
  ];
}

/** The share of headers, signatures and tables in a datagram. */
const HEADERS = 0.09;

/** So many passes as take the time; a pass with much repair takes longer, and no code may listen longer than another. */
function listening(cell: Cell, seconds: number): Cell {
  const { objectBytes, rate, repair: goal } = cell;
  const sent = goal.kind === 'loss' ? 1 / (1 - goal.loss) : 1 + goal.fraction;
  const pass = (8 * objectBytes * sent * (1 + HEADERS)) / rate;
  return { ...cell, passes: Math.ceil(seconds / pass) };
}

/** The most loss that a single pass is planned for; beyond it passes do the rest. */
const MAX_PLANNED_LOSS = 0.6;

function forMeanLoss(cells: readonly Cell[]): Cell[] {
  return cells.map((cell) => {
    const loss = Math.min(MAX_PLANNED_LOSS, meanLoss(cell.channel));
    return { ...cell, repair: { kind: 'loss', loss } };
  });
}

interface Extent {
  readonly losses: readonly number[];
  readonly sizes: readonly number[];
  readonly fractions: readonly number[];
  readonly blockSymbols: readonly number[];
  readonly trials: number;
  /** Of ours in the set `efficiency`: enough for a 99.9 % quantile. */
  readonly efficiencyTrials: number;
}

const EXTENTS: Readonly<Record<GridName, Extent>> = {
  quick: {
    losses: [0.1, 0.3, 0.5],
    sizes: [100_000, 1_000_000],
    fractions: [0.1, 0.5],
    trials: 100,
    blockSymbols: [64, 16_384],
    efficiencyTrials: 100,
  },
  default: {
    losses: [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
    sizes: [100_000, 1_000_000, 10_000_000],
    fractions: [0.05, 0.1, 0.12, 0.15, 0.25, 0.5, 1],
    blockSymbols: [128, 1024, PREFERRED_BLOCK_SYMBOLS, 16_384],
    trials: 300,
    efficiencyTrials: 2000,
  },
  full: {
    losses: [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6],
    sizes: [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    fractions: [0, 0.02, 0.05, 0.08, 0.1, 0.11, 0.12, 0.13, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1, 1.5],
    blockSymbols: [64, 128, 256, 1024, 4096, 16_384],
    trials: 10_000,
    efficiencyTrials: 10_000,
  },
};

/**
 * Rainy weather, in which fades take a fifth of the time: of a whole year they take so little that hardly one of hundreds of trials
 * would meet one. The mean fades are those of a dish in Ku and Ka band (docs/channel-models.md).
 */
function rain(band: 'ku' | 'ka'): ChannelSpec {
  const { meanSeconds, sigma } = rainFadeParameters({ model: 'rain-fade', band });
  return { model: 'rain-fade', share: 0.2, meanSeconds, sigma };
}

/** Channels from the literature with their usual parameters, at the rate of a small transponder share. */
const CHANNELS: readonly ChannelSpec[] = [
  bernoulli(0.2),
  bursts(0.2, 10),
  bursts(0.2, 100),
  rain('ku'),
  rain('ka'),
  { model: 'pass', orbit: 'leo-550' },
  { model: 'recorder', loss: 0.01, startSeconds: 10 },
  { model: 'all', of: [rain('ka'), bursts(0.1, 10)] },
];

/** What the goals are judged by. */
const GOAL_SETS: ReadonlySet<string> = new Set(['efficiency', 'efficiency-small', 'overhead']);

/**
 * The cells of a named grid.
 *
 * @param trials of each cell instead of the grid's own number; exact cells get a tenth, as LDPC-Staircase of large objects does,
 *   whose elimination takes long
 */
export function namedGrid(name: GridName, seed: number, trials?: number): CellTask[] {
  const { losses, sizes, fractions, blockSymbols, ...extent } = EXTENTS[name];
  const largest = Math.min(10_000_000, sizes.at(-1)!);
  const passes = [UNTIL_COMPLETE];
  const cells: Cell[] = [
    // A receiver listens until it is complete: how far from capacity, ours and the others.
    ...compared({ set: ['efficiency'], objectBytes: [largest], channel: losses.map(bernoulli), passes }),
    // A small object, where padding and a symbol too many count.
    ...forMeanLoss(
      combine({ set: ['efficiency-small'], objectBytes: [100_000], channel: losses.map(bernoulli), passes }),
    ),
    // One block, as long as the encoder makes them of large objects: symbols that it needs beyond K.
    ...forMeanLoss(
      combine({
        set: ['overhead'],
        objectBytes: [largest / 2],
        channel: losses.filter((loss) => loss > 0).map(bernoulli),
        passes,
      }),
    ),
    // One pass with more and more repair.
    ...combine({
      set: ['single-pass'],
      objectBytes: sizes.filter((size) => size <= largest),
      channel: [bernoulli(0.1), bursts(0.1, 10)],
      repair: fractions.map(repair),
    }),
    // Each channel model, until complete.
    ...compared({ set: ['models'], objectBytes: [largest / 10], channel: CHANNELS }).map((cell) =>
      listening(cell, A_DAY),
    ),
    // A receiver tunes in at a random moment.
    ...compared({
      set: ['join'],
      objectBytes: [largest / 10],
      channel: [bernoulli(0.1), bernoulli(0.3)],
      passes,
      join: ['random'],
    }),
    ...forMeanLoss(
      combine({
        set: ['join-size'],
        objectBytes: sizes,
        channel: [bernoulli(0.2)],
        passes,
        join: ['random'],
      }),
    ),
    // Block sizes and the order of sending.
    ...forMeanLoss(
      combine({
        set: ['blocks'],
        objectBytes: [largest],
        channel: [bernoulli(0.2), bursts(0.2, 50)],
        passes,
        blockSymbols,
        interleave: [true, false],
        join: ['random'],
      }),
    ),
    // Number of passes that a receiver hears, with little repair in each.
    ...combine({
      set: ['passes'],
      objectBytes: [largest / 10],
      channel: losses.map(bernoulli),
      repair: [repair(0), repair(0.2)],
      passes: [1, 2, 3, 4],
      join: ['random'],
    }),
    // What signatures cost.
    ...forMeanLoss(
      combine({
        set: ['authentication'],
        objectBytes: [largest / 10],
        channel: [bernoulli(0.1)],
        passes,
        authDepth: [0, 1, 3, 5, 7],
      }),
    ),
  ];
  const exact = combine({
    set: ['exact'],
    mode: ['exact'],
    objectBytes: [30_000],
    blockSymbols: [16_384, 10],
    passes: [20],
    channel: [bernoulli(0.3), bursts(0.3, 10)],
    interleave: [true, false],
    join: ['random'],
  });
  const count = trials ?? extent.trials;
  const countOf = ({ set, code, objectBytes }: Cell) => {
    const isLdpc = code === 'ldpc-staircase-5' || code === 'ldpc-staircase-7';
    if (isLdpc && objectBytes > 1_000_000) return Math.ceil(count / 10);
    const isGoal = GOAL_SETS.has(set) && code === 'raptorq';
    return isGoal ? (trials ?? extent.efficiencyTrials) : count;
  };
  return [
    ...cells.map((cell) => ({ cell, seed, trials: countOf(cell) })),
    ...exact.map((cell) => ({ cell, seed, trials: Math.ceil(count / 10) })),
  ];
}
