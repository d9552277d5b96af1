import { interleave } from '../../../encoder/recording/schedule/interleave.js';
import { tablesInOrder } from '../../../encoder/recording/schedule/table-turns.js';
import type { SymbolLane } from './code.js';

/** The datagrams of a pass in the order to send them. */
export interface PassSchedule {
  /** Block of each datagram; `FDT` for those of the file delivery table. */
  readonly blocks: Int16Array;
  /** ESI of each datagram; 0 for those of the table. */
  readonly esis: Uint32Array;
}

export const FDT = -1;

/**
 * The order of the encoder for one object: lanes of a phase take turns, and the table is sent at the start, at the end
 * and evenly in between.
 *
 * @param fdtDatagrams 2 or more
 */
export function schedulePass(phases: readonly (readonly SymbolLane[])[], fdtDatagrams: number): PassSchedule {
  const symbols = phases.flat().reduce((sum, { count }) => sum + count, 0);
  const blocks = new Int16Array(symbols + fdtDatagrams).fill(FDT);
  const esis = new Uint32Array(blocks.length);
  const inOrder = Array.from({ length: symbols }, () => ({ object: 0 }));
  // All symbols have one length, so any will do.
  const tables = tablesInOrder(() => inOrder, [1], {
    tableOf: [0],
    tables: 1,
    least: 2,
    datagrams: fdtDatagrams,
  });
  let sent = 0;
  let tablesSent = 0;
  for (const lanes of phases) {
    for (const { lane, index } of interleave(lanes.map(({ count }) => count))) {
      while (tables[tablesSent]!.after <= sent) tablesSent++;
      const at = sent + tablesSent;
      blocks[at] = lanes[lane]!.block;
      esis[at] = lanes[lane]!.esi(index);
      sent++;
    }
  }
  return { blocks, esis };
}
