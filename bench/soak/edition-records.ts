/** How an edition came to a receiver. */
export interface Arrival {
  /** Seconds after it was put on the air. */
  readonly seconds: number;
  /** Undefined when it is identical, byte for byte; else what is not. */
  readonly difference: string | undefined;
  /** The receiver was killed before it could say so; the edition was found in its directory. */
  readonly found: boolean;
}

export const RECEIVERS = ['A', 'B'] as const;
export type ReceiverName = (typeof RECEIVERS)[number];

/** What became of an edition. Times are seconds since the beginning. */
export interface EditionRecord {
  readonly bundle: string;
  /** Counts the editions of the bundle from 1 on. */
  readonly number: number;
  /** When the content was there. */
  readonly changed: number;
  sequence: number | undefined;
  /** Of the transfer object. */
  bytes: number | undefined;
  onAir: number | undefined;
  /** Symbols of each block that earlier runs of the sender may have sent, as it said last. */
  symbolsBefore: number;
  readonly arrivals: Partial<Record<ReceiverName, Arrival>>;
}

/** What the sender says of an edition. */
export interface OnAir {
  readonly sequence: number;
  readonly bytes: number;
  readonly symbolsBefore: number;
}

/** All editions, and what went wrong. */
export interface EditionRecords {
  readonly editions: readonly EditionRecord[];
  readonly failures: readonly string[];
  begin(edition: Pick<EditionRecord, 'bundle' | 'number' | 'changed'>): EditionRecord;
  /** The latest edition of a bundle. */
  latest(bundle: string): EditionRecord | undefined;
  /** Of each bundle. */
  latestEditions(): EditionRecord[];
  bySequence(bundle: string, sequence: number): EditionRecord | undefined;
  /** The sender says that an edition is on the air. */
  onAir(bundle: string, said: OnAir, now: number): void;
  arrived(edition: EditionRecord, receiver: ReceiverName, arrival: Arrival): void;
  fail(sentence: string): void;
}

export const nameOf = ({ bundle, number }: Pick<EditionRecord, 'bundle' | 'number'>) =>
  `Edition ${number} of ${bundle}`;

/** A soak in which everything fails need not tell it all. */
const MOST_FAILURES = 200;

export function createEditionRecords(onFailure: (sentence: string) => void): EditionRecords {
  const editions: EditionRecord[] = [];
  const failures: string[] = [];
  const latest = (bundle: string) => editions.findLast((edition) => edition.bundle === bundle);
  const bySequence = (bundle: string, sequence: number) =>
    editions.findLast((edition) => edition.bundle === bundle && edition.sequence === sequence);

  function fail(sentence: string): void {
    if (failures.length >= MOST_FAILURES) return;
    failures.push(sentence);
    onFailure(sentence);
  }

  return {
    editions,
    failures,
    fail,
    latest,
    latestEditions: () => [...new Map(editions.map((edition) => [edition.bundle, edition])).values()],
    bySequence,
    begin(edition) {
      const record = {
        ...edition,
        sequence: undefined,
        bytes: undefined,
        onAir: undefined,
        symbolsBefore: 0,
        arrivals: {},
      };
      editions.push(record);
      return record;
    },
    onAir(bundle, { sequence, bytes, symbolsBefore }, now) {
      const known = bySequence(bundle, sequence);
      if (known !== undefined) {
        if (symbolsBefore < known.symbolsBefore) {
          fail(
            `${nameOf(known)} goes on after ${symbolsBefore} symbols a block; it had gone on after ${known.symbolsBefore}.`,
          );
        }
        known.symbolsBefore = symbolsBefore;
        return;
      }
      const edition = latest(bundle);
      const highest = editions.findLast((each) => each.bundle === bundle && each.sequence !== undefined);
      if (edition === undefined || edition.sequence !== undefined) {
        fail(`The sender has put ${bundle} on the air as sequence ${sequence}, and nothing had changed.`);
        return;
      }
      if (sequence <= (highest?.sequence ?? 0)) {
        fail(`Sequence ${sequence} of ${bundle} does not rise: ${highest!.sequence} was before it.`);
      }
      Object.assign(edition, { sequence, bytes, onAir: now, symbolsBefore });
    },
    arrived(edition, receiver, arrival) {
      edition.arrivals[receiver] = arrival;
      if (arrival.difference !== undefined) {
        fail(`${nameOf(edition)} came to receiver ${receiver} and differs: ${arrival.difference}`);
      }
    },
  };
}
