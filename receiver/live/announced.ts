import type { ObjectStatus, Receiver } from '../engine/interface.js';
import { isUnfinished } from '../engine/objects/reception.js';
import type { EditionStatus } from '../engine/room/status.js';

/** Milliseconds that nothing new is announced before all is known: the tables of a session come one after the other. */
const QUIET = 2_000;
/**
 * Milliseconds of reception after which what nothing new has come of is not waited for: an index is repeated within half as
 * many. What a replayed table announces may never be sent.
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
  /** The index of an edition has come, or a part. */
  let isNew = false;
  for (const type of ['edition', 'part'] as const) {
    receiver.on(type, () => {
      isNew = true;
    });
  }
  const progress = createProgress();
  let asked = now();
  let datagrams = receiver.counters.datagrams;
  /** Milliseconds while datagrams came: in a fade nothing is given up. */
  let received = 0;

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
      const open = progress.note(
        [
          ...objects.map((each) => [each.object.id, symbolsOf(each)] as const),
          ...editions.filter(isMissing).map((each) => [nameOf(each), partsOf(each)] as const),
        ],
        received,
      );
      if (editions.length === 0 || now() - latest < QUIET) return false;
      // where an earlier run has received everything, a newer edition has time to be announced
      if (open.length === 0) return isNew || received > PATIENCE;
      return !editions.every(isMissing) && open.every((since) => received - since > PATIENCE);
    },
  };
}

/** Remembers when something has changed last, of what there was the last time. */
function createProgress() {
  let known = new Map<string, { readonly value: number; readonly since: number }>();
  return {
    /** @returns when each value became what it is */
    note(values: readonly (readonly [name: string, value: number])[], at: number): number[] {
      const before = known;
      known = new Map(
        values.map(([name, value]) => {
          const last = before.get(name);
          return [name, last?.value === value ? last : { value, since: at }];
        }),
      );
      return values.map(([name]) => known.get(name)!.since);
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
