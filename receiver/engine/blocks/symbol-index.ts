/** Which symbols of a source block are in the store, and in which datagram. Compact: an object may have a million. */
export interface SymbolIndex {
  /** Different symbols held. */
  readonly symbols: number;
  /** Those of them whose datagram was checked. */
  readonly checkedSymbols: number;
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
  /** No datagram counts as checked any more. */
  uncheckAll(): void;
  remove(entry: number): void;
}

const REMOVED = -1;
const FIRST_ROOM = 16;
/** The table by ESI is at most so many times as long as there are symbols: far ESIs take no memory. */
const MAX_SPREAD = 4;

export function createSymbolIndex(): SymbolIndex {
  let references = new Float64Array(FIRST_ROOM);
  let firstEsis = new Uint32Array(FIRST_ROOM);
  /** Number of symbols times 2, and 1 when the signature was checked. */
  let counts = new Uint32Array(FIRST_ROOM);
  /** Entry and 1 of each low ESI, 0 where there is none; other ESIs are in `far`. */
  let near = new Uint32Array(FIRST_ROOM);
  const far = new Map<number, number>();
  let entries = 0;
  let symbols = 0;
  let checkedSymbols = 0;

  function find(esi: number): number | undefined {
    if (esi >= near.length) return far.get(esi);
    const found = near[esi]!;
    return found === 0 ? undefined : found - 1;
  }

  function put(esi: number, entry: number): void {
    if (esi >= near.length && esi < MAX_SPREAD * (symbols + FIRST_ROOM)) widen(esi + 1);
    if (esi < near.length) near[esi] = entry + 1;
    else far.set(esi, entry);
  }

  function widen(length: number): void {
    near = enlarged(near, Math.max(length, 2 * near.length), Uint32Array);
    for (const [esi, entry] of far) {
      if (esi >= near.length) continue;
      near[esi] = entry + 1;
      far.delete(esi);
    }
  }

  /** Calls `each` with the symbols that an entry holds. */
  function forSymbols(entry: number, each: (esi: number) => void): void {
    const first = firstEsis[entry]!;
    for (let esi = first; esi < first + (counts[entry]! >> 1); esi++) if (find(esi) === entry) each(esi);
  }

  return {
    get symbols() {
      return symbols;
    },
    get checkedSymbols() {
      return checkedSymbols;
    },
    get entries() {
      return entries;
    },
    add(reference, firstEsi, count, checked) {
      if (entries === references.length) {
        references = enlarged(references, 2 * entries, Float64Array);
        firstEsis = enlarged(firstEsis, 2 * entries, Uint32Array);
        counts = enlarged(counts, 2 * entries, Uint32Array);
      }
      const entry = entries++;
      references[entry] = reference;
      firstEsis[entry] = firstEsi;
      counts[entry] = 2 * count + (checked ? 1 : 0);
      for (let esi = firstEsi; esi < firstEsi + count; esi++) {
        if (find(esi) !== undefined) continue;
        put(esi, entry);
        symbols++;
        if (checked) checkedSymbols++;
      }
    },
    find,
    reference(entry) {
      const reference = references[entry];
      return reference === REMOVED ? undefined : reference;
    },
    isChecked: (entry) => counts[entry]! % 2 === 1,
    setChecked(entry) {
      if (counts[entry]! % 2 === 1) return;
      counts[entry]! |= 1;
      forSymbols(entry, () => checkedSymbols++);
    },
    uncheckAll() {
      checkedSymbols = 0;
      for (let entry = 0; entry < entries; entry++) counts[entry]! &= ~1;
    },
    remove(entry) {
      const checked = counts[entry]! % 2;
      forSymbols(entry, (esi) => {
        if (esi < near.length) near[esi] = 0;
        else far.delete(esi);
        symbols--;
        checkedSymbols -= checked;
      });
      references[entry] = REMOVED;
    },
  };
}

function enlarged<T extends Float64Array | Uint32Array>(
  values: T,
  length: number,
  Kind: new (length: number) => T,
): T {
  const larger = new Kind(length);
  larger.set(values);
  return larger;
}
