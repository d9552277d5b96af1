import type { BlockDecoder, SourceBlock } from '../../codecs/fec/index.js';
import { createSymbolIndex, type SymbolIndex } from './symbol-index.js';

/** A source block on its way. */
export interface BlockReception {
  readonly source: SourceBlock;
  readonly index: SymbolIndex;
  /** There while decoding has failed and goes on with the next symbol. */
  decoder: BlockDecoder | undefined;
  /** Entries of the index that went into the decoder or into the rebuilt block: those before this one. */
  fed: number;
  rebuilt: boolean;
}

export function createBlockReception(source: SourceBlock): BlockReception {
  return { source, index: createSymbolIndex(), decoder: undefined, fed: 0, rebuilt: false };
}

/** True when there is something to decode and enough of it. */
export function isReady({ source, index, fed, rebuilt }: BlockReception): boolean {
  return !rebuilt && index.symbols >= source.sourceSymbols && index.entries > fed;
}

/**
 * Symbols kept of a rebuilt block: with some more than K, the block survives when forgeries among them are found and
 * dropped.
 */
export function enoughSymbols({ sourceSymbols }: SourceBlock): number {
  return sourceSymbols + 32 + Math.ceil(sourceSymbols / 8);
}

/** With so many symbols a block of genuine ones is decoded for certain (each one beyond K fails once in a hundred). */
export function overdueSymbols({ sourceSymbols }: SourceBlock): number {
  return sourceSymbols + 32;
}

/** Starts a block anew from the symbols in its index. */
export function restart(block: BlockReception): void {
  block.decoder?.free();
  block.decoder = undefined;
  block.fed = 0;
  block.rebuilt = false;
}
