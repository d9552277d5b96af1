import { type Profiler, Session } from 'node:inspector';

/** Code that has run: of each script a byte for each character, 1 where it has. */
export type Covered = ReadonlyMap<string, Uint8Array>;

/** Which code runs, as V8 counts it. */
export interface Coverage {
  /** What has run since the last call. */
  take(): Covered;
  close(): void;
}

/** Scripts that count: ours, but for the fuzzer itself. */
const OURS = /\/(?:codecs|encoder|receiver|bench)\/(?!fuzz\/(?!targets\/planted))/;

/** Begins to count in this thread, in scripts that are loaded later, too. */
export function openCoverage(): Coverage {
  const session = new Session();
  session.connect();
  post('Profiler.enable');
  // with counts each call tells all that has run since the one before; without, all is told once
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

  /** Commands to the own thread are answered before `post` returns. */
  function post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }

  return {
    take() {
      const { result } = post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
      return new Map(
        result.filter(({ url }) => OURS.test(url)).map(({ url, functions }) => [url, paint(functions)]),
      );
    },
    close: () => session.disconnect(),
  };
}

/** V8 gives ranges, the inner ones behind those they lie in, and leaves out those that ran as often as what is around them. */
function paint(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  let length = 0;
  for (const { ranges } of functions)
    for (const { endOffset } of ranges) length = Math.max(length, endOffset);
  const script = new Uint8Array(length);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      script.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return script;
}

/** What of the first is not in the second. */
export function without(covered: Covered, other: Covered): Covered {
  const rest = new Map<string, Uint8Array>();
  for (const [url, script] of covered) {
    const known = other.get(url);
    const more = script.map((ran, at) => ran & ~(known?.[at] ?? 0));
    if (more.includes(1)) rest.set(url, more);
  }
  return rest;
}

/** What is in both. */
export function within(covered: Covered, other: Covered): Covered {
  return without(covered, without(covered, other));
}

export function together(covered: Covered, other: Covered): Covered {
  const all = new Map(covered);
  for (const [url, script] of other) {
    const known = all.get(url) ?? new Uint8Array(0);
    const sum = new Uint8Array(Math.max(known.length, script.length));
    all.set(
      url,
      sum.map((_, at) => (known[at] ?? 0) | (script[at] ?? 0)),
    );
  }
  return all;
}

/** Characters. */
export function extentOf(covered: Covered): number {
  let characters = 0;
  for (const script of covered.values()) for (const ran of script) characters += ran;
  return characters;
}
