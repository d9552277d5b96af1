import type { Reception } from '../objects/reception.js';
import type { PartId } from '../ports/events.js';

/** The same for all receptions of a part, with whatever layout it is announced. */
export function partKey({ publisher, sha256 }: PartId): string {
  return `${sha256} ${publisher}`;
}

/** @param reception of a part */
export function partKeyOf({ info }: Pick<Reception, 'info'>): string {
  return partKey({ publisher: info.session.publisher!, sha256: info.sha256! });
}
