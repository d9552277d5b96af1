/** Sequence numbers are times, Unix seconds: so that whoever signs next, anywhere, gives a higher one. */

const SECONDS_PER_DAY = 86_400;
/** Before this nobody has sent an edition: a clock that says so was never set. */
const FIRST_TIME = Date.UTC(2025, 0) / 1000;
/** Clocks may differ so much, time zones mistaken for one another included. */
const TOLERANCE = SECONDS_PER_DAY;

/** From here on a year has more than four digits. */
const END_OF_DATES = Date.UTC(10_000, 0) / 1000;

/** True when a clock may be right: one that was never set says 1970, or when the machine was made. */
export function isPlausibleTime(unixSeconds: number): boolean {
  return unixSeconds >= FIRST_TIME;
}

/** True when a sequence number stands for a time more than a day beyond that of a plausible clock. */
export function isDatedAhead(sequence: number, clock: number): boolean {
  return isPlausibleTime(clock) && sequence > clock + TOLERANCE;
}

/** The day that a sequence number, or a clock in Unix seconds, stands for: `2026-06-01`. */
export function dayOf(unixSeconds: number): string {
  if (unixSeconds >= END_OF_DATES) return 'the year 10000 or later';
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}

/** The time to the minute: `2026-06-01 19:31 UTC`. */
export function timeOf(unixSeconds: number): string {
  if (unixSeconds >= END_OF_DATES) return dayOf(unixSeconds);
  return `${dayOf(unixSeconds)} ${new Date(unixSeconds * 1000).toISOString().slice(11, 16)} UTC`;
}

/**
 * A sequence number for people, with the time that it stands for: `1795896719 (2026-11-28 19:31 UTC)`; the number alone when it
 * is none.
 */
export function formatSequence(sequence: number): string {
  return isPlausibleTime(sequence) ? `${sequence} (${timeOf(sequence)})` : String(sequence);
}

/** What to know of an edition that is dated ahead of a clock in Unix seconds; undefined when it is not. */
export function warnOfDate(sequence: number, clock: number): string | undefined {
  if (!isDatedAhead(sequence, clock)) return undefined;
  return (
    `sequence number ${sequence} stands for ${timeOf(sequence)}, and the clock says ${timeOf(clock)}: ` +
    'the clock of this machine is behind, or that of the publisher was ahead'
  );
}
