import { ENCODING_ID } from '../../session/blocks.js';
import type { RecordedObject } from '../recorded-object.js';
import type { Repetition } from './order.js';
import { repeatedSymbols } from './repetition.js';

/** Symbols of one source block with consecutive ESIs, one after the other in a file, in the order to send them. */
export interface Lane {
  /** Index of the object. */
  readonly object: number;
  readonly sbn: number;
  readonly firstEsi: number;
  readonly count: number;
  /** Bytes of a symbol. */
  readonly symbolSize: number;
  readonly file: 'objects' | 'repair';
  /** Byte offset of the first symbol in the file. */
  readonly position: number;
  /** Bytes of all symbols. */
  readonly byteLength: number;
  /** Bytes that the file has of them; the rest are zeroes. */
  readonly storedBytes: number;
}

/** Bytes of a lane's first `count` symbols: only an object's last symbol, without a code, may be short. */
export function bytesBefore({ byteLength, symbolSize }: Lane, count: number): number {
  return Math.min(count * symbolSize, byteLength);
}

/** The lanes of an object: its source symbols and its repair symbols, block by block. */
export interface ObjectLanes {
  readonly source: readonly Lane[];
  readonly repair: readonly Lane[];
}

/** Lanes of all objects. Their repair symbols, those of repetitions too, stand one block after the other in a file. */
export function lanesOf(objects: readonly RecordedObject[], repetition: Repetition): ObjectLanes[] {
  let repairPosition = 0;
  return objects.map((object, index) => {
    const { parameters, blocks } = object.coding;
    const { symbolSize } = parameters;
    // A code works on whole symbols; without one the object's last symbol is sent as long as it is.
    const isPadded = parameters.encodingId !== ENCODING_ID['no-code'];
    const source = blocks.map(
      ({ sbn, offset, byteLength, sourceSymbols }): Lane => ({
        object: index,
        sbn,
        firstEsi: 0,
        count: sourceSymbols,
        symbolSize,
        file: 'objects',
        position: object.position + offset,
        byteLength: isPadded ? sourceSymbols * symbolSize : byteLength,
        storedBytes: byteLength,
      }),
    );
    const repeated = repeatedSymbols(repetition, index);
    const repair = blocks.map(({ sbn, sourceSymbols }, block): Lane => {
      const count = object.coding.repair[block]! + repeated;
      const byteLength = count * symbolSize;
      const position = repairPosition;
      repairPosition += byteLength;
      return {
        object: index,
        sbn,
        firstEsi: sourceSymbols,
        count,
        symbolSize,
        file: 'repair',
        position,
        byteLength,
        storedBytes: byteLength,
      };
    });
    return { source, repair };
  });
}
