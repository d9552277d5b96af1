/** The highest numbers received so far, for an application to keep: lower ones are roll-back and refused. */
export interface Seen {
  /** Generations of uplink certificates, by publisher (public key, hexadecimal) and session. */
  readonly generations: readonly { publisher: string; tsi: number; generation: number }[];
  /** Sequence numbers of verified editions, by publisher and name. */
  readonly sequences: readonly { publisher: string; name: string; sequence: number }[];
}

/** The memory of a running receiver. */
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
  const generations = new Map<string, Seen['generations'][number]>();
  const sequences = new Map<string, Seen['sequences'][number]>();
  const keyOf = (publisher: string, scope: number | string) => `${publisher} ${scope}`;
  for (const entry of earlier?.generations ?? []) generations.set(keyOf(entry.publisher, entry.tsi), entry);
  for (const entry of earlier?.sequences ?? []) sequences.set(keyOf(entry.publisher, entry.name), entry);

  const record = (): Seen => ({ generations: [...generations.values()], sequences: [...sequences.values()] });
  return {
    generation: (publisher, tsi) => generations.get(keyOf(publisher, tsi))?.generation,
    sequence: (publisher, name) => sequences.get(keyOf(publisher, name))?.sequence,
    raiseGeneration(publisher, tsi, generation) {
      const key = keyOf(publisher, tsi);
      if (generation <= (generations.get(key)?.generation ?? -1)) return;
      generations.set(key, { publisher, tsi, generation });
      onRaise(record());
    },
    raiseSequence(publisher, name, sequence) {
      const key = keyOf(publisher, name);
      if (sequence <= (sequences.get(key)?.sequence ?? -1)) return;
      sequences.set(key, { publisher, name, sequence });
      onRaise(record());
    },
    record,
  };
}
