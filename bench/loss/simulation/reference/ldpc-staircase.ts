import { createPrng, type Prng } from '../../../channel/index.js';
import { inPhases, type Reception, type SymbolCode, type SymbolLane } from '../code.js';
import { ldpcStaircaseMatrix, type ParityCheckMatrix } from './ldpc-matrix.js';
import { evenBlocks } from './repetition.js';

/** N1 = 3 equations a source symbol cannot be told apart with fewer. */
const LEAST_SYMBOLS = 3;
const MATRIX_SEED = 1;
const ORDER_SEED = 1;

/**
 * Reference model: LDPC-Staircase, RFC 5170, with iterative decoding, the family that Outernet sent with. Symbols are
 * sent in a random order, which suits this code best, the same n symbols of each block in every pass.
 *
 * @param symbols K over all blocks
 * @param most source symbols of a block at most
 * @param fraction repair symbols a source symbol, above 0
 */
export function createLdpcStaircase(
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
    const matrix = matrices.get(k) ?? ldpcStaircaseMatrix(length, n, MATRIX_SEED);
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
    name: 'ldpc-staircase',
    label: `LDPC-Staircase, rate ${rate}`,
    sourceSymbols: blocks.map(({ k }) => k),
    phases: () => inPhases(lanes, interleaved),
    esiShift: blocks.map(() => 0),
    createReception() {
      const decoders = blocks.map(({ k, n, matrix }) => createPeeling(k, n, matrix));
      let incomplete = decoders.length;
      const reception: Reception = {
        receive(block, esi) {
          const decoder = decoders[block]!;
          const wasComplete = decoder.missing === 0;
          if (!decoder.receive(esi)) return 'duplicate';
          if (wasComplete) return 'surplus';
          if (decoder.missing === 0) incomplete--;
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

interface Peeling {
  /** Source symbols that are not known yet. */
  readonly missing: number;
  /** False when the symbol was received before. */
  receive(symbol: number): boolean;
}

/** The iterative decoder of RFC 5170 section 6.4: an equation with one unknown symbol yields it. */
export function createPeeling(k: number, n: number, { equations, equationsOf }: ParityCheckMatrix): Peeling {
  const received = new Uint8Array(n);
  const known = new Uint8Array(n);
  const unknowns = Uint32Array.from(equations, ({ length }) => length);
  /** The unknown symbols of each equation, XORed: where one is left, it is this one. */
  const last = Int32Array.from(equations, (symbols) => symbols.reduce((xor, symbol) => xor ^ symbol, 0));
  const pending: number[] = [];
  let missing = k;
  const learn = (symbol: number) => {
    if (known[symbol] === 1) return;
    known[symbol] = 1;
    if (symbol < k) missing--;
    pending.push(symbol);
  };
  return {
    get missing() {
      return missing;
    },
    receive(symbol) {
      if (received[symbol] === 1) return false;
      received[symbol] = 1;
      learn(symbol);
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        for (const equation of equationsOf[next]!) {
          last[equation]! ^= next;
          unknowns[equation]!--;
          if (unknowns[equation] === 1) learn(last[equation]!);
        }
      }
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
