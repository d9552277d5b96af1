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
