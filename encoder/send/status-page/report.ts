import { isPlausibleTime } from '../../../codecs/edition/index.js';
import { printable } from '../../../codecs/text.js';
import type { StandingProblem } from '../monitoring/problems.js';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';
import type { History } from './history.js';

/** What the page shows, as JSON. Times are Unix time in milliseconds, rates bits per second. */
export interface StatusReport {
  readonly now: number;
  readonly since: number;
  readonly destinations: readonly string[];
  readonly tsi: number;
  readonly rate: number;
  /** Over the last look. */
  readonly measured: number;
  readonly datagrams: number;
  readonly refused: number;
  /** Seconds of airtime lost to delays. */
  readonly lostAirtime: number;
  readonly certificateEnd: number;
  readonly packing: { readonly bundle: string; readonly share: number } | undefined;
  readonly problems: readonly StandingProblem[];
  readonly bundles: readonly BundleReport[];
  /** Rates of all that was sent, over `historySpan` milliseconds. */
  readonly history: readonly number[];
  readonly historySpan: number;
}

export interface BundleReport {
  readonly name: string;
  /** Sequence number of the edition; undefined until the first one is complete. */
  readonly sequence: number | undefined;
  /** When the edition was signed; undefined when its number stands for no time. */
  readonly edition: number | undefined;
  readonly parts: number;
  readonly changed: number;
  readonly pass: number;
  /** Of the pass, 0..1. */
  readonly passDone: number;
  /** Seconds until the pass, and the last pass, are through at the rate of late; undefined: it is not known, or there is no end. */
  readonly passLeft: number | undefined;
  readonly left: number | undefined;
  readonly silentUntil: number | undefined;
  readonly rate: number;
  readonly history: readonly number[];
}

/** Name of the sum in the history; no bundle has an empty one. */
const ALL = '';
/** Rates of an hour of which it takes that many to make a chart; before, the last half minute does. */
const FEWEST = 4;
/** Points of a bundle's chart. */
const POINTS = 60;

/** What was sent over the last hour, and over the last half minute. */
export interface Histories {
  readonly hour: History;
  readonly late: History;
}

/** Bytes sent so far, by bundle and in all. */
export function totalsOf({ flows, stats }: UplinkStatus): Map<string, number> {
  return new Map([[ALL, stats.bytes], ...flows.map(({ name, bytes }) => [name, bytes] as const)]);
}

export function reportOf(
  status: UplinkStatus,
  { hour, late }: Histories,
  { now, since }: { readonly now: number; readonly since: number },
): StatusReport {
  const { destinations, tsi, rate, stats, packing, problems } = status;
  const shown = hour.rates(ALL).length < FEWEST ? late : hour;
  return {
    now,
    since,
    destinations,
    tsi,
    rate,
    measured: Math.round(mean(late.rates(ALL))),
    datagrams: stats.datagrams,
    refused: stats.errors,
    lostAirtime: stats.lostTime / 1000,
    certificateEnd: status.certificateEnd * 1000,
    packing: packing && {
      bundle: printable(packing.bundle),
      share: packing.done / Math.max(1, packing.total),
    },
    problems: problems.map((each) => ({ ...each, message: printable(each.message) })),
    bundles: status.flows.map((flow) =>
      bundleReport(flow, shown.rates(flow.name), mean(late.rates(flow.name))),
    ),
    history: shown.rates(ALL).map(Math.round),
    historySpan: shown.span,
  };
}

function bundleReport(flow: FlowStatus, history: readonly number[], rate: number): BundleReport {
  const { sequence, symbols, bytes, passLeft, datagramsLeft } = flow;
  const seconds = (datagrams: number | undefined) =>
    datagrams === undefined || rate === 0 || symbols === 0
      ? undefined
      : (8 * datagrams * bytes) / symbols / rate;
  return {
    name: printable(flow.name),
    sequence,
    edition: sequence !== undefined && isPlausibleTime(sequence) ? sequence * 1000 : undefined,
    parts: flow.parts,
    changed: flow.changed,
    pass: flow.passes + 1,
    passDone: flow.passDone,
    passLeft: seconds(passLeft),
    left: seconds(datagramsLeft),
    silentUntil: flow.silentUntil,
    rate: Math.round(rate),
    history: fewer(history),
  };
}

function mean(rates: readonly number[]): number {
  return rates.length === 0 ? 0 : rates.reduce((sum, each) => sum + each, 0) / rates.length;
}

/** Means of neighbours, so that a channel of many bundles is no large page; the latest are at the end. */
function fewer(rates: readonly number[]): number[] {
  const step = Math.ceil(rates.length / POINTS);
  const points: number[] = [];
  for (let end = rates.length; end > 0; end -= step) {
    points.unshift(Math.round(mean(rates.slice(Math.max(0, end - step), end))));
  }
  return points;
}
