import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { CliError, type CliIo, UsageError } from '../../codecs/node/command.js';
import { wholeNumber } from '../../codecs/node/options.js';
import { formatCount } from '../../codecs/text.js';
import { positiveNumber } from '../options.js';
import { keepInput } from './keep-input.js';
import { now } from './now.js';
import { describeFault, describeRun } from './report.js';
import { type FuzzResult, runTarget } from './run.js';
import { moduleOf, TARGETS } from './targets/index.js';

interface FuzzOptions {
  target?: string;
  seconds?: number;
  runs?: number;
  seed: number;
  input?: string;
  out: string;
  list?: true;
}

const ALL = 'all';
const SECONDS = 60;

const NOTES = `
Inputs begin with what our own encoder makes. They are changed at random, and an input that runs new code is changed
further. See docs/fuzzing.md.

Examples:
  What there is to fuzz:
    npm run fuzz -- --list
  An hour of the parser of datagrams:
    npm run fuzz -- --target alc --seconds 3600
  An input that an earlier run has written:
    npm run fuzz -- --target alc --input bench-results/fuzz/alc-7-12345.bin

Exit codes: 0 everything holds, 1 a fault was found, 2 wrong command line.`;

/** `datacast-bench fuzz`: hostile input for everything that reads what others have made. */
export function fuzzCommand(io: CliIo): Command {
  return new Command('fuzz')
    .description(
      'Give hostile input to parsers, stores, decoder and receiver, guided by the code that it runs.',
    )
    .option('--target <NAME>', `what to fuzz, or ${ALL}, which share the time`)
    .option('--seconds <N>', `how long (default: ${SECONDS}, unless --runs is given)`, positiveNumber)
    .option(
      '--runs <N>',
      'inputs for each target; of sequences, what is in them: datagrams, symbols',
      positiveNumber,
    )
    .addOption(
      new Option('--seed <N>', 'the inputs follow from it (default: another one each time)')
        .argParser(wholeNumber(0, 2 ** 32 - 1))
        .default(Date.now() % 1e6, 'another one each time'),
    )
    .option('--input <FILE>', 'run this input alone')
    .option('--out <DIR>', 'where inputs with a fault are written', 'bench-results/fuzz')
    .option('--list', 'list the targets, and what must hold')
    .addHelpText('after', NOTES)
    .action(async (options: FuzzOptions) => {
      if (options.list) return void io.stdout.write(listOf());
      if (options.target === undefined) throw new UsageError('Say what to fuzz: --target NAME, or --list.');
      const names = options.target === ALL ? TARGETS.map(({ name }) => name) : [options.target];
      if (moduleOf(names[0]!) === undefined) {
        throw new UsageError(`There is no target ${options.target}; --list shows those that there are.`);
      }
      if (options.input !== undefined) return repeat(names, options.input, options, io);
      const faults = await fuzzAll(names, options, io);
      if (faults > 0) throw new CliError(`${formatCount(faults, 'fault was', 'faults were')} found.`);
    });
}

function listOf(): string {
  const width = Math.max(...TARGETS.map(({ name }) => name.length)) + 2;
  return TARGETS.map(({ name, holds }) => `${name.padEnd(width)}${holds}\n`).join('');
}

async function repeat(names: readonly string[], path: string, { seed, out }: FuzzOptions, io: CliIo) {
  if (names.length > 1) throw new UsageError('An input is run by one target: name it.');
  const setup = { target: names[0]!, seed, runs: 1, until: 0 };
  const result = await runTarget({ ...setup, only: new Uint8Array(readFileSync(path)) });
  if (report(result, { ...setup, out }, path, io)) throw new CliError('The fault is still there.');
}

/** @returns how many have a fault */
async function fuzzAll(names: readonly string[], options: FuzzOptions, io: CliIo): Promise<number> {
  const { runs = Number.POSITIVE_INFINITY, seed, out } = options;
  const seconds = options.seconds ?? (options.runs === undefined ? SECONDS : Number.POSITIVE_INFINITY);
  const end = now() + 1000 * seconds;
  io.stderr.write(`Seed ${seed}\n`);
  let faults = 0;
  for (const [done, target] of names.entries()) {
    const until = now() + Math.max(0, end - now()) / (names.length - done);
    const setup = { target, seed, runs, until };
    if (report(await runTarget(setup), { ...setup, out }, undefined, io)) faults++;
  }
  return faults;
}

interface Context {
  readonly target: string;
  readonly seed: number;
  readonly out: string;
}

/** @returns whether there is a fault */
function report(
  result: FuzzResult,
  { target, seed, out }: Context,
  path: string | undefined,
  io: CliIo,
): boolean {
  if (result.type !== 'fault') {
    io.stdout.write(describeRun(target, result));
    return false;
  }
  const kept = path ?? keepInput(out, `${target}-${seed}-${result.number}`, result.input);
  io.stdout.write(describeFault(target, seed, result, kept));
  return true;
}
