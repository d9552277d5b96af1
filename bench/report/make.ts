import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CliIo } from '../../codecs/node/command.js';
import { environment } from '../environment.js';
import { LossError, mergeRecords, readResults, recordsAsCsv, SIMULATION_VERSION } from '../loss/index.js';
import { replaceFile } from '../loss/results/results.js';
import { type CountBar, openCountBar } from '../progress.js';
import { chooseExperiments, type Extent, type Findings, runExperiments } from './experiments.js';
import { failureExperiments, readFailureRates } from './failures.js';
import { type WrittenReport, writeReport } from './output/write.js';
import { composeReport, type Making } from './sections.js';
import { goals } from './tables/goals.js';

/** The options of `datacast-bench report`. */
export interface ReportOptions {
  out: string;
  quick?: true;
  full?: true;
  markdown?: string;
  failureRates?: string;
  seed: number;
  jobs: number;
}

/**
 * Runs what is missing of the experiments and writes their report.
 *
 * @throws LossError when a file holds something else than results
 */
export async function makeReport(options: ReportOptions, io: CliIo): Promise<void> {
  const { out, failureRates, seed, jobs, markdown } = options;
  const extent: Extent = options.quick ? 'quick' : options.full ? 'full' : 'default';
  const begin = performance.now();
  // Read before hours of work: a wrong file shows at once.
  const given = failureRates === undefined ? undefined : readFailureRates(failureRates);
  mkdirSync(out, { recursive: true });
  const findings = await withProgress(io, (onPart) =>
    runExperiments(chooseExperiments(extent, seed, given === undefined ? failureExperiments(extent) : []), {
      jobs,
      onPart,
      resultsPath: join(out, `loss-seed-${seed}.jsonl`),
      failuresPath: join(out, 'failure-rates.json'),
    }),
  );
  const all: Findings = given === undefined ? findings : { ...findings, failures: given };
  const seconds = (performance.now() - begin) / 1000;
  replaceFile(join(out, 'loss.csv'), recordsAsCsv([...all.records, ...all.plannerRecords]));
  const report = composeReport(all, makingOf(options, all, seconds));
  const written = await writeReport(report, out, markdown);
  io.stdout.write(`${summaryOf(all, written, (performance.now() - begin) / 1000)}\n`);
}

/**
 * Writes the report of results that are there: those of one seed and version, each cell once.
 *
 * @throws LossError when there are none, or a file holds something else
 */
export async function drawReport(directory: string, io: CliIo): Promise<void> {
  const begin = performance.now();
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  const sources = names.map((name) => {
    const path = join(directory, name);
    return { name: path, records: readResults(path) };
  });
  const records = mergeRecords(sources);
  const [first] = records;
  if (first === undefined) {
    throw new LossError(
      `${directory} holds no results: run "datacast-bench loss ... --out ${join(directory, 'loss.jsonl')}" first.`,
    );
  }
  const findings: Findings = { records, planner: [], plannerRecords: [], failures: [], reusedCells: 0 };
  replaceFile(join(directory, 'loss.csv'), recordsAsCsv(records));
  const making: Making = {
    command: `datacast-bench report ${directory}`,
    seed: first.seed,
    facts: factsOf(findings, first.seed, [['Results', names.join(', ')]]),
  };
  const written = await writeReport(composeReport(findings, making), directory);
  io.stdout.write(`${summaryOf(findings, written, (performance.now() - begin) / 1000)}\n`);
}

/** A bar for each part of the work. */
async function withProgress<T>(
  io: CliIo,
  work: (onPart: (name: string, total: number, unit: string) => (by: number) => void) => Promise<T>,
): Promise<T> {
  let bar: CountBar | undefined;
  try {
    return await work((name, total, unit) => {
      bar?.end();
      io.stderr.write(`${name}: ${total.toLocaleString('en')} ${unit}\n`);
      const current = openCountBar(total, unit, io);
      bar = current;
      return current.advance;
    });
  } finally {
    bar?.end();
  }
}

function summaryOf(
  { records, planner, failures }: Findings,
  { page, plots, markdown }: WrittenReport,
  seconds: number,
): string {
  const found = goals(records, failures, planner);
  return [
    `${page}, with ${plots.length} plots as SVG and PNG and loss.csv beside it, in ${seconds.toFixed(0)} s.`,
    ...(markdown === undefined ? [] : [`${markdown}, with its plots.`]),
    ...found.map(({ goal, result, met }) => `${met ? 'Met' : 'NOT MET'}: ${goal}: ${result}.`),
  ].join('\n');
}

function makingOf(options: ReportOptions, findings: Findings, seconds: number): Making {
  const { quick, full, seed, jobs, failureRates, markdown } = options;
  const { reusedCells } = findings;
  const given = [
    ...(quick ? ['--quick'] : []),
    ...(full ? ['--full'] : []),
    ...(seed === 1 ? [] : [`--seed ${seed}`]),
    ...(failureRates === undefined ? [] : [`--failure-rates ${failureRates}`]),
    ...(markdown === undefined ? [] : [`--markdown ${markdown}`]),
  ];
  return {
    ...(failureRates === undefined
      ? {}
      : { before: `datacast-bench failure-rate --splits 100 --json > ${failureRates}` }),
    command: `npm run bench:loss${given.length === 0 ? '' : ` -- ${given.join(' ')}`}`,
    seed,
    facts: factsOf(findings, seed, [
      [
        'This run',
        `${seconds.toFixed(0)} s with ${jobs} ${jobs === 1 ? 'worker' : 'workers'}${reusedCells === 0 ? '' : `, ${reusedCells} cells from earlier runs`}`,
      ],
    ]),
  };
}

function factsOf(
  { records, plannerRecords }: Findings,
  seed: number,
  more: Making['facts'],
): Making['facts'] {
  const { cpu, cores, memoryGiB, platform, node, v8 } = environment();
  const all = [...records, ...plannerRecords];
  const cellSeconds = all.reduce((sum, { elapsedSeconds }) => sum + elapsedSeconds, 0);
  const trials = all.reduce((sum, record) => sum + record.trials, 0);
  const versions = [...new Set(all.map((record) => record.versions.datacast))].join(', ');
  return [
    ['Date', new Date().toISOString().slice(0, 10)],
    ['datacast', `${versions}, simulation version ${SIMULATION_VERSION}`],
    ['Node', `${node}, V8 ${v8}`],
    ['ECharts, resvg', `${libraryVersion('echarts')}, ${libraryVersion('@resvg/resvg-js')}`],
    ['Machine', `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}`],
    ['Seed', String(seed)],
    ['Simulations', `${all.length} cells, ${trials.toLocaleString('en')} trials`],
    ['Time in the simulations, all workers together', `${cellSeconds.toFixed(0)} s`],
    ...more,
  ];
}

function libraryVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
