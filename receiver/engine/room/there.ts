import type { Editions } from '../editions/editions.js';
import type { Announcement } from '../objects/announcement.js';
import type { KnownEdition, PartId } from '../ports/events.js';
import type { Receptions } from './receptions.js';

export interface ThereParts {
  readonly editions: Pick<Editions, 'newest'>;
  readonly receptions: Pick<Receptions, 'ofPart'>;
  /** True for a part that the application has. */
  isHeld(part: PartId): boolean;
}

/** What need not be received. */
export interface There {
  /** The application has the part, or it was handed out, with whatever layout. */
  isPart(part: PartId): boolean;
  /** The same of an object, which may be an index. */
  isObject(announcement: Pick<Announcement, 'info'>): boolean;
  /** When something new came of the parts of an edition, be they listed already or not; -1: nothing did. */
  lastFed(known: KnownEdition): number;
}

export function createThere({ editions, receptions, isHeld }: ThereParts): There {
  const isPart = (part: PartId) =>
    receptions.ofPart(part).some(({ state }) => state === 'verified') || isHeld(part);
  return {
    isPart,
    isObject({ info: { kind, sha256, edition, session } }) {
      if (edition !== undefined) return editions.newest(edition)?.edition.sha256 === sha256;
      return kind === 'part' && isPart({ publisher: session.publisher!, sha256: sha256! });
    },
    lastFed({ edition: { publisher }, index }) {
      return index.parts
        .flatMap(({ sha256 }) => receptions.ofPart({ publisher, sha256 }))
        .reduce((latest, each) => (each.isProven ? Math.max(latest, each.lastFed) : latest), -1);
    },
  };
}
