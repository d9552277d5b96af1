import { firstThatFits, shorten } from '../../../codecs/node/terminal/width.js';
import { formatCount } from '../../../codecs/text.js';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';

/** Columns of a bundle's name; where there is little room, the shorter. */
const NAME_COLUMNS = [60, 20, 10];

/**
 * A status line of at most `columns` columns of a terminal: rate, bundles with pass and share, time left. First names become
 * shorter, then bundles and counts are left out.
 */
export function statusLine(
  status: UplinkStatus,
  measured: number,
  secondsLeft: number | undefined,
  columns: number,
): string {
  return firstThatFits(wordings(status, measured, secondsLeft), columns);
}

function* wordings(
  { rate, flows, stats, packing, problems, tables }: UplinkStatus,
  measured: number,
  secondsLeft: number | undefined,
): Generator<string> {
  const counts = [
    `${stats.datagrams.toLocaleString('en-US')} datagrams`,
    flows.length > 0 ? `${tables.toLocaleString('en-US')} tables` : '',
  ] as const;
  const refused = stats.errors > 0 ? `${stats.errors} refused` : '';
  const wrong = problems.length > 0 ? formatCount(problems.length, 'problem') : '';
  const left = secondsLeft === undefined ? '' : `${clockText(secondsLeft)} left`;
  const join = (...texts: string[]) => texts.filter((text) => text !== '').join(' | ');
  const lineOf = (shown: number, name: number, [datagrams, sentTables]: readonly [string, string]) => {
    const bundles = flows.slice(0, shown).map((flow) => flowText(flow, name));
    if (flows.length === 0) bundles.push('nothing on the air');
    if (shown < flows.length) bundles.push(`${flows.length - shown} more`);
    const packed = packing === undefined ? '' : packingText(packing, name);
    return join(
      `${bits(measured)} of ${bits(rate)}`,
      datagrams,
      ...bundles,
      sentTables,
      packed,
      refused,
      wrong,
      left,
    );
  };
  const shortest = NAME_COLUMNS.at(-1)!;
  for (const name of NAME_COLUMNS) yield lineOf(flows.length, name, counts);
  // of hundreds of bundles few have room
  for (let shown = Math.min(flows.length - 1, MOST_SHOWN); shown > 0; shown--)
    yield lineOf(shown, shortest, counts);
  for (let shown = Math.min(flows.length, MOST_SHOWN); shown >= 0; shown--)
    yield lineOf(shown, shortest, ['', '']);
  yield join(bits(measured), refused, wrong, left);
  yield bits(measured);
}

const MOST_SHOWN = 50;

function packingText({ bundle, done, total }: NonNullable<UplinkStatus['packing']>, columns: number): string {
  return `packing ${shorten(bundle, columns)} ${Math.floor((100 * done) / Math.max(1, total))} %`;
}

function flowText({ name, passes, passDone, silentUntil }: FlowStatus, columns: number): string {
  const state = silentUntil === undefined ? `pass ${passes + 1}, ${Math.floor(100 * passDone)} %` : 'waits';
  return `${shorten(name, columns)} ${state}`;
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
