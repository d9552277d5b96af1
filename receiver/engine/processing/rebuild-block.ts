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

/** Gives memory for a block, which is used until the block is written. */
export type BlockMemory = (byteLength: number) => Uint8Array;

/** Memory that one block after the other uses. */
export function createBlockMemory(): BlockMemory {
  let memory = new Uint8Array(0);
  return (byteLength) => {
    if (memory.length < byteLength) memory = new Uint8Array(byteLength);
    return memory;
  };
}

/**
 * Rebuilds a source block from datagrams.
 *
 * @param read calls `visit` with each datagram of the block; they were parsed before
 * @param write gets the block's bytes
 * @param memory gives some for a block of so many bytes; by default it is new
 * @returns 'short' when more symbols are needed
 */
export async function rebuildBlock(
  schemes: FecSchemes,
  parameters: ObjectParameters,
  block: SourceBlock,
  read: (visit: (datagram: Uint8Array) => void) => MaybePromise<void>,
  write: (bytes: Uint8Array) => MaybePromise<void>,
  memory?: BlockMemory,
): Promise<Rebuilt> {
  const bytes = await decodeBlock(schemes, parameters, block, read, memory);
  if (bytes === undefined) return 'short';
  if ('problem' in bytes) return bytes;
  await write(bytes);
  return 'rebuilt';
}

async function decodeBlock(
  schemes: FecSchemes,
  parameters: ObjectParameters,
  block: SourceBlock,
  read: (visit: (datagram: Uint8Array) => void) => MaybePromise<void>,
  memory: BlockMemory | undefined,
): Promise<Uint8Array | undefined | { readonly problem: string }> {
  try {
    const decoder = schemes.get(parameters.encodingId)!.createBlockDecoder(parameters, block);
    try {
      await read((datagram) => addSymbols(decoder, parseAlc(datagram, schemes), parameters.symbolSize));
      return decoder.tryDecode() ? decoder.data(memory?.(block.byteLength)) : undefined;
    } finally {
      decoder.free();
    }
  } catch (error) {
    // The decoder refuses what it cannot hold; whatever else fails is not the sender's doing.
    if (error instanceof FecError || error instanceof RaptorQError) return { problem: error.message };
    throw error;
  }
}
