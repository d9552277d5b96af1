import { formatCount } from '../../../codecs/text.js';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';

/** A status line of at most `columns` characters: rate, bundles with pass and share, time left. */
export function statusLine(
  { rate, flows, stats, packing, problems, tables }: UplinkStatus,
  measured: number,
  secondsLeft: number | undefined,
  columns: number,
): string {
  const before = [
    `${bits(measured)} of ${bits(rate)}`,
    `${stats.datagrams.toLocaleString('en-US')} datagrams`,
  ];
  const after: string[] = [];
  if (flows.length > 0) after.push(`${tables.toLocaleString('en-US')} tables`);
  if (packing)
    after.push(
      `packing ${packing.bundle} ${Math.floor((100 * packing.done) / Math.max(1, packing.total))} %`,
    );
  if (stats.errors > 0) after.push(`${stats.errors} refused`);
  if (problems.length > 0) after.push(formatCount(problems.length, 'problem'));
  if (secondsLeft !== undefined) after.push(`${clockText(secondsLeft)} left`);
  const texts = flows.length === 0 ? ['nothing on the air'] : flows.map(flowText);
  // Bundles give way to what stands behind them.
  let shown = texts.length;
  const lineOf = () => {
    const more = shown < texts.length ? [`${texts.length - shown} more`] : [];
    return [...before, ...texts.slice(0, shown), ...more, ...after].join(' | ');
  };
  while (shown > 0 && lineOf().length > columns) shown--;
  const line = lineOf();
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

function flowText({ name, passes, passDone, silentUntil }: FlowStatus): string {
  const state = silentUntil === undefined ? `pass ${passes + 1}, ${Math.floor(100 * passDone)} %` : 'waits';
  return `${name} ${state}`;
}

/** Seconds until the last pass of all bundles is sent; undefined when there is no end. */
export function secondsLeft({ flows, rate }: UplinkStatus, packetBytes: number): number | undefined {
  let datagrams = 0;
  for (const { datagramsLeft } of flows) {
    if (datagramsLeft === undefined) return undefined;
    datagrams += datagramsLeft;
  }
  return flows.length === 0 ? undefined : (datagrams * packetBytes * 8) / rate;
}

function bits(rate: number): string {
  const [value, unit] = rate >= 1e6 ? [rate / 1e6, 'Mbit/s'] : [rate / 1e3, 'kbit/s'];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

function clockText(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A terminal that a line can be rewritten on. */
export interface StatusTerminal {
  readonly columns?: number;
  write(text: string): unknown;
}

/** Keeps one line at the bottom of a terminal; other lines go above it. */
export function createStatusLine(terminal: StatusTerminal) {
  let shown = '';
  const clear = '\r\x1b[K';
  return {
    show(line: string) {
      shown = line;
      terminal.write(`${clear}${line}`);
    },
    /** Writes a line that stays. */
    print(line: string) {
      terminal.write(`${shown === '' ? '' : clear}${line}\n${shown}`);
    },
    end() {
      if (shown !== '') terminal.write(clear);
      shown = '';
    },
  };
}
