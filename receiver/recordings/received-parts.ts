import { formatSequence } from '../../codecs/edition/index.js';
import { printable } from '../../codecs/text.js';
import type { DeliveryEvents, PartArrival } from '../delivery/delivery.js';
import type { IndexArrival } from '../engine/ports/events.js';
import type { FileSinks } from '../files/file-sink.js';
import type { ReceivedEdition } from '../files/keep-edition.js';

import { bundleKey } from './collection.js';

export interface ReceivedPartsOptions {
  readonly sinks: FileSinks;
  /** Parts are read once more at the end. */
  readonly readAgain: boolean;
  /** What an incomplete edition has stays in a store that outlives the run. */
  readonly outlived: boolean;
}

/** Parts that were written, and what is still needed of them. */
export interface ReceivedParts {
  readonly events: DeliveryEvents;
  /** Sentences on what was refused. */
  readonly refusals: readonly string[];
  /** True when an edition was refused as a whole. */
  readonly hasRefusedEdition: boolean;
  /** Sequence numbers of the editions that were complete last, by bundle. */
  readonly completed: ReadonlyMap<string, number>;
  /** @throws what the operating system has thrown */
  check(): void;
  /** An edition as it was sent. */
  edition(arrival: IndexArrival): ReceivedEdition;
  /** Gives everything back that no edition lacking a part needs. */
  release(incomplete: readonly IndexArrival[]): Promise<void>;
}

/** Sentences on refused parts: a bundle may have as many as it likes. */
const MAX_REFUSALS = 32;

export function createReceivedParts({ sinks, readAgain, outlived }: ReceivedPartsOptions): ReceivedParts {
  const arrivals = new Map<string, PartArrival[]>();
  const refusals: string[] = [];
  const completed = new Map<string, number>();
  let hasRefusedEdition = false;
  let failure: { readonly error: unknown } | undefined;

  return {
    refusals,
    completed,
    get hasRefusedEdition() {
      return hasRefusedEdition;
    },
    events: {
      written: () => {},
      complete: (bundle) => void completed.set(bundleKey(bundle), bundle.sequence),
      refused({ name, sequence }, why, part) {
        if (part === undefined) hasRefusedEdition = true;
        const what = part === undefined ? 'but not written:' : 'but a part of it is not written.';
        if (refusals.length >= MAX_REFUSALS) return;
        refusals.push(`Edition ${formatSequence(sequence)} of ${printable(name)} is signed, ${what} ${why}`);
      },
      failed(_, error) {
        failure ??= { error };
      },
      async done(arrival) {
        if (!readAgain && !outlived) return arrival.content.release();
        const { sha256 } = arrival.part;
        arrivals.set(sha256, [...(arrivals.get(sha256) ?? []), arrival]);
        if (!readAgain) sinks.free(arrival.object.id);
      },
    },
    check() {
      if (failure !== undefined) throw failure.error;
    },
    edition({ edition, index, object }) {
      const parts = index.parts.flatMap(({ sha256 }) => {
        const arrival = arrivals
          .get(sha256)
          ?.find(({ object }) => object.session.publisher === edition.publisher);
        return arrival === undefined ? [] : [[sha256, arrival.content] as const];
      });
      return { index, indexObject: object, signature: edition.signature, parts: new Map(parts) };
    },
    async release(incomplete) {
      const needed = new Set(incomplete.flatMap(({ index }) => index.parts.map(({ sha256 }) => sha256)));
      for (const [sha256, received] of arrivals) {
        if (outlived && needed.has(sha256)) continue;
        for (const { content } of received) await content.release();
      }
    },
  };
}
