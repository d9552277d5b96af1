/** Tells how long work of known extent will take. */
export interface TimeLeft {
  /** @returns seconds that are left, 1 or more while something is; undefined as long as nobody can tell */
  at(done: number, total: number): number | undefined;
}

/** Milliseconds that the rate is measured over. */
const WINDOW = 15_000;
/** Before so much of it has passed a rate says nothing. */
const LEAST = 1000;
/** Between two samples that are kept. */
const SAMPLE_INTERVAL = 250;

/** @param now milliseconds of a clock that nobody sets */
export function createTimeLeft(now: () => number): TimeLeft {
  const samples: { readonly time: number; readonly done: number }[] = [];
  return {
    at(done, total) {
      const time = now();
      const last = samples.at(-1);
      if (last === undefined || time - last.time >= SAMPLE_INTERVAL) samples.push({ time, done });
      while (samples.length > 2 && time - samples[1]!.time >= WINDOW) samples.shift();
      const first = samples[0]!;
      const rate = (done - first.done) / (time - first.time);
      if (time - first.time < LEAST || !(rate > 0)) return undefined;
      return Math.max(1, Math.ceil(Math.max(0, total - done) / rate / 1000));
    },
  };
}

/** `12 s`, `3 min 05 s`, `2 h 10 min`, `4 days`. @param seconds a whole number, 0 or more */
export function formatTimeLeft(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`;
  return `${Math.round(seconds / 86_400)} days`;
}
