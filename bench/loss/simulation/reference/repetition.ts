import { partition } from '../../../../codecs/raptorq/index.js';
import { inPhases, type SymbolCode, type SymbolLane } from '../code.js';

/** K of each block, of nearly the same length and none longer than `most` (RFC 5052 section 9.1). */
export function evenBlocks(symbols: number, most: number): number[] {
  const blocks = Math.ceil(symbols / most);
  const { long, short, longParts } = partition(symbols, blocks);
  return Array.from({ length: blocks }, (_, block) => (block < longParts ? long : short));
}

/**
 * Reference model: blocks of which any K symbols are enough, each symbol sent once in every pass. With as many
 * symbols as K it is plain repetition; with more an ideal short code.
 */
export function createShortCode(
  naming: Pick<SymbolCode, 'name' | 'label'>,
  sourceSymbols: readonly number[],
  sentSymbols: readonly number[],
  interleaved: boolean,
): SymbolCode {
  const lanes = sentSymbols.map((count, block): SymbolLane => ({ block, count, esi: (index) => index }));
  return {
    ...naming,
    sourceSymbols,
    phases: () => inPhases(lanes, interleaved),
    esiShift: sourceSymbols.map(() => 0),
    createReception() {
      const seen = sentSymbols.map((count) => new Uint8Array(count));
      const missing = Array.from(sourceSymbols);
      let incomplete = missing.length;
      return {
        receive(block, esi) {
          if (seen[block]![esi] === 1) return 'duplicate';
          seen[block]![esi] = 1;
          if (missing[block] === 0) return 'surplus';
          missing[block]!--;
          if (missing[block] === 0) incomplete--;
          return 'used';
        },
        get complete() {
          return incomplete === 0;
        },
        free() {},
      };
    },
  };
}

/** Reference model: a carousel without a code. Every symbol has to arrive, in whichever pass. */
export function createRepetition(symbols: number): SymbolCode {
  return createShortCode({ name: 'repetition', label: 'Repetition, no code' }, [symbols], [symbols], true);
}
