/** What is cut: files in the order of their paths. */
export interface Weighed {
  readonly path: string;
  /** Bytes that it takes in its part. */
  readonly weight: number;
}

/** Bytes. */
export interface SplitSizes {
  /** A run that weighs more is split where it can be. */
  readonly most: number;
  /** No piece of it weighs less. */
  readonly least: number;
}

/**
 * Splits a run of files where the hash of a path is highest, and its pieces again, until none weighs more than `most`.
 * What is added, removed or changed in weight moves only the boundaries beside it: those further off keep their rank
 * whatever the weights are.
 */
export function splitRun<T extends Weighed>(run: readonly T[], { most, least }: SplitSizes): T[][] {
  const ranks = Uint32Array.from(run, ({ path }) => hashPath(path));
  /** Weight of all that stands before an index. */
  const before = new Float64Array(run.length + 1);
  for (const [i, { weight }] of run.entries()) before[i + 1] = before[i]! + weight;

  /** Where the run from..to is cut in two; undefined when it stays whole. */
  function boundary(from: number, to: number): number | undefined {
    if (before[to]! - before[from]! <= most) return undefined;
    let best: number | undefined;
    for (let i = from + 1; i < to; i++) {
      if (before[i]! - before[from]! < least) continue;
      if (before[to]! - before[i]! < least) break;
      if (best === undefined || ranks[i]! > ranks[best]!) best = i;
    }
    return best;
  }

  const pieces: T[][] = [];
  /** What is still to be split, the first at the end. */
  const open: [number, number][] = run.length === 0 ? [] : [[0, run.length]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range;
    const at = boundary(from, to);
    if (at === undefined) pieces.push(run.slice(from, to));
    else open.push([at, to], [from, at]);
  }
  return pieces;
}

/** FNV-1a over UTF-16 code units, mixed by the finalizer of MurmurHash3: names that differ in a digit are far apart. */
function hashPath(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
