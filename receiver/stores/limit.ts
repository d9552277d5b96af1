/** What a store may take: less for some time after its disk was full, or the room that a browser gives. */
export interface Limit {
  readonly maxBytes: number;
  /** See `DatagramStore.giveWay`. */
  giveWay(bytes: number): void;
  /** There was no room for what was to be written. */
  noteFull(): void;
  /** There was room again. */
  noteRoom(): void;
}

/** Kept free on a full disk, bytes: for what is in memory, and for the records of state and output. */
const SPARE_BYTES = 1 << 20;
/** Milliseconds until a disk that was full is tried again. */
const FULL_INTERVAL = 30_000;

/** @param used bytes that the store takes */
export function createLimit(maxBytes: number, used: () => number): Limit {
  const never = { maxBytes: 0, until: Number.NEGATIVE_INFINITY };
  let full = never;
  const now = () => (performance.now() < full.until ? full.maxBytes : maxBytes);

  function giveWay(bytes: number): void {
    full = {
      maxBytes: Math.max(0, Math.min(now(), used()) - bytes),
      until: performance.now() + FULL_INTERVAL,
    };
  }

  return {
    get maxBytes() {
      return now();
    },
    giveWay,
    noteFull: () => giveWay(SPARE_BYTES),
    noteRoom() {
      full = never;
    },
  };
}
