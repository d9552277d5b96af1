import { createPerPublisher } from './per-publisher.js';

/** The highest numbers received so far, for an application to keep: lower ones are roll-back and refused. */
export interface Seen {
  /** Generations of uplink certificates, by publisher (public key, hexadecimal) and session. */
  readonly generations: readonly { publisher: string; tsi: number; generation: number }[];
  /** Sequence numbers of verified editions, by publisher and name. */
  readonly sequences: readonly { publisher: string; name: string; sequence: number }[];
}

/** The memory of a running receiver: of each publisher what was raised last, so many bundles and sessions. */
export interface SeenMemory {
  generation(publisher: string, tsi: number): number | undefined;
  sequence(publisher: string, name: string): number | undefined;
  /** Both have no effect when the number is not higher than the one known. */
  raiseGeneration(publisher: string, tsi: number, generation: number): void;
  raiseSequence(publisher: string, name: string, sequence: number): void;
  record(): Seen;
}

/** @param onRaise called after each change */
export function createSeenMemory(earlier: Seen | undefined, onRaise: (seen: Seen) => void): SeenMemory {
  const generations = createPerPublisher<number, number>();
  const sequences = createPerPublisher<string, number>();
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
    record,
  };
}
