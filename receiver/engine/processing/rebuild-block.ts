import { parseAlc } from '../../../codecs/alc/index.js';
import {
  FecError,
  type FecSchemes,
  type ObjectParameters,
  type SourceBlock,
} from '../../../codecs/fec/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import { RaptorQError } from '../../../codecs/raptorq/index.js';
import { addSymbols } from './symbols.js';

/** What came of a source block; a problem is a sentence: the decoder cannot hold such a block. */
export type Rebuilt = 'rebuilt' | 'short' | { readonly problem: string };

/**
 * Rebuilds a source block from datagrams.
 *
 * @param read calls `visit` with each datagram of the block; they were parsed before
 * @param write gets the block's bytes, where the decoder has them: they are gone when it is fulfilled
 * @returns 'short' when more symbols are needed
 */
export async function rebuildBlock(
  schemes: FecSchemes,
  parameters: ObjectParameters,
  block: SourceBlock,
  read: (visit: (datagram: Uint8Array) => void) => MaybePromise<void>,
  write: (bytes: Uint8Array) => MaybePromise<void>,
): Promise<Rebuilt> {
  try {
    const decoder = schemes.get(parameters.encodingId)!.createBlockDecoder(parameters, block);
    try {
      await read((datagram) => addSymbols(decoder, parseAlc(datagram, schemes), parameters.symbolSize));
      if (!decoder.tryDecode()) return 'short';
      await write(decoder.view());
      return 'rebuilt';
    } finally {
      decoder.free();
    }
  } catch (error) {
    // The decoder refuses what it cannot hold; whatever else fails is not the sender's doing.
    if (error instanceof FecError || error instanceof RaptorQError) return { problem: error.message };
    throw error;
  }
}
