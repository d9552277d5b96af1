/**
 * Bump allocation in linear memory. An instance holds one source block at a time; everything of a block is
 * given back at once by releasing to a mark.
 */

let top: usize = __heap_base;

export function arenaTop(): usize {
  return top;
}

export function arenaReset(): void {
  top = __heap_base;
}

/** Makes [0, end) addressable; traps when the engine refuses the memory. */
export function ensure(end: usize): void {
  const have = (<usize>memory.size()) << 16;
  if (end > have && memory.grow(<i32>((end - have + 0xffff) >>> 16)) < 0) unreachable();
}

/** `bytes` bytes of uninitialised memory, aligned to a cache line. */
export function allocate(bytes: usize): usize {
  const at = (top + 63) & ~63;
  top = at + bytes;
  ensure(top);
  return at;
}

/** Ends an allocation that was written at the top of the arena while its size was still unknown. */
export function commit(end: usize): void {
  ensure(end);
  top = end;
}
