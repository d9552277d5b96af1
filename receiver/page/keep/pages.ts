/** Memory in pages that are used again: a browser takes longer to give fresh memory than to fill it. */
export interface Pages {
  /** A copy of the bytes; undefined when there is no room for it. */
  take(bytes: Uint8Array): readonly Uint8Array[] | undefined;
  /** Its pages are not needed any more. */
  give(copy: readonly Uint8Array[]): void;
}

/** Small parts have small blocks, and a page each. */
const PAGE_BYTES = 1 << 16;

/** @param maxBytes in use and spare together, rounded down to whole pages */
export function createPages(maxBytes: number, pageBytes = PAGE_BYTES): Pages {
  const spare: ArrayBuffer[] = [];
  let left = Math.floor(maxBytes / pageBytes);
  return {
    take(bytes) {
      const count = Math.ceil(bytes.length / pageBytes);
      if (count > spare.length + left) return undefined;
      return Array.from({ length: count }, (_, index) => {
        const part = bytes.subarray(index * pageBytes, (index + 1) * pageBytes);
        if (spare.length === 0) left--;
        const page = new Uint8Array(spare.pop() ?? new ArrayBuffer(pageBytes), 0, part.length);
        page.set(part);
        return page;
      });
    },
    give(copy) {
      for (const { buffer } of copy) spare.push(buffer as ArrayBuffer);
    },
  };
}
