import { Command, InvalidArgumentError, Option } from 'commander';
import { type CliIo, UsageError } from '../../codecs/node/command.js';
import { channelPercentage, list } from '../../codecs/node/options.js';
import { authDepth, bitRate, mtuBytes, repairPercentage } from '../../encoder/options.js';
import type { RepairGoal } from '../../encoder/session/repair.js';
import { ChannelError, type ChannelSpec, parseChannelSpec, prepareLossModel } from '../channel/index.js';
import { count, positiveNumber } from '../options.js';
import { openCountBar } from '../progress.js';
import { type Axes, combine, GRIDS, type GridName, namedGrid } from './grid.js';
import { type CellRecord, CODES, type CodeName, type Join, type Mode } from './record.js';
import { recordsAsCsv } from './results/csv.js';
import { formatRecord, openResults, replaceFile } from './results/results.js';
import { goalLines, lossTable } from './results/table.js';
import { runGrid, type Shard, shardOf } from './run.js';
import type { CellTask } from './simulation/cell.js';
import { allCores } from './thread-tasks.js';

interface AxisOptions {
  channel?: ChannelSpec[];
  loss?: number[];
  size?: number[];
  blockSymbols?: number[];
  repair?: RepairGoal[];
  interleave?: boolean[];
  passes?: number[];
  join?: Join[];
  code?: CodeName[];
  mode?: Mode[];
  authDepth?: number[];
  mtu?: number[];
  rate?: number[];
}

interface LossOptions extends AxisOptions {
  grid?: GridName;
  trials?: number;
  seed: number;
  jobs: number;
  shard: Shard;
  out?: string;
  json?: true;
  list?: true;
}

const DEFAULT_TRIALS = 300;

const EXAMPLES = `
A grid of cells, each tried many times. Give a grid by its name, or your own: lists separated by commas are combined, each
value with each. Cells that are in the file of --out already are not run again: after an interruption give the same
command once more. Beside FILE.jsonl stands FILE.csv when all is done. docs/experiments.md explains every figure.

Channels: bernoulli:loss=30%  gilbert-elliott:loss=0.2,burst=10  rain-fade:band=ka  pass:orbit=leo-550
  recorder:loss=1%,startSeconds=10  trace:path=FILE; several at once joined by +.

Examples:
  The grid that the report is made of, about 14 minutes on two cores:
    datacast-bench loss --out loss.jsonl
  How often 1 MB is complete after one pass with 20 and 40 % repair, at three losses:
    datacast-bench loss --size 1000000 --loss 10%,20%,30% --repair 20%,40% --trials 1000
  A channel with bursts, real encoder and receiver, every byte compared:
    datacast-bench loss --mode exact --size 30000 --channel gilbert-elliott:loss=0.2,burst=10 --passes 5 --trials 20
  A third of the large grid, on one of three machines:
    datacast-bench loss --grid full --shard 1/3 --out part-1.jsonl

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench loss`: loss-rate experiments. */
export function lossCommand(io: CliIo): Command {
  return new Command('loss')
    .description(
      'Measure completion, overhead, efficiency and time on simulated channels, beside other codes.',
    )
    .addOption(new Option('--grid <NAME>', 'a grid by its name (default: default)').choices(GRIDS))
    .addOption(
      new Option('--channel <SPEC>', 'a channel; may be given several times')
        .argParser(channels)
        .conflicts('loss'),
    )
    .option('--loss <LIST>', 'independent losses in percent', list(channelPercentage))
    .option('--size <LIST>', 'bytes of the object', list(positiveNumber))
    .option('--block-symbols <LIST>', 'most source symbols of a block', list(positiveNumber))
    .option(
      '--repair <LIST>',
      'repair of a pass: 20% of the source symbols, or loss=20% to be planned for',
      list(repair),
    )
    .option('--interleave <LIST>', 'blocks take turns: on, off', list(oneOf({ on: true, off: false })))
    .option('--passes <LIST>', 'passes that a receiver hears at most', list(positiveNumber))
    .option(
      '--join <LIST>',
      'when it tunes in: start, random',
      list(oneOf<Join>({ start: 'start', random: 'random' })),
    )
    .option('--code <LIST>', `codes: ${CODES.join(', ')}`, list(oneOf(named(CODES))))
    .option('--mode <LIST>', 'fast, exact', list(oneOf<Mode>({ fast: 'fast', exact: 'exact' })))
    .option('--auth-depth <LIST>', 'depths of the signature tree', list(authDepth))
    .option('--mtu <LIST>', 'bytes of the largest IP packet', list(mtuBytes))
    .option('--rate <LIST>', 'bits per second of IP packets, like 64k or 2.5M', list(bitRate))
    .option(
      '--trials <N>',
      `trials of each cell (default: the grid's own, or ${DEFAULT_TRIALS})`,
      positiveNumber,
    )
    .option('--seed <N>', 'seed of the random numbers', count, 1)
    .option('--jobs <N>', 'cores to use', positiveNumber, allCores())
    .addOption(
      new Option('--shard <I/N>', 'only part I of N of the cells')
        .argParser(shard)
        .default({ index: 1, count: 1 }, '1/1'),
    )
    .option('--out <FILE.jsonl>', 'results are appended, one line a cell')
    .option('--json', 'print the results as JSON lines')
    .option('--list', 'print the cells and run nothing')
    .addHelpText('after', EXAMPLES)
    .action((options: LossOptions) => runLoss(options, io));
}

async function runLoss(options: LossOptions, io: CliIo): Promise<void> {
  const tasks = shardOf(tasksOf(options), options.shard);
  if (options.list) {
    for (const task of tasks) io.stdout.write(`${JSON.stringify(task)}\n`);
    return;
  }
  const file = options.out === undefined ? undefined : openResults(options.out, options.seed);
  const known = file?.records ?? [];
  const ids = new Set(known.map(({ id }) => id));
  const bar = openCountBar(tasks.length, 'cells', io);
  bar.advance(Math.min(ids.size, tasks.length));
  try {
    const records = await runGrid(tasks, {
      known,
      jobs: options.jobs,
      onRecord(record) {
        file?.append(record);
        bar.advance(1);
      },
    });
    bar.end();
    if (options.out !== undefined) replaceFile(csvPath(options.out), recordsAsCsv(records));
    io.stdout.write(
      options.json ? records.map(formatRecord).join('') : `${reportOn(records, options.out)}\n`,
    );
  } finally {
    bar.end();
  }
}

/** The table, or where to find it. */
function reportOn(records: readonly CellRecord[], out: string | undefined): string {
  if (out === undefined) return lossTable(records);
  return [`${records.length} cells in ${out} and ${csvPath(out)}.`, ...goalLines(records)].join('\n');
}

export function csvPath(path: string): string {
  return `${path.replace(/\.jsonl$/, '')}.csv`;
}

function tasksOf(options: LossOptions): CellTask[] {
  const axes = axesOf(options);
  if (Object.keys(axes).length === 0)
    return namedGrid(options.grid ?? 'default', options.seed, options.trials);
  if (options.grid !== undefined) {
    throw new UsageError(
      '--grid names cells that are chosen already; leave it out, or the options that choose cells.',
    );
  }
  const { seed, trials = DEFAULT_TRIALS } = options;
  return combine(axes).map((cell) => ({ cell, seed, trials }));
}

function axesOf(options: AxisOptions): Partial<Axes> {
  const { channel, loss, size, code, mode, blockSymbols, interleave, passes, join, mtu, rate } = options;
  const all: { [Name in keyof Axes]?: Axes[Name] | undefined } = {
    channel: channel ?? loss?.map((value): ChannelSpec => ({ model: 'bernoulli', loss: value })),
    objectBytes: size,
    code,
    mode,
    blockSymbols,
    repair: options.repair,
    interleave,
    passes,
    join,
    authDepth: options.authDepth,
    mtu,
    rate,
  };
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values !== undefined));
}

/** Commander hands over what earlier options of the name gave. */
function channels(text: string, before: ChannelSpec[] = []): ChannelSpec[] {
  try {
    const spec = parseChannelSpec(text);
    prepareLossModel(spec);
    return [...before, spec];
  } catch (error) {
    if (error instanceof ChannelError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** `20%` or `0.2` of the source symbols, or `loss=20%`. */
function repair(text: string): RepairGoal {
  const loss = /^loss=(.*)$/.exec(text)?.[1];
  if (loss === undefined) return { kind: 'fraction', fraction: repairPercentage(text) };
  const planned = channelPercentage(loss);
  if (planned > 0.99) throw new InvalidArgumentError('Repair can be planned for a loss of 99 % at most.');
  return { kind: 'loss', loss: planned };
}

function shard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new InvalidArgumentError('A part like 1/4 is needed: from 1/4 to 4/4.');
  }
  return { index, count };
}

function oneOf<T>(values: Readonly<Record<string, T>>): (text: string) => T {
  return (text) => {
    if (!Object.hasOwn(values, text)) {
      throw new InvalidArgumentError(`"${text}" is none of ${Object.keys(values).join(', ')}.`);
    }
    return values[text]!;
  };
}

function named<T extends string>(values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value) => [value, value]));
}
