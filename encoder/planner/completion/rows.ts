import { decodingFailure } from '../../session/repair.js';
import { type Completion, tabulated } from './completion.js';
import type { Effort } from './effort.js';
import type { SymbolChain } from './two-state.js';

/** With so many symbols beyond K decoding fails once in 10^10. */
const EXTRA_SYMBOLS = 4;

/**
 * A block, or a table of one symbol, whose symbols are sent in rows over a channel with memory: exact, by the probabilities of
 * each number of symbols received.
 *
 * @param needed K; 0 where any symbol completes it
 * @param inRow the chain from one symbol to the next in a row @param between from the last of a row to the first of the next
 */
export function rowsCompletion(
  needed: number,
  row: number,
  inRow: SymbolChain,
  between: SymbolChain,
  effort: Effort,
): Completion {
  const least = Math.max(1, needed);
  const most = needed === 0 ? 1 : needed + EXTRA_SYMBOLS;
  const failures = Array.from({ length: most }, (_, received) =>
    needed === 0 || received < needed ? 1 : decodingFailure(received - needed),
  );
  // By the symbols received so far, and the state after the last one; enough is no longer counted.
  const good = new Float64Array(most);
  const bad = new Float64Array(most);
  [good[0], bad[0]] = between.start;
  let sent = 0;
  const send = ({ received, lost }: SymbolChain) => {
    effort.spend(most);
    const [[stay, worsen], [mend, last]] = lost;
    for (let count = most - 1; count >= 0; count--) {
      const [g, b] = [good[count]!, bad[count]!];
      good[count] = g * stay + b * mend;
      bad[count] = g * worsen + b * last;
      if (count + 1 < most) good[count + 1]! += g * received[0] + b * received[1];
    }
    sent++;
  };
  const fill = (next: Float64Array) => {
    for (let position = 0; position < next.length; position++) {
      do send(sent % row === 0 ? between : inRow);
      while (sent < least);
      let failed = 0;
      for (let count = 0; count < most; count++) failed += (good[count]! + bad[count]!) * failures[count]!;
      next[position] = 1 - failed;
    }
  };
  return tabulated(least, { fill, limit: 1 });
}
