import type { BlockReception } from '../blocks/block-reception.js';
import { yieldToEventLoop } from '../turns/event-loop.js';
import { addCheck, checkable, finishChecks, useDueChecks } from './checks.js';
import { markIfReady } from './keep-symbols.js';
import { isReceiving, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Datagrams that are read back at a time. */
const READ_BATCH = 256;

/**
 * Checks every stored datagram of a signed object that was not checked when it came, and has whatever comes from now on
 * checked. Blocks that forgeries went into are to be rebuilt.
 *
 * @returns how many were forged
 */
export async function checkStored(context: ReceptionContext, reception: Reception): Promise<number> {
  const earlier = reception.forgeries;
  reception.checkedOnly = true;
  for (const block of reception.blocks.values()) {
    for (let first = 0; first < block.index.entries; first += READ_BATCH) {
      await yieldToEventLoop();
      if (!isReceiving(reception)) return reception.forgeries - earlier;
      await checkEntries(context, reception, uncheckedEntries(block, first));
    }
  }
  await finishChecks(context, reception);
  for (const block of reception.blocks.values()) markIfReady(reception, block);
  return reception.forgeries - earlier;
}

interface Entries {
  readonly block: BlockReception;
  /** Numbers in the block's index. */
  readonly entries: readonly number[];
}

/** Those of the next entries that are in the store and were not checked. */
function uncheckedEntries(block: BlockReception, first: number): Entries {
  const { index } = block;
  const entries: number[] = [];
  const end = Math.min(first + READ_BATCH, index.entries);
  for (let entry = first; entry < end; entry++) {
    if (index.reference(entry) !== undefined && !index.isChecked(entry)) entries.push(entry);
  }
  return { block, entries };
}

async function checkEntries(
  context: ReceptionContext,
  reception: Reception,
  { block, entries }: Entries,
): Promise<void> {
  const stored = await readEntries(context, reception, { block, entries });
  for (const [i, entry] of entries.entries()) {
    addCheck(context, reception, { subject: { block, entry }, datagram: checkable(context, stored[i]!) });
    await useDueChecks(context, reception);
  }
}

/** Copies of what the store has under entries of a block. */
export async function readEntries(
  { store }: ReceptionContext,
  { info }: Reception,
  { block, entries }: Entries,
): Promise<Uint8Array[]> {
  const stored: Uint8Array[] = [];
  const references = entries.map((entry) => block.index.reference(entry)!);
  await store.read(info.id, references, (bytes) => stored.push(bytes.slice()));
  return stored;
}
