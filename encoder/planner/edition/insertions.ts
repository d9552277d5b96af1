/** Datagrams that are sent between symbols, in one go. */
export interface Insertion {
  /** Bytes of IP packets of symbols before it. */
  readonly at: number;
  /** Bytes of IP packets that it takes. */
  readonly bytes: number;
}

/** How far symbols are when insertions stand between them; all in bytes of IP packets. */
export interface Insertions {
  /** Bytes of symbols that are sent when so much is sent of all. */
  placeAt(sent: number): number;
  /** How much of all is sent before what begins behind so many bytes of symbols, and when what ends there is sent. */
  beginAt(place: number): number;
  endAt(place: number): number;
  /** How much of all is sent when each insertion is: in the order in which they were given. */
  readonly ends: readonly number[];
}

export function createInsertions(insertions: readonly Insertion[]): Insertions {
  const order = insertions.map((_, i) => i).sort((a, b) => insertions[a]!.at - insertions[b]!.at || a - b);
  const ends: number[] = new Array(insertions.length);
  /** Bytes of insertions up to each one in their order. */
  let inserted = 0;
  const steps = order.map((i) => {
    const { at, bytes } = insertions[i]!;
    const begin = at + inserted;
    inserted += bytes;
    ends[i] = at + inserted;
    return { at, begin, inserted };
  });
  const insertedIf = (place: number, isBefore: (at: number) => boolean) =>
    place + insertions.reduce((sum, { at, bytes }) => sum + (isBefore(at) ? bytes : 0), 0);
  return {
    ends,
    beginAt: (place) => insertedIf(place, (at) => at <= place),
    endAt: (place) => insertedIf(place, (at) => at < place),
    placeAt(sent) {
      let low = -1;
      let high = steps.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (steps[middle]!.begin <= sent) low = middle;
        else high = middle;
      }
      // Symbols wait while it is sent.
      return low < 0 ? sent : Math.max(steps[low]!.at, sent - steps[low]!.inserted);
    },
  };
}
