import { createPrng, type Prng } from '../../../channel/index.js';
import type { LeftDegree } from '../../record.js';
import { inPhases, type Reception, type SymbolCode, type SymbolLane } from '../code.js';
import { ldpcStaircaseMatrix, type ParityCheckMatrix } from './ldpc-matrix.js';
import { type NullSpace, nullSpace } from './null-space.js';
import { evenBlocks } from './repetition.js';

/** N1 ones a column need as many source symbols and equations. */
const LEAST_SYMBOLS = 8;
const MATRIX_SEED = 1;
const ORDER_SEED = 1;

/**
 * Reference model: LDPC-Staircase, RFC 5170, the family that Outernet sent with, as those use it who know it: N1 = 5 or 7, and
 * Gaussian elimination when the iteration stops (M. Cunche and V. Roca, "Optimizing the error recovery capabilities of
 * LDPC-staircase codes featuring a Gaussian elimination decoding scheme", SPSC 2008). Symbols are sent in a random order, which
 * suits this code best, the same n symbols of each block in every pass.
 *
 * @param n1 ones in a column of the left side, N1 of RFC 5170 section 3.2
 * @param symbols K over all blocks
 * @param most source symbols of a block at most
 * @param fraction repair symbols a source symbol, above 0
 */
export function createLdpcStaircase(
  n1: LeftDegree,
  symbols: number,
  most: number,
  fraction: number,
  interleaved: boolean,
): SymbolCode {
  const sourceSymbols = evenBlocks(symbols, most);
  const matrices = new Map<number, ParityCheckMatrix>();
  const blocks = sourceSymbols.map((k) => {
    const length = Math.max(k, LEAST_SYMBOLS);
    const n = length + Math.max(LEAST_SYMBOLS, Math.ceil(length * fraction));
    const matrix = matrices.get(k) ?? ldpcStaircaseMatrix(length, n, n1, MATRIX_SEED);
    matrices.set(k, matrix);
    return { k: length, n, matrix };
  });
  const random = createPrng(ORDER_SEED);
  const lanes = blocks.map(({ n }, block): SymbolLane => {
    const order = randomOrder(n, random);
    return { block, count: n, esi: (index) => order[index]! };
  });
  const rate = Number((1 / (1 + fraction)).toFixed(2));
  return {
    name: `ldpc-staircase-${n1}`,
    label: `LDPC-Staircase, N1 = ${n1}, rate ${rate}`,
    sourceSymbols: blocks.map(({ k }) => k),
    phases: () => inPhases(lanes, interleaved),
    esiShift: blocks.map(() => 0),
    createReception() {
      const decoders = blocks.map(({ k, n, matrix }) => createBlockReception(k, n, matrix));
      let incomplete = decoders.length;
      const reception: Reception = {
        receive(block, esi) {
          const decoder = decoders[block]!;
          const wasComplete = decoder.isComplete;
          if (!decoder.receive(esi)) return 'duplicate';
          if (wasComplete) return 'surplus';
          if (decoder.isComplete) incomplete--;
          return 'used';
        },
        get complete() {
          return incomplete === 0;
        },
        free() {},
      };
      return reception;
    },
  };
}

/** Reception of one block: maximum likelihood decoding, which is tried from the first k symbols on. */
interface BlockReception {
  readonly isComplete: boolean;
  /** False when the symbol was received before. */
  receive(symbol: number): boolean;
}

export function createBlockReception(k: number, n: number, matrix: ParityCheckMatrix): BlockReception {
  const received = new Uint8Array(n);
  let count = 0;
  /** What k symbols leave open; fewer never suffice. */
  let open: NullSpace | undefined;
  return {
    get isComplete() {
      return open !== undefined && !open.isOpen;
    },
    receive(symbol) {
      if (received[symbol] === 1) return false;
      received[symbol] = 1;
      count++;
      if (open !== undefined) open.receive(symbol);
      else if (count === k) open = nullSpace(k, matrix, received);
      return true;
    },
  };
}

/** The numbers from 0 to n - 1, shuffled (Fisher and Yates). */
function randomOrder(n: number, random: Prng): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
