import { formatSequence, isDatedAhead, isPlausibleTime, timeOf } from '../../codecs/edition/index.js';
import { printable } from '../../codecs/text.js';
import { EncodeError } from '../error.js';

/** Of 32 bits. */
export const MAX_SEQUENCE = 2 ** 32 - 1;

/** Seconds from one edition of a bundle to the next where somebody is there to say that the clock is right. */
export const MANUAL_STEP = 31 * 86_400;

export interface SequenceEvidence {
  /** The last sequence number that the bundle was signed with; 0: none. */
  readonly last: number;
  /** Unix time in seconds. */
  readonly clock: number;
  /** The longest step beyond the last number that is taken without being told, in seconds: ordinary pauses are shorter. */
  readonly maxStep: number;
}

/**
 * Refuses to sign what only a wrong clock explains: receivers that have seen a number refuse lower ones, so one edition with
 * the date of a later year would be the last that they take until then.
 *
 * @param sequence that the bundle would get
 * @throws EncodeError that says how to give the number all the same
 */
export function requireLikely(
  name: string,
  sequence: number,
  { last, clock, maxStep }: SequenceEvidence,
): void {
  const bundle = printable(name);
  const advice = `With a number that is too high, receivers refuse all later editions with lower ones. If that is right all the same, give --sequence ${sequence}.`;
  requireClock(clock);
  if (sequence > MAX_SEQUENCE) {
    throw new EncodeError(
      `The last edition of ${bundle} has sequence number ${last}, the highest there is: receivers take none after it. Send the content under another name.`,
    );
  }
  if (isDatedAhead(sequence, clock)) {
    throw new EncodeError(
      `The next edition of ${bundle} would get sequence number ${sequence}, which stands for ${timeOf(sequence)}, ` +
        `but the clock of this machine says ${timeOf(clock)}. Set the clock right. ${advice}`,
    );
  }
  if (last > 0 && sequence > last + maxStep) {
    throw new EncodeError(
      `The last edition of ${bundle} has sequence number ${last}, which stands for ${timeOf(last)}, ` +
        `and the clock of this machine says ${timeOf(clock)}. Look whether it is right. ${advice}`,
    );
  }
}

/**
 * The last number may be given once more: the same content gives the same edition.
 *
 * @param last sequence number that the bundle was signed with; 0: none
 * @throws EncodeError when the number is lower
 */
export function requireNoLower(name: string, sequence: number, last: number): number {
  if (sequence >= last) return sequence;
  throw new EncodeError(
    `Sequence number ${formatSequence(sequence)} is lower than ${formatSequence(last)}, which ${printable(name)} was signed with: receivers that have that edition would not take it. Give a higher one, or leave --sequence out.`,
  );
}

/** @throws EncodeError when the clock was never set: numbers and certificates would be too old for receivers */
export function requireClock(clock: number): void {
  if (isPlausibleTime(clock)) return;
  throw new EncodeError(
    `The clock of this machine says ${timeOf(clock)}: it was never set. Set it: sequence numbers and certificates are made from it.`,
  );
}
