import { type Environment, environmentLine } from '../environment.js';
import { summarize } from '../statistics.js';
import type { ChildProgram } from './child-program.js';
import { type Arrival, type EditionRecord, RECEIVERS, type ReceiverName } from './edition-records.js';
import type { Pacing } from './pacing.js';
import type { ThirdListener } from './third-listener.js';

export interface ReceiverSummary {
  readonly receiver: ReceiverName;
  /** Datagrams that came to the relay for it; undefined when the relay did not say. */
  readonly sent: number | undefined;
  /** Those that the relay lost. */
  readonly lost: number | undefined;
  /** Datagrams that it took up again after it had been killed. */
  readonly resumed: number;
  /** Bytes of the files that it keeps for later, at the end. */
  readonly stateBytes: number;
}

/** What a soak has found, as --json. */
export interface SoakReport {
  readonly seed: number;
  /** Bits per second. */
  readonly rate: number;
  readonly channel: string;
  readonly seconds: number;
  readonly environment: Environment;
  /** Processes of the whole machine that ran or waited for a core, on average in the last five minutes; getloadavg(3). */
  readonly load: number;
  readonly editions: readonly EditionRecord[];
  /** Files of receivers that were compared with signed editions, at any time. */
  readonly filesCompared: number;
  /** What should not have been; empty when all is well. */
  readonly failures: readonly string[];
  /** What processes reported without failing. */
  readonly problems: readonly { readonly problem: string; readonly count: number }[];
  readonly processes: readonly {
    readonly name: string;
    readonly starts: number;
    /** Bytes resident at most, VmHWM of proc(5), looked at four times a second. */
    readonly peakMemory: number;
  }[];
  /** Undefined when the sender never ran for a second. */
  readonly pacing: Pacing | undefined;
  readonly receivers: readonly ReceiverSummary[];
  /** What a third listener heard. */
  readonly listener: ThirdListener['heard'];
  /** Datagrams that were lost in the socket of the relay; undefined when the system does not say. */
  readonly relayDrops: number | undefined;
  /** Datagrams that an adversary has sent to each receiver, by means. */
  readonly adversary?: Readonly<Record<string, number>>;
}

const isThere = ({ arrivals }: EditionRecord) => RECEIVERS.every((name) => arrivals[name] !== undefined);

/** How far it has come, as a line. */
export function progressLine(
  editions: readonly EditionRecord[],
  children: readonly ChildProgram[],
  seconds: number,
): string {
  const there = editions.filter(isThere).length;
  const kills = children
    .filter(({ lives }) => lives.length > 1)
    .map(({ name, lives }) => `, ${name} killed ${times(lives.length - 1)}`);
  return `${clock(seconds)}  ${there} of ${editions.length} editions at both receivers${kills.join('')}`;
}

/** The report as text. @param misses a sentence for each figure beyond its bar */
export function soakText(report: SoakReport, misses: readonly string[]): string {
  const { seed, rate, channel, seconds, editions, failures } = report;
  const verdict =
    failures.length === 0
      ? [`Every one of ${editions.length} editions arrived at both receivers, byte for byte.`]
      : [
          ...failures.map((failure) => `FAILED: ${failure}`),
          `To repeat it, and to have the logs of all processes: --seed ${seed} --keep`,
        ];
  const lines = [
    environmentLine(report.environment),
    `Soak of ${clock(seconds)} at ${number(rate)} bit/s, ${channel}, --seed ${seed}`,
    '',
    ...editionTable(editions),
    '',
    ...measurements(report),
    '',
    ...verdict,
    ...misses.map((sentence) => `MISSED: ${sentence}`),
  ];
  return `${lines.join('\n')}\n`;
}

function measurements(report: SoakReport): string[] {
  const { processes, receivers, listener, pacing, problems, adversary } = report;
  const killed = processes.filter(({ starts }) => starts > 1);
  const each = (text: (of: ReceiverSummary) => string) =>
    receivers.map((of) => `receiver ${of.receiver} ${text(of)}`).join(', ');
  return [
    ['Killed', killed.map(({ name, starts }) => `${name} ${times(starts - 1)}`).join(', ')],
    ['Lost', `on the way to ${each(({ sent, lost }) => (sent ? percent(lost! / sent) : 'unknown'))}`],
    ['Resumed', each(({ resumed }) => `with ${number(resumed)} datagrams of earlier lives`)],
    ['Files', `${number(report.filesCompared)} compared with signed editions while they stood there`],
    [
      'Datagrams',
      `${number(receivers[0]?.sent)} sent, ${number(report.relayDrops)} lost in the relay's socket`,
    ],
    [
      'Symbols',
      `${number(listener.symbols)} heard by a third listener, ${number(listener.repeated)} of them twice`,
    ],
    ...(adversary ? [['Attack', attackText(adversary)]] : []),
    ['Pacing', pacingText(pacing)],
    [
      'Load',
      `${report.load.toFixed(1)} on ${report.environment.cores} cores, of all programs on this machine`,
    ],
    [
      'Memory',
      processes.map(({ name, peakMemory }) => `${name} ${Math.round(peakMemory / 1e6)} MB`).join(', '),
    ],
    ['State', `${each(({ stateBytes }) => `${number(stateBytes)} bytes`)} at the end`],
    ...problems.map(({ problem, count }) => ['Reported', `${times(count)}: ${problem}`]),
  ].map(([what, text]) => `${what!.padEnd(10)} ${text}`);
}

function attackText(adversary: Readonly<Record<string, number>>): string {
  const sent = Object.values(adversary).reduce((sum, count) => sum + count, 0);
  return `${number(sent)} datagrams sent to each receiver by ${Object.keys(adversary).length} means`;
}

const HEADINGS = [
  'bundle',
  'editions',
  'kB',
  'at A',
  'at B',
  'identical',
  'median A s',
  'worst A s',
  'median B s',
  'worst B s',
];

function editionTable(editions: readonly EditionRecord[]): string[] {
  const rows = [...new Set(editions.map(({ bundle }) => bundle))].map((bundle) => {
    const those = editions.filter((edition) => edition.bundle === bundle);
    const arrivals = (name: ReceiverName) => those.flatMap(({ arrivals }) => arrivals[name] ?? []);
    const identical = those.filter((edition) =>
      RECEIVERS.every((name) => edition.arrivals[name] && edition.arrivals[name].difference === undefined),
    );
    const sizes = those.flatMap(({ bytes }) => bytes ?? []);
    const kilobytes = sizes.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, sizes.length) / 1000;
    return [
      ...[
        bundle,
        those.length,
        Math.round(kilobytes),
        arrivals('A').length,
        arrivals('B').length,
        identical.length,
      ],
      ...[...secondsOf(arrivals('A')), ...secondsOf(arrivals('B'))],
    ].map(String);
  });
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  return [HEADINGS, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}

/** Median and maximum. */
function secondsOf(arrivals: readonly Arrival[]): string[] {
  if (arrivals.length === 0) return ['-', '-'];
  const { median, max } = summarize(arrivals.map(({ seconds }) => seconds));
  return [median.toFixed(1), max.toFixed(1)];
}

function pacingText(pacing: Pacing | undefined): string {
  if (pacing === undefined) return 'not measured';
  const { seconds, worst, percentile99, beyondOnePercent, runs } = pacing;
  return (
    `error of any second at most ${percent(worst)}, of 99 % of ${seconds} seconds ${percent(percentile99)}; ` +
    `${percent(beyondOnePercent)} of them beyond 1 % (arrivals at the relay, in ${runs} runs of the sender)`
  );
}

const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
const number = (value: number | undefined) => value?.toLocaleString('en-US') ?? 'unknown';
const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

function clock(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
