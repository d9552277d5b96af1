import { type Departure, paceError } from '../live/pace-error.js';
import type { Life } from './child-program.js';

/** A packet arrives: Unix time in milliseconds, bytes of the IP packet. */
export type Arrived = Departure;

/** How evenly the sender sent, measured by arrivals at the relay. */
export interface Pacing {
  /** Runs of the sender that were long enough to be measured. */
  readonly runs: number;
  /** Seconds measured, one after the other. */
  readonly seconds: number;
  /** The largest error of any second, however it begins; a fraction of the rate. */
  readonly worst: number;
  /** Not exceeded by 99 % of the seconds. */
  readonly percentile99: number;
  /** Share of the seconds with an error of more than 1 %. */
  readonly beyondOnePercent: number;
  /** Mean of the errors, with their signs. */
  readonly mean: number;
}

const SECOND = 1000;
/** Those that close the session follow when what waited has been dropped. */
const CLOSING_DATAGRAMS = 3;

/** @param arrivals in the order of their times; the last run of the sender has closed its session */
export function measurePacing(
  arrivals: readonly Arrived[],
  lives: readonly Life[],
  rate: number,
): Pacing | undefined {
  const measured = lives
    .map(({ began, ended }) => arrivals.filter(({ time }) => time >= began && time < ended))
    .map((run, index) => (index === lives.length - 1 ? run.slice(0, -CLOSING_DATAGRAMS) : run))
    .filter((run) => run.length > 1 && run.at(-1)!.time - run[0]!.time >= SECOND);
  const signed = measured.flatMap((run) => secondsOf(run).map((second) => errorOf(second, rate)));
  const errors = signed.map(Math.abs).sort((a, b) => a - b);
  if (errors.length === 0) return undefined;
  return {
    runs: measured.length,
    seconds: errors.length,
    worst: Math.max(...measured.map((run) => paceError(run, rate, SECOND).worstWindow)),
    percentile99: errors[Math.ceil(0.99 * errors.length) - 1]!,
    beyondOnePercent: errors.filter((error) => error > 0.01).length / errors.length,
    mean: signed.reduce((sum, error) => sum + error, 0) / signed.length,
  };
}

/** Consecutive pieces of a second, or a packet more; each ends with the packet that the next one begins with. */
function secondsOf(run: readonly Arrived[]): Arrived[][] {
  const seconds: Arrived[][] = [];
  let begin = 0;
  for (const [i, { time }] of run.entries()) {
    if (time - run[begin]!.time < SECOND) continue;
    seconds.push(run.slice(begin, i + 1));
    begin = i;
  }
  return seconds;
}

const errorOf = (second: readonly Arrived[], rate: number) => paceError(second, rate, SECOND).whole;
