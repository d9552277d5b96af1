/** When a bundle is sent. Times are Unix milliseconds, durations milliseconds. */
export interface Rules {
  /** Not announced or sent before. */
  readonly start?: number | undefined;
  /** Withdrawn at this time. */
  readonly expires?: number | undefined;
  /** Passes of a round; endless unless given, or 1 where rounds are repeated. */
  readonly passes?: number | undefined;
  /** A round begins this long after the beginning of the one before it, or later when that took longer. */
  readonly every?: number | undefined;
  /** Silence between two passes of a round. */
  readonly pause?: number | undefined;
}

/** Keeps count of the passes of a bundle that has started. Its times are of a clock that nobody sets. */
export interface Timetable {
  /** From when on the next pass may be sent; infinite when there is none. */
  readonly next: number;
  /** Passes left of the last round; undefined when they do not end. */
  readonly passesLeft: number | undefined;
  /** A pass has ended at `now`. */
  passDone(now: number): void;
}

/** @param now when the bundle is ready to be sent and its start has come */
export function createTimetable({ passes, every, pause = 0 }: Omit<Rules, 'start'>, now: number): Timetable {
  let roundStart = now;
  let next = now;
  let done = 0;
  const inRound = passes ?? (every === undefined ? Number.POSITIVE_INFINITY : 1);
  return {
    get next() {
      return next;
    },
    get passesLeft() {
      return every === undefined && passes !== undefined ? passes - done : undefined;
    },
    passDone(at) {
      done++;
      if (done < inRound) next = at + pause;
      else if (every === undefined) next = Number.POSITIVE_INFINITY;
      else {
        roundStart = Math.max(roundStart + every, at);
        next = roundStart;
        done = 0;
      }
    },
  };
}
