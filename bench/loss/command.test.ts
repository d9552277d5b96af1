import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { runCli } from '../../codecs/node/command.js';
import { chooseObjectCoding } from '../../encoder/session/object-coding.js';
import { ROOT, runProgram } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';
import { createBenchProgram } from '../program.js';
import { GRIDS, namedGrid } from './grid.js';
import type { CellRecord } from './record.js';
import { readResults } from './results/results.js';
import { shardOf } from './run.js';

let directory: string;
const at = (name: string) => join(directory, name);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-loss-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = await runCli(createBenchProgram(io), argv, io);
  return { code, stdout, stderr };
}

/** Twelve cells that take a moment. */
const SMALL = [
  ...['--size', '20000', '--loss', '10%,30%', '--repair', '20%,loss=20%', '--passes', '1,2'],
  ...['--code', 'raptorq,repetition', '--join', 'random', '--trials', '20', '--seed', '5'],
];
const loss = (...more: string[]) => run('loss', ...SMALL, '--jobs', '1', ...more);

/** Without what differs from run to run. */
const essence = (records: readonly CellRecord[]) =>
  records.map(({ elapsedSeconds: _, ...record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));

describe('datacast-bench loss', () => {
  it('prints a table, or JSON lines, the same for the same seed', async () => {
    const first = await loss('--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const parse = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as CellRecord);
    const records = parse(first.stdout);
    expect(records).toHaveLength(16);
    expect(essence(parse((await loss('--json')).stdout))).toEqual(essence(records));
    for (const { trials, completed, completion, costs, transmission, cell } of records) {
      expect(completion.probability).toBe(completed / trials);
      expect(completion.low).toBeLessThanOrEqual(completion.probability);
      expect(transmission.isReference).toBe(cell.code !== 'raptorq');
      if (costs) expect(Object.values(costs).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
    const table = (await loss()).stdout;
    expect(table).toMatch(/^custom +RaptorQ +bernoulli:loss=0\.1 +20000 /m);
    expect(table).toContain('reference models at symbol level');
  });

  it('goes on where a killed run ended', async () => {
    await loss('--out', at('all.jsonl'));
    const lines = readFileSync(at('all.jsonl'), 'utf8').split(/(?<=\n)/);
    writeFileSync(at('part.jsonl'), `${lines.slice(0, 5).join('')}${lines[5]!.slice(0, 300)}`);
    const { code, stdout } = await loss('--out', at('part.jsonl'));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `16 cells in ${at('part.jsonl')} and ${at('part.csv')}.\n`,
    });
    expect(readFileSync(at('part.jsonl'), 'utf8').startsWith(lines.slice(0, 5).join(''))).toBe(true);
    expect(essence(readResults(at('part.jsonl')))).toEqual(essence(readResults(at('all.jsonl'))));
    const csv = readFileSync(at('part.csv'), 'utf8').trimEnd().split('\n');
    expect(csv).toHaveLength(17);
    expect(new Set(csv.map((line) => line.replace(/"[^"]*"/g, '').split(',').length)).size).toBe(1);
    const before = readFileSync(at('part.jsonl'), 'utf8');
    await loss('--out', at('part.jsonl'));
    expect(readFileSync(at('part.jsonl'), 'utf8')).toBe(before);
  });

  it('runs exact cells beside fast ones', async () => {
    const exact = [
      '--size',
      '5000',
      '--mode',
      'exact,fast',
      '--passes',
      '3',
      '--trials',
      '5',
      '--jobs',
      '1',
      '--json',
    ];
    const { stdout } = await run('loss', ...exact);
    const [a, b] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as CellRecord);
    expect(a!.cell.mode).toBe('exact');
    expect(a!.secondsToComplete).toEqual(b!.secondsToComplete);
  });

  it('lists the cells of a named grid, and cuts them into shards', async () => {
    for (const grid of GRIDS) {
      const tasks = namedGrid(grid, 1);
      const shards = [1, 2, 3].map((index) => shardOf(tasks, { index, count: 3 }));
      expect(new Set(shards.flat())).toEqual(new Set(tasks));
      expect(shards.flat()).toHaveLength(tasks.length);
    }
    const { stdout } = await run('loss', '--grid', 'quick', '--shard', '2/3', '--list');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(JSON.parse(JSON.stringify(shardOf(namedGrid('quick', 1), { index: 2, count: 3 }))));
  });

  it('sends objects in the blocks of the encoder, but where blocks are what is compared', async () => {
    const schemes = await loadFecSchemes();
    const ours = namedGrid('default', 1).filter(
      ({ cell }) => cell.code === 'raptorq' && cell.mode === 'fast',
    );
    for (const { cell } of ours.filter((task) => task.cell.set !== 'blocks')) {
      const { objectBytes, mtu, authDepth } = cell;
      const session = { tsi: 1, mtu, authDepth, packetOverhead: 28 };
      const coding = chooseObjectCoding(objectBytes, session, schemes, 'raptorq', {
        goal: { kind: 'fraction', fraction: 0 },
        objects: 1,
      });
      const blocks = Math.ceil(coding.sourceSymbols / cell.blockSymbols);
      expect(blocks, JSON.stringify(cell)).toBe(coding.blocks.length);
      if (cell.set === 'overhead') expect(blocks).toBe(1);
    }
    expect(
      ours.filter(({ cell }) => cell.set === 'efficiency' && cell.objectBytes === 10_000_000).length,
    ).toBe(8);
  });

  it('lets every code listen for a day on channels with fades', () => {
    for (const { cell } of namedGrid('default', 1)) {
      if (cell.set !== 'models') continue;
      const sent = cell.repair.kind === 'loss' ? 1 / (1 - cell.repair.loss) : 1 + cell.repair.fraction;
      const seconds = (8 * cell.objectBytes * sent * cell.passes) / cell.rate;
      expect(Math.abs((1.09 * seconds) / 86_400 - 1), JSON.stringify(cell)).toBeLessThan(0.001);
    }
  });

  it.each([
    [['--loss', '130%'], 'A percentage from 0 to 100 is needed'],
    [['--loss', '0.3'], '30 % or 0.3 %?'],
    [['--shard', '4/3'], 'from 1/4 to 4/4'],
    [['--shard', '0/3'], 'from 1/4 to 4/4'],
    [['--channel', 'weather'], 'no channel model'],
    [['--channel', 'gilbert-elliott:loss=0.9,burst=2'], 'mean burst'],
    [['--repair', 'much'], 'like 20'],
    [['--code', 'turbo'], 'none of raptorq'],
    [['--grid', 'quick', '--size', '1000'], 'leave it out'],
    [['--trials', '0'], '1 or more'],
  ])('refuses %s with exit code 2', async (options, message) => {
    const { code, stderr } = await run('loss', ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    [['--mode', 'exact', '--code', 'repetition', '--size', '1000'], 'fast mode only'],
    [['--mtu', '576', '--size', '1000'], 'file delivery table takes several datagrams'],
    [['--size', '1000000', '--passes', '99999999'], 'more than the 2\\^24 symbols'],
  ])('fails with a sentence and exit code 1: %s', async (options, message) => {
    const { code, stderr } = await run('loss', ...options, '--jobs', '1', '--trials', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(message));
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('explains itself, with examples', async () => {
    for (const command of ['loss', 'merge', 'failure-rate']) {
      const { code, stdout } = await run(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?:/);
      expect(stdout).toContain('Exit codes:');
    }
  });
});

describe('datacast-bench merge', () => {
  it('puts shards together, whatever their order, and drops what is there twice', async () => {
    for (const shard of [1, 2, 3]) await loss('--shard', `${shard}/3`, '--out', at(`${shard}.jsonl`));
    await loss('--out', at('all.jsonl'));
    const files = [3, 1, 2, 1].map((shard) => at(`${shard}.jsonl`));
    const merged = await run('merge', ...files, '--out', at('merged.jsonl'), '--json');
    expect(JSON.parse(merged.stdout)).toMatchObject({ files: 4, records: 16, repeated: 6 });
    expect(essence(readResults(at('merged.jsonl')))).toEqual(essence(readResults(at('all.jsonl'))));
    await run('merge', ...files.reverse(), '--out', at('again.jsonl'));
    expect(essence(readResults(at('again.jsonl')))).toEqual(essence(readResults(at('merged.jsonl'))));
    expect(readdirSync(directory).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('refuses results that do not go together', async () => {
    const tiny = ['loss', '--size', '1000', '--jobs', '1', '--trials'];
    await run(...tiny, '5', '--out', at('a.jsonl'));
    await run(...tiny, '5', '--seed', '2', '--out', at('seed.jsonl'));
    await run(...tiny, '6', '--out', at('trials.jsonl'));
    const [line] = readFileSync(at('a.jsonl'), 'utf8').split('\n');
    const change = (name: string, from: RegExp, to: string) =>
      writeFileSync(at(name), `${line!.replace(from, to)}\n`);
    change('result.jsonl', /"completed":\d+/, '"completed":3.5');
    change('parameter.jsonl', /"objectBytes":1000/, '"objectBytes":1001');
    change('version.jsonl', /"simulation":\d+/, '"simulation":99');
    change('datacast.jsonl', /"datacast":"/, '"datacast":"9.');
    writeFileSync(at('text.jsonl'), 'once upon a time\n');
    writeFileSync(at('other.jsonl'), '{"format":"other"}\nnull\n');
    const cases: [string, RegExp][] = [
      ['seed.jsonl', /has the seed 1, .* has 2/],
      ['trials.jsonl', /5 trials of a cell of which .* has 6/],
      ['result.jsonl', /different results for the same cell/],
      ['parameter.jsonl', /line 1: the record is damaged/],
      ['version.jsonl', /version 99 of the simulation/],
      ['datacast.jsonl', /version of datacast/],
      ['text.jsonl', /line 1: this is no JSON/],
      ['other.jsonl', /line 1: no record/],
      ['none.jsonl', /does not exist/],
    ];
    for (const [name, message] of cases) {
      const { code, stderr } = await run('merge', at('a.jsonl'), at(name), '--out', at('merged.jsonl'));
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toMatch(message);
    }
    expect(readdirSync(directory)).not.toContain('merged.jsonl');
    expect((await run(...tiny, '5', '--seed', '2', '--out', at('a.jsonl'))).stderr).toContain(
      'results of the seed 1',
    );
    appendFileSync(at('a.jsonl'), 'once upon a time\n');
    expect((await run(...tiny, '5', '--out', at('a.jsonl'))).code).toBe(1);
  });
});

describe('on several cores, with the executables', () => {
  it('gives what one core gives', async () => {
    const { status, stderr } = runProgram('datacast-bench', [
      'loss',
      ...SMALL,
      '--jobs',
      '2',
      '--out',
      at('two.jsonl'),
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await loss('--out', at('one.jsonl'));
    expect(essence(readResults(at('two.jsonl')))).toEqual(essence(readResults(at('one.jsonl'))));
  });

  it('loses nothing but unfinished cells when it is killed', async () => {
    const cli = join(ROOT, 'dist/bench/cli.js');
    const args = [
      cli,
      'loss',
      ...SMALL.slice(0, -3),
      '400',
      '--seed',
      '5',
      '--jobs',
      '2',
      '--out',
      at('killed.jsonl'),
    ];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const hasLine = () =>
      existsSync(at('killed.jsonl')) && readFileSync(at('killed.jsonl'), 'utf8').includes('\n');
    while (!hasLine() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await ended;
    const kept = readFileSync(at('killed.jsonl'), 'utf8').replace(/[^\n]*$/, '');
    expect(kept).not.toBe('');
    expect(await run(...args.slice(1).join(' ').replace('--jobs 2', '--jobs 1').split(' '))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(readFileSync(at('killed.jsonl'), 'utf8').startsWith(kept)).toBe(true);
    expect(readResults(at('killed.jsonl'))).toHaveLength(16);
  });

  it('is spread by GNU parallel', async (context) => {
    if (!requireTool('parallel', context)) return;
    const cli = join(ROOT, 'dist/bench/cli.js');
    const command = [
      process.execPath,
      cli,
      'loss',
      ...SMALL,
      '--jobs',
      '1',
      '--shard',
      '{}/3',
      '--out',
      'part-{}.jsonl',
    ];
    const { status, stderr } = spawnSync('parallel', ['--jobs', '2', ...command, ':::', '1', '2', '3'], {
      cwd: directory,
      encoding: 'utf8',
      env: { ...process.env, PARALLEL_HOME: directory },
    });
    expect({ status, stderr: stderr.replace(/^.*citation.*$/gims, '') }).toMatchObject({ status: 0 });
    const parts = [1, 2, 3].map((shard) => at(`part-${shard}.jsonl`));
    expect(await run('merge', ...parts, '--out', at('merged.jsonl'))).toMatchObject({ code: 0 });
    await loss('--out', at('one.jsonl'));
    expect(essence(readResults(at('merged.jsonl')))).toEqual(essence(readResults(at('one.jsonl'))));
  });
});
