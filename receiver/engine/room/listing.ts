import type { Editions, Listing } from '../editions/editions.js';
import type { Reception } from '../objects/reception.js';

/**
 * Where newest editions list a part as it is announced; the place that matters most.
 *
 * @returns undefined when none lists it, 'refused' when the limits do not allow it, 'other-length' when its length is not
 *   what the index says
 */
export function findListing(
  editions: Editions,
  { info }: Pick<Reception, 'info'>,
): Listing | undefined | 'refused' | 'other-length' {
  const { publisher } = info.session;
  if (info.kind !== 'part' || publisher === undefined || info.sha256 === undefined) return undefined;
  const { sha256, transferLength } = info;
  const listings = editions.find({ publisher, sha256 });
  if (listings.length === 0) return undefined;
  const fitting = listings.filter(({ part }) => part.bytes === transferLength);
  if (fitting.length === 0) return 'other-length';
  const allowed = fitting.filter(({ edition }) => !edition.refused.has(sha256));
  if (allowed.length === 0) return 'refused';
  return allowed.reduce((best, each) => (each.place < best.place ? each : best));
}

export function sayOtherLength({ toi, sha256, transferLength }: Reception['info']): string {
  return `The part ${sha256} (TOI ${toi}) has ${transferLength} bytes, which is not what the index says.`;
}
