import type { Registry } from 'prom-client';
import { printable } from '../../text.js';
import { CliError } from '../command.js';

export type PromClient = typeof import('prom-client');

/** The npm package that only metrics need. @throws CliError where it is not installed */
export async function loadPromClient(): Promise<PromClient> {
  try {
    return await import('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(
      'Metrics need the npm package prom-client, which is not installed: run "npm install prom-client" where datacast ' +
        'is installed (with --global if datacast is), or leave --metrics out.',
    );
  }
}

/** Labels of a sample and its value; a value that is undefined is left out. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | undefined];

/** Metrics of one program, read when they are asked for. */
export interface MetricSet<Status> {
  readonly registry: Registry;
  total(name: string, help: string, value: (status: Status) => number): void;
  /** A value that is undefined is left out. */
  gauge(name: string, help: string, value: (status: Status) => number | undefined): void;
  /** Several samples of one metric, told apart by labels. */
  labelled(
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    labels: readonly string[],
    samples: (status: Status) => Iterable<Sample>,
  ): void;
}

/**
 * @param status is looked at once for all metrics
 * @param up name and help of the metric that is 1 while the program runs
 */
export function createMetricSet<Status>(
  { Counter, Gauge, Registry: PromRegistry }: PromClient,
  status: () => Status,
  up: { readonly name: string; readonly help: string },
): MetricSet<Status> {
  const registry = new PromRegistry();
  const registers = [registry];
  let now = status();
  new Gauge({
    ...up,
    registers,
    collect() {
      now = status();
      this.set(1);
    },
  });
  const labelled: MetricSet<Status>['labelled'] = (kind, name, help, labels, samples) => {
    const labelNames = [...labels];
    if (kind === 'counter') {
      new Counter({
        ...{ name, help, registers, labelNames },
        collect() {
          this.reset();
          for (const [given, value] of shown(samples(now))) this.inc(given, value);
        },
      });
      return;
    }
    new Gauge({
      ...{ name, help, registers, labelNames },
      collect() {
        this.reset();
        // without labels there would be a 0 that nobody has measured
        if (labels.length === 0) this.remove();
        for (const [given, value] of shown(samples(now))) this.set(given, value);
      },
    });
  };
  return {
    registry,
    total: (name, help, value) => labelled('counter', name, help, [], (of) => [[{}, value(of)]]),
    gauge: (name, help, value) => labelled('gauge', name, help, [], (of) => [[{}, value(of)]]),
    labelled,
  };
}

/** Those with a value; labels, which may be names that others chose, as text for people. */
function* shown(samples: Iterable<Sample>): Generator<[labels: Record<string, string>, value: number]> {
  for (const [labels, value] of samples) {
    if (value === undefined) continue;
    const texts = Object.entries(labels).map(([name, text]) => [name, printable(text)] as const);
    yield [Object.fromEntries(texts), value];
  }
}
