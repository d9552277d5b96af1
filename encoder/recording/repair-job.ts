import { loadFecSchemes, type ObjectParameters, type SourceBlock } from '../../codecs/fec/index.js';
import { type OpenFile, readFully, writeAt } from '../../codecs/node/open-file.js';

export interface RepairSetup {
  /** The transfer objects. */
  readonly objects: OpenFile;
  /** Where the repair symbols go. */
  readonly repair: OpenFile;
}

export interface RepairJob {
  readonly parameters: ObjectParameters;
  /** Byte offset of the object in its file. */
  readonly objectPosition: number;
  readonly block: SourceBlock;
  /** Repair symbols, 1 or more. */
  readonly count: number;
  /** Byte offset of the first one in the repair file. */
  readonly position: number;
}

/** Repair symbols made at a time; so many bytes are in memory besides the block itself. */
const BATCH_SYMBOLS = 2048;

export async function prepareRepair({ objects, repair }: RepairSetup) {
  const schemes = await loadFecSchemes();
  let memory = new Uint8Array(0);
  return ({ parameters, block, objectPosition, count, position }: RepairJob): undefined => {
    const scheme = schemes.get(parameters.encodingId)!;
    if (memory.length < block.byteLength) memory = new Uint8Array(block.byteLength);
    const source = memory.subarray(0, block.byteLength);
    readFully(objects, source, objectPosition + block.offset);
    const encoder = scheme.createBlockEncoder(parameters, block, source);
    try {
      for (let done = 0; done < count; done += BATCH_SYMBOLS) {
        const symbols = encoder.symbols(block.sourceSymbols + done, Math.min(BATCH_SYMBOLS, count - done));
        writeAt(repair, symbols, position + done * parameters.symbolSize);
      }
    } finally {
      encoder.free();
    }
  };
}
