/** Datagrams that came before the table that describes their object. */
export interface Pending {
  /** Keeps a copy; false when one had to go: this one, or the latest of whatever object has most. */
  add(key: string, datagram: Uint8Array): boolean;
  /** Hands out what waited under the key. */
  take(key: string): readonly Uint8Array[];
  /** Bytes held, with an allowance for each datagram. */
  readonly bytes: number;
}

/** Objects that can be waited for. */
const MAX_KEYS = 256;
/** Bytes that a datagram takes besides its own. */
const OVERHEAD = 128;

export function createPending(maxBytes: number): Pending {
  const waiting = new Map<string, { bytes: number; datagrams: Uint8Array[] }>();
  let bytes = 0;

  /** A flood under one key costs that key its datagrams and no other. */
  function dropFromLargest(): void {
    let largest: { bytes: number; datagrams: Uint8Array[] } | undefined;
    for (const entry of waiting.values()) if (entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    const size = OVERHEAD + (largest?.datagrams.pop()?.length ?? 0);
    if (largest !== undefined) largest.bytes -= size;
    bytes -= size;
  }

  return {
    add(key, datagram) {
      let entry = waiting.get(key);
      if (entry === undefined) {
        if (waiting.size >= MAX_KEYS) return false;
        entry = { bytes: 0, datagrams: [] };
        waiting.set(key, entry);
      }
      const size = datagram.length + OVERHEAD;
      entry.datagrams.push(datagram.slice());
      entry.bytes += size;
      bytes += size;
      if (bytes <= maxBytes) return true;
      while (bytes > maxBytes) dropFromLargest();
      return false;
    },
    take(key) {
      const entry = waiting.get(key);
      waiting.delete(key);
      bytes -= entry?.bytes ?? 0;
      return entry?.datagrams ?? [];
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Names the objects of all sessions. */
export function pendingKey(session: string, toi: number): string {
  return `${toi} ${session}`;
}
