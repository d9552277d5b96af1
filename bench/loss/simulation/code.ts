import type { CodeName } from '../record.js';

/** What came of a received symbol. */
export type SymbolFate =
  /** Taken by a block that needs more. */
  | 'used'
  /** Received before. */
  | 'duplicate'
  /** Its block was complete. */
  | 'surplus';

/** Reception of one object, symbol by symbol. */
export interface Reception {
  receive(block: number, esi: number): SymbolFate;
  /** All source symbols are there. */
  readonly complete: boolean;
  /** Gives memory back. */
  free(): void;
}

/** Symbols of one block in the order to send them. */
export interface SymbolLane {
  readonly block: number;
  readonly count: number;
  /** ESI of the symbol that is sent at `index`. */
  esi(index: number): number;
}

/** A code and how a carousel sends an object with it, at symbol level. */
export interface SymbolCode {
  readonly name: CodeName;
  /** As a plot names it. */
  readonly label: string;
  /** K of each block. */
  readonly sourceSymbols: readonly number[];
  /** Pass number `pass`, from 0 on: sent one after the other, the lanes of each interleaved. */
  phases(pass: number): SymbolLane[][];
  /** ESIs of later passes: passes from 1 on look alike but for `esi + shift[block]` with each pass. */
  readonly esiShift: readonly number[];
  createReception(): Reception;
}

/** Lanes interleaved with one another, or each by itself. */
export function inPhases(lanes: readonly SymbolLane[], interleaved: boolean): SymbolLane[][] {
  return interleaved ? [[...lanes]] : lanes.map((lane) => [lane]);
}
