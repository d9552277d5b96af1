import { LossError } from './error.js';
import type { CellRecord } from './record.js';
import { taskId } from './simulation/cell.js';

/** What machines and moments add to a record: it may differ between two runs of a cell. */
const INCIDENTAL: ReadonlySet<string> = new Set(['elapsedSeconds', 'versions']);

/** Records with the file they come from. */
export interface Source {
  readonly name: string;
  readonly records: readonly CellRecord[];
}

/**
 * Puts the results of several runs together: each cell once, in an order that does not depend on who ran it.
 *
 * @throws LossError when seeds or versions differ, or two runs of a cell do not agree
 */
export function mergeRecords(sources: readonly Source[]): CellRecord[] {
  const merged = new Map<string, { record: CellRecord; name: string }>();
  let first: { record: CellRecord; name: string } | undefined;
  for (const { name, records } of sources) {
    for (const record of records) {
      first ??= { record, name };
      requireSameRun(first, { record, name });
      const key = taskId({ ...record, trials: 1 });
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { record, name });
      else if (known.record.trials !== record.trials) {
        throw new LossError(
          `${known.name} has ${known.record.trials} trials of a cell of which ${name} has ${record.trials}; run both with the same --trials.`,
        );
      } else if (essence(known.record) !== essence(record)) {
        throw new LossError(
          `${known.name} and ${name} have different results for the same cell ${record.id}; one of them is damaged or was made by another version.`,
        );
      }
    }
  }
  return [...merged.values()]
    .map(({ record }) => record)
    .sort((a, b) => compare(a.cell.set, b.cell.set) || compare(a.id, b.id));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function requireSameRun(
  a: { record: CellRecord; name: string },
  b: { record: CellRecord; name: string },
): void {
  const facts = ({ record }: typeof a): [string, string | number][] => [
    ['seed', record.seed],
    ['version of datacast', record.versions.datacast],
  ];
  for (const [index, [what, value]] of facts(a).entries()) {
    const other = facts(b)[index]![1];
    if (value !== other) {
      throw new LossError(
        `${a.name} has the ${what} ${value}, ${b.name} has ${other}; results of one run are needed.`,
      );
    }
  }
}

function essence(record: CellRecord): string {
  return JSON.stringify(record, (name, value: unknown) => (INCIDENTAL.has(name) ? undefined : value));
}
