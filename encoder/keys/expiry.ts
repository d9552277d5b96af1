import { dayOf } from '../../codecs/edition/index.js';
import { formatCount } from '../../codecs/text.js';

const SECONDS_PER_DAY = 86_400;
/** Days before its end at which somebody is told of a certificate, the last first. */
const WARNINGS = [7, 30, 90];

/**
 * How near the end of an uplink certificate is.
 *
 * @param notAfter its last second, Unix time
 * @param now Unix time in seconds
 * @returns the number of days that its end is within: 90, 30 or 7, and 0 when it is over; undefined when it is further away
 */
export function expiryStage(notAfter: number, now: number): number | undefined {
  if (now > notAfter) return 0;
  return WARNINGS.find((days) => notAfter - now <= days * SECONDS_PER_DAY);
}

/** What to know of the end of an uplink certificate; undefined when there is time. */
export function warnOfExpiry(notAfter: number, now: number): string | undefined {
  const stage = expiryStage(notAfter, now);
  if (stage === undefined) return undefined;
  if (stage === 0) {
    const end = new Date(1000 * notAfter).toISOString();
    return `The uplink certificate was valid until ${end} only: receivers with a clock let go of what is sent before anything else, and the next start fails. Ask the publisher for a new one ("datacast certify --renew").`;
  }
  const days = Math.floor((notAfter - now) / SECONDS_PER_DAY);
  return `The uplink certificate ends on ${dayOf(notAfter)}, in ${formatCount(days, 'day')}. From then on sending does not start, and receivers with a clock let go of what is sent before anything else. Ask the publisher for the next one ("datacast certify --renew").`;
}
