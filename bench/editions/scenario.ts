import { type Bar, isWithin } from '../bars.js';
import type { Laboratory } from './laboratory.js';

/**
 * `decoded`: real datagrams with real signatures through the real receiver, content compared, in simulated time. `counted`: the
 * sender is real and its signatures are not; symbols of each block are counted, in simulated time. `measured`: on this machine,
 * in real time.
 */
export type Method = 'decoded' | 'counted' | 'measured';

/** A number that a scenario came to. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be at most, or at least. */
  readonly bar?: Bar;
  /** What it was while an edition was one object. */
  readonly former?: string;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly method: Method;
  /** False: it is left out of a quick run. */
  readonly isQuick: boolean;
  run(laboratory: Laboratory): Promise<Figure[]>;
}

export interface ScenarioResult extends Pick<Scenario, 'name' | 'title' | 'method'> {
  readonly figures: readonly Figure[];
  /** What it took, in real time. */
  readonly seconds: number;
}

/** Undefined for a figure without a bar. */
export function meetsBar({ value, bar }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  return isWithin(value, bar);
}

export { atLeast, atMost } from '../bars.js';

/** Of an even number the higher of the two in the middle; NaN of nothing. */
export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** NaN of nothing. */
export const mean = (values: readonly number[]) =>
  values.reduce((sum, each) => sum + each, 0) / values.length;
