import { parseAlc } from '../../../codecs/alc/index.js';
import { yieldToEventLoop } from '../turns/event-loop.js';
import type { BlockReception } from './block-reception.js';
import type { Checks } from './checks.js';
import type { ReceptionContext } from './reception-context.js';

/** Datagrams that are read back at a time. */
const READ_BATCH = 256;

/**
 * Checks all datagrams in the store that were not checked when they came.
 *
 * @param object its name in the store
 * @param isWanted false ends the work early
 * @param judged is told what each datagram was found to be
 */
export async function checkStored(
  { store, schemes }: Pick<ReceptionContext, 'store' | 'schemes'>,
  object: string,
  blocks: Iterable<BlockReception>,
  checks: Checks,
  isWanted: () => boolean,
  judged: (block: BlockReception, entry: number, genuine: boolean) => void,
): Promise<void> {
  for (const block of blocks) {
    const { index } = block;
    for (let first = 0; first < index.entries; first += READ_BATCH) {
      await yieldToEventLoop();
      if (!isWanted()) return;
      const end = Math.min(first + READ_BATCH, index.entries);
      const entries: number[] = [];
      for (let entry = first; entry < end; entry++) {
        if (index.reference(entry) !== undefined && !index.isChecked(entry)) entries.push(entry);
      }
      const stored: Uint8Array[] = [];
      const references = entries.map((entry) => index.reference(entry)!);
      await store.read(object, references, (datagram) => stored.push(datagram.slice()));
      for (const [i, entry] of entries.entries()) {
        const tell = (genuine: boolean) => judged(block, entry, genuine);
        await checks.add(stored[i]!, parseAlc(stored[i]!, schemes), tell);
      }
    }
  }
  await checks.finish();
}
