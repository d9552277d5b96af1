import { createPerPublisher } from './per-publisher.js';

/** The highest numbers received so far, for an application to keep: lower ones are roll-back and refused. */
export interface Seen {
  /** Generations of uplink certificates, by publisher (public key, hexadecimal) and session. */
  readonly generations: readonly { publisher: string; tsi: number; generation: number }[];
  /** Sequence numbers of verified editions, by publisher and name. */
  readonly sequences: readonly { publisher: string; name: string; sequence: number }[];
  /** What has become of the keys of publishers. */
  readonly successions?: readonly KeyHistory[];
}

/** What is remembered of a publisher's key and of those that have succeeded it. */
export interface KeyHistory {
  /** Public key, hexadecimal: the first of them, which names the publisher for ever. */
  readonly publisher: string;
  /** Statements of succession that were accepted, base64, the first succession first. */
  readonly statements: readonly string[];
  /** SHA-256 of the public key that follows, hexadecimal, as it was heard first. */
  readonly nextKey?: string;
}

/** The memory of a running receiver: of each publisher what was raised last, so many bundles and sessions. */
export interface SeenMemory {
  generation(publisher: string, tsi: number): number | undefined;
  sequence(publisher: string, name: string): number | undefined;
  /** Both have no effect when the number is not higher than the one known. */
  raiseGeneration(publisher: string, tsi: number, generation: number): void;
  raiseSequence(publisher: string, name: string, sequence: number): void;
  histories(): readonly KeyHistory[];
  setHistory(history: KeyHistory): void;
  /** What another key has signed counts no more. */
  forget(publisher: string): void;
  record(): Seen;
}

/** @param onRaise called after each change */
export function createSeenMemory(earlier: Seen | undefined, onRaise: (seen: Seen) => void): SeenMemory {
  const generations = createPerPublisher<number, number>();
  const sequences = createPerPublisher<string, number>();
  const histories = new Map(earlier?.successions?.map((each) => [each.publisher, each]));
  for (const { publisher, tsi, generation } of earlier?.generations ?? [])
    generations.set(publisher, tsi, generation);
  for (const { publisher, name, sequence } of earlier?.sequences ?? [])
    sequences.set(publisher, name, sequence);

  const record = (): Seen => ({
    generations: generations
      .all()
      .map(({ publisher, scope, value }) => ({ publisher, tsi: scope, generation: value })),
    sequences: sequences
      .all()
      .map(({ publisher, scope, value }) => ({ publisher, name: scope, sequence: value })),
    ...(histories.size > 0 && { successions: [...histories.values()] }),
  });
  return {
    generation: generations.get,
    sequence: sequences.get,
    raiseGeneration(publisher, tsi, generation) {
      if (generation <= (generations.get(publisher, tsi) ?? -1)) return;
      generations.set(publisher, tsi, generation);
      onRaise(record());
    },
    raiseSequence(publisher, name, sequence) {
      if (sequence <= (sequences.get(publisher, name) ?? -1)) return;
      sequences.set(publisher, name, sequence);
      onRaise(record());
    },
    histories: () => [...histories.values()],
    setHistory(history) {
      histories.set(history.publisher, history);
      onRaise(record());
    },
    forget(publisher) {
      generations.forget(publisher);
      sequences.forget(publisher);
    },
    record,
  };
}
