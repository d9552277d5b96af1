import type { ReceiverLimits } from '../../../receiver/engine/ports/limits.js';

/** The most that was seen at any time. */
export interface Peaks {
  storedBytes: number;
  /** Of datagrams that wait for tables, in the store. */
  waitingBytes: number;
  objects: number;
  editions: number;
}

/** What a campaign has come to. */
export interface Measured {
  /** Genuine datagrams until everything was there, without the attack and under it; undefined: it was not. */
  readonly unattacked: number;
  readonly attacked: number | undefined;
  /** Genuine datagrams that the attacked receiver got at most. */
  readonly given: number;
  readonly peaks: Peaks;
  readonly limits: ReceiverLimits;
  readonly wrongs: readonly string[];
}

/** An attacked receiver may need so many times the genuine datagrams of one that is not. */
export const ALLOWED_FACTOR = 1.5;
/** What waits may be in the store so many times while it is tidied up. */
const WAITING_COPIES = 3;

/** Why the receiver has not stood its ground, in sentences; none when it has. */
export function judge({ unattacked, attacked, given, peaks, limits, wrongs }: Measured): string[] {
  const failures = [...wrongs];
  const allowed = Math.floor(ALLOWED_FACTOR * unattacked);
  if (attacked === undefined) {
    failures.push(
      `The newest editions were not complete after ${given} genuine datagrams; unattacked it takes ${unattacked}.`,
    );
  } else if (attacked > allowed) {
    failures.push(
      `The newest editions took ${attacked} genuine datagrams; unattacked it takes ${unattacked}, so ${allowed} are allowed.`,
    );
  }
  const bounds: [what: string, peak: number, limit: number][] = [
    ['bytes in the store', peaks.storedBytes, limits.maxStoredBytes],
    ['bytes that wait in the store', peaks.waitingBytes, WAITING_COPIES * limits.maxWaitingBytes],
    ['objects', peaks.objects, limits.maxObjects],
    ['editions', peaks.editions, limits.maxEditions],
  ];
  for (const [what, peak, limit] of bounds)
    if (peak > limit) failures.push(`There were ${peak} ${what} at a time; the limit is ${limit}.`);
  return failures;
}
