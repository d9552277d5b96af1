import { formatCount } from '../../codecs/text.js';
import type { PlanCheck, PromiseCheck } from './check.js';

/** A promise that is kept is taken for broken so seldom. */
export const LEVEL = 1e-5;
/** Deviations by which all promises together may be missed. */
const SIGMAS = 4;

interface Asked {
  readonly check: PlanCheck;
  readonly promise: PromiseCheck;
}

/** What is wrong, a sentence each. */
export function brokenPromises(checks: readonly PlanCheck[]): string[] {
  const all = promisesOf(checks);
  const broken = all
    .filter(({ promise }) => promise.chance < LEVEL)
    .map(
      ({ check, promise }) =>
        `datacast plan ${check.question.options.join(' ')}: ${promise.promised} was promised ${promise.what} (${promise.order}), and ${promise.kept} of ${promise.trials} had everything.`,
    );
  const { failed, expected, deviation } = together(all);
  if (failed > expected + SIGMAS * deviation) {
    broken.push(
      `All promises together: ${failed} receivers failed where ${expected.toFixed(1)} may, with a deviation of ${deviation.toFixed(1)}.`,
    );
  }
  return broken;
}

function promisesOf(checks: readonly PlanCheck[]): Asked[] {
  return checks.flatMap((check) => check.promises.map((promise) => ({ check, promise })));
}

/** Failures of receivers at the end of recordings; those in time are the same receivers. */
function together(all: readonly Asked[]) {
  let [failed, expected, variance] = [0, 0, 0];
  for (const { promise } of all) {
    const { trials, kept, promised, what } = promise;
    if (what !== 'by the end') continue;
    failed += trials - kept;
    expected += trials * (1 - promised);
    variance += trials * promised * (1 - promised);
  }
  return { failed, expected, deviation: Math.sqrt(variance) };
}

/** A table by models, and the times of the command. */
export function plansText(checks: readonly PlanCheck[]): string {
  const nameOf = ({ question: { options } }: PlanCheck) =>
    options.includes('--model') ? options[options.indexOf('--model') + 1]! : 'bernoulli';
  const models = [...new Set(checks.map(nameOf))].sort();
  const rows = [...models, 'all'].map((model) => {
    const of = checks.filter((check) => model === 'all' || nameOf(check) === model);
    const promises = promisesOf(of);
    const { failed, expected } = together(promises);
    return [
      model,
      of.length,
      of.filter(({ meets }) => meets).length,
      of.filter(({ refused }) => refused !== undefined).length,
      promises.length,
      promises.filter(({ promise }) => promise.chance < LEVEL).length,
      expected.toFixed(0),
      failed,
    ].map(String);
  });
  const head = ['model', 'asked', 'met', 'refused', 'promises', 'broken', 'failures allowed', 'seen'];
  const powers = promisesOf(checks)
    .map(({ promise }) => promise.power)
    .sort((a, b) => a - b);
  const times = checks.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (values: readonly number[], share: number) =>
    values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  const slowest = checks.find(({ milliseconds }) => milliseconds === times.at(-1));
  return [
    table([head, ...rows]),
    '',
    `Power: half of ${formatCount(powers.length, 'promise')} would be found broken, nine times of ten, at ${at(powers, 0.5).toFixed(1)} times the failures promised, nine tenths at ${at(powers, 0.9).toFixed(1)} times.`,
    `Time of datacast plan: median ${seconds(at(times, 0.5))}, 99 % within ${seconds(at(times, 0.99))}, longest ${seconds(at(times, 1))}: ${slowest?.question.options.join(' ')}`,
    '',
  ].join('\n');
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}
