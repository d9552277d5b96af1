import { Command, Option } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { channelPercentage, list } from '../../codecs/node/options.js';
import { type CoreBuild, fastestBuild } from '../../codecs/raptorq/index.js';
import { environment, environmentLine } from '../environment.js';
import { blockSizes, count } from '../options.js';
import type { Summary } from '../statistics.js';
import { type CodecCase, type CodecResult, measureCodec, measureSolve, type SolveTime } from './codec.js';

interface CodecOptions {
  k?: number[];
  symbolSize?: number[];
  loss?: number[];
  core: CoreBuild;
  json?: true;
}

/** The table that the README quotes: compared with the peer. */
const COMPARED: CodecCase[] = [1000, 10_000, 50_000].map((k) => ({ k, symbolSize: 1280, loss: 0.1 }));

/** Other losses, block sizes and symbol sizes, ours alone. */
const ALONE: CodecCase[] = [
  ...[1000, 10_000, 50_000].flatMap((k) =>
    [0.01, 0.3, 0.5, 1].map((loss) => ({ k, symbolSize: 1280, loss })),
  ),
  ...[10, 100, 56_403].map((k) => ({ k, symbolSize: 1280, loss: 0.1 })),
  ...[64, 1384, 4096].map((symbolSize) => ({ k: 1000, symbolSize, loss: 0.1 })),
];

/** Up to this K the times of a block are told too. */
const SMALL_BLOCK = 100;

const SOLVED = [10, 100, 1000, 2000, 5000, 10_000, 20_000, 56_403];

const EXAMPLES = `
Examples:
  The whole table, about two minutes:
    datacast-bench codec
  One case:
    datacast-bench codec --k 5000 --symbol-size 1384 --loss 20%

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench codec`: speed of the fountain code against npm raptorq. */
export function codecCommand(io: CliIo): Command {
  return new Command('codec')
    .description('Measure the RaptorQ core and npm raptorq alternately; results are checked.')
    .option('--k <LIST>', 'numbers of source symbols', blockSizes)
    .option('--symbol-size <LIST>', 'bytes of a symbol', list(count))
    .option('--loss <LIST>', 'source symbols that are lost, in percent', list(channelPercentage))
    .addOption(
      new Option('--core <BUILD>', 'build of the core').choices(['simd', 'scalar']).default(fastestBuild()),
    )
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CodecOptions) => {
      const chosen = casesFrom(options);
      const results: CodecResult[] = [];
      const alone: CodecResult[] = [];
      const solved: SolveTime[] = [];
      const measure = async (c: CodecCase, withPeer: boolean) => {
        io.stderr.write(`K = ${c.k}, T = ${c.symbolSize}, loss ${c.loss}\n`);
        return measureCodec(c, options.core, withPeer);
      };
      for (const c of chosen ?? COMPARED)
        results.push(await measure(c, c.symbolSize % 8 === 0 && c.symbolSize >= 64));
      if (!chosen) {
        for (const c of ALONE) alone.push(await measure(c, false));
        for (const k of SOLVED) solved.push(await measureSolve(k, options.core));
      }
      const report = { environment: environment(), core: options.core, compared: results, alone, solved };
      io.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text(report));
    });
}

function casesFrom({ k, symbolSize, loss }: CodecOptions): CodecCase[] | undefined {
  if (!k && !symbolSize && !loss) return undefined;
  const cases: CodecCase[] = [];
  for (const size of k ?? [1000]) {
    for (const bytes of symbolSize ?? [1280]) {
      for (const share of loss ?? [0.1]) cases.push({ k: size, symbolSize: bytes, loss: share });
    }
  }
  return cases;
}

const COLUMNS = [
  'K',
  'T',
  'loss',
  'encode',
  'best',
  'cold',
  'decode',
  'best',
  'enc ratio',
  'best',
  'dec ratio',
  'best',
].concat(['KiB enc', 'dec']);

function row(r: CodecResult): string[] {
  const speed = (ms: number) => figure((r.k * r.symbolSize) / ms / 1000);
  const ratios = (ours: Summary, peer: Summary | undefined) =>
    peer ? [`${figure(peer.median / ours.median)}x`, `${figure(peer.min / ours.min)}x`] : ['', ''];
  const { encode, decode } = r.ours;
  return [
    String(r.k),
    String(r.symbolSize),
    `${Math.round(r.loss * 100)} %`,
    speed(encode.median),
    speed(encode.min),
    speed(r.coldEncode),
    speed(decode.median),
    speed(decode.min),
    ...ratios(encode, r.peer?.encode),
    ...ratios(decode, r.peer?.decode),
    `${Math.round(r.encoderMemory / 1024)}`,
    `${Math.round(r.decoderMemory / 1024)}`,
  ];
}

/** Three digits, or all digits before the decimal point. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Blocks that are over in microseconds, in words. */
function smallBlock({ k, symbolSize, ours: { encode, decode } }: CodecResult): string {
  const microseconds = ({ median, min }: Summary) =>
    `${figure(median * 1000)} us (best ${figure(min * 1000)})`;
  return `K = ${k}, T = ${symbolSize}: encode ${microseconds(encode)}, decode ${microseconds(decode)} per block`;
}

function table(rows: readonly string[][]): string {
  const all = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  return all.map((cells) => `${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`).join('');
}

interface Report {
  readonly environment: ReturnType<typeof environment>;
  readonly core: CoreBuild;
  readonly compared: readonly CodecResult[];
  readonly alone: readonly CodecResult[];
  readonly solved: readonly SolveTime[];
}

function text({ environment: machine, core, compared, alone, solved }: Report): string {
  const lines = [
    `${environmentLine(machine)}, ${core} core`,
    'MB/s of source data, median and best; encode: K source and 1.1 K repair symbols; cold: first block of its size;',
    'ratio: against npm raptorq 1.7.24, alternately in this process; KiB of WebAssembly memory for one block.',
    '',
    table(compared.map(row)),
  ];
  if (alone.length > 0) lines.push(table(alone.map(row)));
  const small = [...compared, ...alone].filter(({ k }) => k <= SMALL_BLOCK);
  if (small.length > 0) lines.push(...small.map(smallBlock), '');
  if (solved.length > 0) {
    lines.push('Solving the constraint matrix of an encoder (cached afterwards):');
    for (const { k, ms } of solved) {
      const perRow = ((ms.median * 1000) / k).toFixed(2);
      lines.push(
        `K = ${String(k).padStart(6)}  ${ms.median.toFixed(2).padStart(8)} ms  ${perRow} us per symbol`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}
