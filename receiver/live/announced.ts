import type { ObjectStatus, Receiver } from '../engine/interface.js';
import { isUnfinished } from '../engine/objects/reception.js';
import type { EditionStatus } from '../engine/room/status.js';

/** Milliseconds that nothing new is announced before all is known: the tables of a session come one after the other. */
const QUIET = 2_000;
/**
 * Milliseconds of reception in which nothing new came of what is missing, after which it is not waited for: an index is repeated
 * within half as many. What a replayed table announces may never be sent.
 */
const PATIENCE = 60_000;

/**
 * Watches what is announced from now on.
 *
 * @param now milliseconds of a clock that is never set
 * @returns whether all of it has come to an end, for better or worse; to be asked about once a second
 */
export function watchAnnounced(receiver: Pick<Receiver, 'on' | 'objects' | 'counters'>, now: () => number) {
  let announced = new Set<string>();
  let latest = now();
  receiver.on('announced', ({ id }) => {
    announced.add(id);
    latest = now();
  });
  let asked = now();
  let datagrams = receiver.counters.datagrams;
  /** Milliseconds while datagrams came: in a fade nothing is given up. */
  let received = 0;
  /** The index of an edition has come, or a part. */
  let isNew = false;
  /** When that was last, or when more symbols were there of something, as `received`. */
  let fed = 0;
  for (const type of ['edition', 'part'] as const) {
    receiver.on(type, () => {
      isNew = true;
      fed = received;
    });
  }
  let known = new Map<string, number>();

  /** Notes what there is of each thing that is missing; one that was just announced has got nothing yet. */
  function note(missing: ReadonlyMap<string, number>): void {
    for (const [name, symbols] of missing) if (symbols > (known.get(name) ?? symbols)) fed = received;
    known = new Map(missing);
  }

  return {
    isComplete(editions: readonly EditionStatus[]): boolean {
      if (receiver.counters.datagrams > datagrams) received += now() - asked;
      asked = now();
      datagrams = receiver.counters.datagrams;
      const objects = receiver
        .objects()
        .filter(
          (each) => isUnfinished(each) && (each.object.kind === 'index' || announced.has(each.object.id)),
        );
      // others that were announced are finished, or had to make room
      announced = new Set(objects.map(({ object }) => object.id));
      const missing = new Map([
        ...objects.map((each) => [each.object.id, symbolsOf(each)] as const),
        ...editions.filter(isMissing).map((each) => [nameOf(each), partsOf(each)] as const),
      ]);
      note(missing);
      if (editions.length === 0) return false;
      const isPatient = received - fed <= PATIENCE;
      // where an earlier run has received everything, a newer edition has time to be announced
      if (missing.size === 0 && (isNew || !isPatient) && now() - latest >= QUIET) return true;
      return !isPatient && !editions.every(isMissing);
    },
  };
}

function symbolsOf({ blocks }: ObjectStatus): number {
  return blocks.reduce((sum, { received }) => sum + received, 0);
}

function isMissing({ parts }: EditionStatus): boolean {
  return parts.some(({ state }) => state === 'missing' || state === 'receiving');
}

function nameOf({ edition }: EditionStatus): string {
  return `edition ${edition.sequence} ${edition.publisher} ${edition.name}`;
}

function partsOf({ parts }: EditionStatus): number {
  return parts.reduce((sum, { received }) => sum + received, 0);
}
