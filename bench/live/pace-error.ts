/** A packet leaves: time in milliseconds, and its bytes. */
export interface Departure {
  readonly time: number;
  readonly bytes: number;
}

export interface PaceError {
  /** The rate over the whole run, as a fraction of the one asked for, minus 1. */
  readonly whole: number;
  /** The largest error of any window, as a fraction of the rate. */
  readonly worstWindow: number;
  /** Bytes by which the fullest moment exceeds the rate: the bucket that would be needed, one packet included. */
  readonly burst: number;
}

/**
 * Compares departures with a rate. Between two departures the first one's packet is taken to be on its way at an even
 * speed, so that windows which are short against a packet can be judged as well. Windows begin and end at every departure.
 *
 * @param departures two or more, in the order of their times
 * @param rate bits per second
 * @param window milliseconds
 */
export function paceError(departures: readonly Departure[], rate: number, window: number): PaceError {
  const perMillisecond = rate / 8000;
  const times = departures.map(({ time }) => time);
  const sums: number[] = [];
  let sum = 0;
  for (const { bytes } of departures) {
    sums.push(sum);
    sum += bytes;
  }
  let burst = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, { time, bytes }] of departures.entries()) {
    least = Math.min(least, sums[i]! - perMillisecond * time);
    burst = Math.max(burst, sums[i]! + bytes - perMillisecond * time - least);
  }
  const last = departures.length - 1;
  const span = times[last]! - times[0]!;
  const error = (bytes: number, milliseconds: number) => bytes / (perMillisecond * milliseconds) - 1;
  let worstWindow = 0;
  const measure = (from: number, to: number) => {
    worstWindow = Math.max(worstWindow, Math.abs(error(to - from, window)));
  };
  const sent = fluid(times, sums);
  const sentBackwards = fluid(times, sums);
  for (const [i, time] of times.entries()) {
    if (time + window <= times[last]!) measure(sums[i]!, sent(time + window));
    if (time - window >= times[0]!) measure(sentBackwards(time - window), sums[i]!);
  }
  return { whole: error(sums[last]!, span), worstWindow, burst };
}

/** Bytes sent until a time, interpolated; the times asked for ascend. */
function fluid(times: readonly number[], sums: readonly number[]): (time: number) => number {
  let i = 0;
  return (time) => {
    while (i + 2 < times.length && times[i + 1]! <= time) i++;
    const share = (time - times[i]!) / Math.max(Number.MIN_VALUE, times[i + 1]! - times[i]!);
    return sums[i]! + share * (sums[i + 1]! - sums[i]!);
  };
}
