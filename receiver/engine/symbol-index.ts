/** Which symbols of a source block are in the store, and in which datagram. Compact: an object may have a million. */
export interface SymbolIndex {
  /** Different symbols held. */
  readonly symbols: number;
  /** Entries made so far, removed ones included: entries are numbered from 0 in the order they came. */
  readonly entries: number;
  /** Notes a datagram with `count` symbols; a symbol that is there already stays with its earlier datagram. */
  add(reference: number, firstEsi: number, count: number, checked: boolean): void;
  /** The entry that holds a symbol. */
  find(esi: number): number | undefined;
  /** What the store reads an entry by; undefined when the entry was removed. */
  reference(entry: number): number | undefined;
  isChecked(entry: number): boolean;
  setChecked(entry: number): void;
  remove(entry: number): void;
}

const REMOVED = -1;

export function createSymbolIndex(): SymbolIndex {
  const entryOf = new Map<number, number>();
  const references: number[] = [];
  const firstEsis: number[] = [];
  /** Number of symbols times 2, and 1 when the signature was checked. */
  const counts: number[] = [];
  return {
    get symbols() {
      return entryOf.size;
    },
    get entries() {
      return references.length;
    },
    add(reference, firstEsi, count, checked) {
      const entry = references.push(reference) - 1;
      firstEsis.push(firstEsi);
      counts.push(2 * count + (checked ? 1 : 0));
      for (let esi = firstEsi; esi < firstEsi + count; esi++) if (!entryOf.has(esi)) entryOf.set(esi, entry);
    },
    find: (esi) => entryOf.get(esi),
    reference(entry) {
      const reference = references[entry];
      return reference === REMOVED ? undefined : reference;
    },
    isChecked: (entry) => counts[entry]! % 2 === 1,
    setChecked(entry) {
      counts[entry]! |= 1;
    },
    remove(entry) {
      const firstEsi = firstEsis[entry]!;
      for (let esi = firstEsi; esi < firstEsi + (counts[entry]! >> 1); esi++) {
        if (entryOf.get(esi) === entry) entryOf.delete(esi);
      }
      references[entry] = REMOVED;
    },
  };
}
