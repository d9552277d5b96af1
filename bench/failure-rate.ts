/**
 * How often a block of K source symbols cannot be rebuilt from K + h received symbols, against what RFC 6330
 * promises: at most 1 in 100, 10,000 and 1,000,000 for h = 0, 1, 2. Each trial receives random encoding symbols,
 * one by one, until the real decoder succeeds, and compares what it rebuilt.
 */

import {
  type BlockEncoder,
  loadRaptorQ,
  type Oti,
  type RaptorQ,
  systematicIndex,
} from '../codecs/raptorq/index.js';
import { createPrng, type Prng } from '../fixtures/channel/prng.js';

/** The failure probability that the standard gives for 0, 1 and 2 symbols beyond K. */
export const STANDARD_FAILURE_RATES = [1e-2, 1e-4, 1e-6];

export interface FailureRates {
  readonly sourceSymbols: number;
  /** K'; where K = K' no padding symbol helps. */
  readonly extendedSymbols: number;
  readonly trials: number;
  /** failures[h]: trials that K + h symbols did not rebuild. */
  readonly failures: readonly number[];
}

/** ESIs are drawn from the first `ESI_RANGE` * K, source symbols among them, without repetition in a trial. */
const ESI_RANGE = 4;

function extraSymbols(
  raptorq: RaptorQ,
  oti: Oti,
  encoder: BlockEncoder,
  symbols: Uint8Array,
  random: Prng,
): number {
  const decoder = raptorq.createDecoder(oti, 0);
  const size = oti.symbolSize;
  const available = symbols.length / size;
  try {
    for (;;) {
      const esi = random.below(available);
      if (!decoder.add(esi, symbols.subarray(esi * size, (esi + 1) * size))) continue;
      if (decoder.received < encoder.sourceSymbols || !decoder.tryDecode()) continue;
      if (Buffer.compare(decoder.data(), symbols.subarray(0, oti.transferLength)) !== 0) {
        throw new Error(`A block of ${encoder.sourceSymbols} symbols was rebuilt wrongly.`);
      }
      return decoder.received - encoder.sourceSymbols;
    }
  } finally {
    decoder.free();
  }
}

/** Runs `trials` trials for blocks of `sourceSymbols` symbols; the same seed gives the same trials. */
export async function measureFailureRates(
  sourceSymbols: number,
  trials: number,
  seed: number,
): Promise<FailureRates> {
  const raptorq = await loadRaptorQ();
  const symbolSize = 1;
  const oti: Oti = { transferLength: sourceSymbols, symbolSize, sourceBlocks: 1, subBlocks: 1, alignment: 1 };
  const random = createPrng(seed);
  const source = Uint8Array.from({ length: sourceSymbols }, () => random.below(256));
  const encoder = raptorq.createEncoder(oti, 0, source);
  const symbols = encoder.symbols(0, Math.max(64, ESI_RANGE * sourceSymbols));
  const failures = STANDARD_FAILURE_RATES.map(() => 0);
  for (let trial = 0; trial < trials; trial++) {
    const extra = extraSymbols(raptorq, oti, encoder, symbols, random);
    for (let h = 0; h < Math.min(extra, failures.length); h++) failures[h]!++;
  }
  encoder.free();
  const extendedSymbols = systematicIndex(sourceSymbols).kPrime;
  return { sourceSymbols, extendedSymbols, trials, failures };
}

/** The table as text. */
export function failureTable(rows: readonly FailureRates[]): string {
  const lines = ["      K      K'   trials   failed at K (1e-2)   at K+1 (1e-4)   at K+2 (1e-6)"];
  for (const { sourceSymbols, extendedSymbols, trials, failures } of rows) {
    const rate = (h: number) => `${failures[h]} (${(failures[h]! / trials).toExponential(1)})`;
    lines.push(
      `${String(sourceSymbols).padStart(7)} ${String(extendedSymbols).padStart(7)} ${String(trials).padStart(8)}` +
        `${rate(0).padStart(21)}${rate(1).padStart(16)}${rate(2).padStart(16)}`,
    );
  }
  return lines.join('\n');
}
