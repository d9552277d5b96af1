import {
  createLocalProcessor,
  type Processor,
  type ProcessorContext,
} from '../../engine/processing/processor.js';

/** Larger objects are hashed piece by piece in this thread. */
const MAX_WHOLE = 1 << 22;

/** A processor that has the browser hash objects that are not large: it takes its own instructions of the device, and another thread. */
export function createProcessor(context: ProcessorContext): Processor {
  const local = createLocalProcessor(context);
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return local;
  const spare: Uint8Array<ArrayBuffer>[] = [];
  return {
    ...local,
    async digest(order, sink, isWanted) {
      if (order.parameters.transferLength > MAX_WHOLE) return local.digest(order, sink, isWanted);
      const memory = spare.pop() ?? new Uint8Array(MAX_WHOLE);
      let length = 0;
      for await (const piece of sink.read()) {
        memory.set(piece, length);
        length += piece.length;
      }
      // it takes a copy at once
      const hashing = subtle.digest('SHA-256', memory.subarray(0, length));
      spare.push(memory);
      return new Uint8Array(await hashing);
    },
  };
}
