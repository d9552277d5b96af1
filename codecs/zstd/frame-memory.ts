/** Memory that frames were collected in, for those to come: of several files too. */
export interface FrameMemory {
  /** Some that nobody uses; undefined: there is none. */
  take(): ArrayBuffer | undefined;
  /** Its bytes are not needed any more. */
  give(memory: ArrayBuffer): void;
}

/** Two frames may be on their way at a time. */
const MAX_KEPT = 2;
/** Larger ones are not kept: hardly a sender makes such frames. */
const MAX_KEPT_BYTES = 1 << 24;

export function createFrameMemory(): FrameMemory {
  const kept: ArrayBuffer[] = [];
  return {
    take: () => kept.pop(),
    give(memory) {
      if (kept.length < MAX_KEPT && memory.byteLength <= MAX_KEPT_BYTES) kept.push(memory);
    },
  };
}

/**
 * Has memory freed that nobody uses any more. An object that had it for long is old, and memory of old objects is freed so
 * seldom that it would be most of what a receiver takes; moved to a new object, it is freed with the next garbage of all.
 */
export function freeMemory(memory: ArrayBuffer): void {
  structuredClone(memory, { transfer: [memory] });
}
