import type { SourceBlock } from '../../../codecs/fec/index.js';
import { createSymbolIndex, type SymbolIndex } from './symbol-index.js';

/** A source block, which goes from receiving to rebuilding and on to rebuilt, or back when it was too early. */
export interface BlockReception {
  readonly source: SourceBlock;
  readonly index: SymbolIndex;
  state: 'receiving' | 'rebuilding' | 'rebuilt';
  /** Entries of the index that the decoder was given: those before this one. */
  fed: number;
  /** True when only checked entries were given. */
  fedChecked: boolean;
  /** A forgery went into the decoder that is at work: its result is of no use. */
  hasForgery: boolean;
  /** Decoding is tried with so many symbols. */
  tryAt: number;
  /** Symbols that wait for the check of their datagram. */
  readonly unchecked: Set<number>;
}

export function createBlockReception(source: SourceBlock): BlockReception {
  return {
    source,
    index: createSymbolIndex(),
    state: 'receiving',
    fed: 0,
    fedChecked: false,
    hasForgery: false,
    tryAt: source.sourceSymbols,
    unchecked: new Set<number>(),
  };
}

/** Symbols that may go into the decoder. */
export function usableSymbols({ index }: BlockReception, checkedOnly: boolean): number {
  return checkedOnly ? index.checkedSymbols : index.symbols;
}

/** True when there is something to decode and enough of it; with `late` after a failed try too. */
export function isReady(block: BlockReception, checkedOnly: boolean, late: boolean): boolean {
  const needed = late ? block.source.sourceSymbols : block.tryAt;
  return (
    block.state === 'receiving' &&
    block.index.entries > block.fed &&
    usableSymbols(block, checkedOnly) >= needed
  );
}

/** What the store reads the block's datagrams by. */
export function usableReferences({ index }: BlockReception, checkedOnly: boolean): number[] {
  const references: number[] = [];
  for (let entry = 0; entry < index.entries; entry++) {
    const reference = index.reference(entry);
    if (reference !== undefined && (!checkedOnly || index.isChecked(entry))) references.push(reference);
  }
  return references;
}

/** After a failure with `symbols` symbols each further try waits for twice as many more: failures stay few. */
export function postpone(block: BlockReception, symbols: number): void {
  const { sourceSymbols } = block.source;
  block.tryAt = symbols + Math.max(1, symbols - sourceSymbols);
}

/** Takes an entry that was found to be forged out. True when the block had been rebuilt with it. */
export function removeForgery(block: BlockReception, entry: number): boolean {
  block.index.remove(entry);
  if (entry >= block.fed || block.fedChecked) return false;
  const wasRebuilt = block.state === 'rebuilt';
  if (block.state === 'rebuilding') block.hasForgery = true;
  else restart(block);
  return wasRebuilt;
}

/** Starts a block anew from the symbols in its index. */
export function restart(block: BlockReception): void {
  block.state = 'receiving';
  block.hasForgery = false;
  block.fed = 0;
  block.tryAt = block.source.sourceSymbols;
}

/** Symbols of use: no block counts more than its K. */
export function usefulSymbols({ index, source }: BlockReception): number {
  return Math.min(index.symbols, source.sourceSymbols);
}

/** Symbols kept of a rebuilt block: with some more than K, the block survives when forgeries among them are found and dropped. */
export function enoughSymbols({ sourceSymbols }: SourceBlock): number {
  return sourceSymbols + 32 + Math.ceil(sourceSymbols / 8);
}

/** With so many symbols a block of genuine ones is decoded for certain (each one beyond K fails once in a hundred). */
export function overdueSymbols({ sourceSymbols }: SourceBlock): number {
  return sourceSymbols + 32;
}
