import type { FecScheme, ObjectParameters, SourceBlock } from '../../codecs/fec/index.js';
import { ENCODING_ID } from '../session/blocks.js';

/** Symbols of one source block with consecutive ESIs, one after the other in a file, in the order to send them. */
export interface Lane {
  readonly sbn: number;
  readonly firstEsi: number;
  readonly count: number;
  readonly file: 'object' | 'repair';
  /** Byte offset of the first symbol in the file. */
  readonly position: number;
  /** Bytes of all symbols. */
  readonly byteLength: number;
  /** Bytes that the file has of them; the rest are zeroes. */
  readonly storedBytes: number;
}

/** Bytes of a lane's first `count` symbols: only an object's last symbol, without a code, may be short. */
export function bytesBefore({ byteLength }: Lane, count: number, symbolSize: number): number {
  return Math.min(count * symbolSize, byteLength);
}

/** An object as it is sent: its blocks, and how each is coded. */
export interface CodedObject {
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  readonly blocks: readonly SourceBlock[];
}

/** The source symbols of every block, as the transfer object has them. */
export function sourceLanes({ parameters, blocks }: CodedObject): Lane[] {
  // A code works on whole symbols; without one the object's last symbol is sent as long as it is.
  const isPadded = parameters.encodingId !== ENCODING_ID['no-code'];
  return blocks.map(({ sbn, offset, byteLength, sourceSymbols }) => ({
    sbn,
    firstEsi: 0,
    count: sourceSymbols,
    file: 'object',
    position: offset,
    byteLength: isPadded ? sourceSymbols * parameters.symbolSize : byteLength,
    storedBytes: byteLength,
  }));
}

/**
 * The repair symbols of every block, one block after the other in a file.
 *
 * @param counts repair symbols of each block
 */
export function repairLanes({ parameters, blocks }: CodedObject, counts: readonly number[]): Lane[] {
  let position = 0;
  return blocks.map(({ sbn, sourceSymbols }, index) => {
    const count = counts[index]!;
    const byteLength = count * parameters.symbolSize;
    const lane: Lane = {
      sbn,
      firstEsi: sourceSymbols,
      count,
      file: 'repair',
      position,
      byteLength,
      storedBytes: byteLength,
    };
    position += byteLength;
    return lane;
  });
}
