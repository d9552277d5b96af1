import type { FecScheme, ObjectParameters, SourceBlock } from '../codecs/fec/index.js';
import { ENCODING_ID } from './blocks.js';
import type { Lane } from './schedule.js';
import type { Spool } from './spool.js';

/** An object as it is sent: its blocks, and how each is coded. */
export interface CodedObject {
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  readonly blocks: readonly SourceBlock[];
  /** The transfer object. */
  readonly spool: Spool;
}

/** The source symbols of every block, read from the transfer object. */
export function sourceLanes({ parameters, blocks, spool }: CodedObject): Lane[] {
  const { symbolSize } = parameters;
  // A code works on whole symbols; without one the object's last symbol is sent as long as it is.
  const isPadded = parameters.encodingId !== ENCODING_ID['no-code'];
  return blocks.map(({ sbn, offset, byteLength, sourceSymbols }) => ({
    sbn,
    firstEsi: 0,
    count: sourceSymbols,
    async read(from, count) {
      const start = from * symbolSize;
      const end = Math.min(start + count * symbolSize, byteLength);
      const symbols = new Uint8Array(isPadded ? count * symbolSize : end - start);
      await spool.read(symbols.subarray(0, end - start), offset + start);
      return symbols;
    },
  }));
}

/** Repair symbols made at a time; so many bytes are in memory besides the block itself. */
const REPAIR_BATCH_SYMBOLS = 2048;

/**
 * Makes the repair symbols of all blocks, one block after the other, and keeps them in a temporary file: they are
 * sent interleaved.
 *
 * @param counts repair symbols of each block
 * @param spool empty
 * @param onBlock called when a block is done
 */
export async function codeRepair(
  { scheme, parameters, blocks, spool: object }: CodedObject,
  counts: readonly number[],
  spool: Spool,
  onBlock: (done: number) => void,
): Promise<Lane[]> {
  const { symbolSize } = parameters;
  const lanes: Lane[] = [];
  for (const [index, block] of blocks.entries()) {
    const count = counts[index]!;
    const start = spool.length;
    lanes.push({
      sbn: block.sbn,
      firstEsi: block.sourceSymbols,
      count,
      async read(from, length) {
        const symbols = new Uint8Array(length * symbolSize);
        await spool.read(symbols, start + from * symbolSize);
        return symbols;
      },
    });
    if (count > 0) {
      const source = new Uint8Array(block.byteLength);
      await object.read(source, block.offset);
      const encoder = scheme.createBlockEncoder(parameters, block, source);
      try {
        for (let done = 0; done < count; done += REPAIR_BATCH_SYMBOLS) {
          const now = Math.min(REPAIR_BATCH_SYMBOLS, count - done);
          await spool.append(encoder.symbols(block.sourceSymbols + done, now));
        }
      } finally {
        encoder.free();
      }
    }
    onBlock(index + 1);
  }
  return lanes;
}
