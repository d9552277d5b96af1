import { finishChecks } from './checks.js';
import { markIfReady } from './keep-symbols.js';
import type { Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/**
 * Forgets that datagrams of an object were checked, since a key that they were checked with was replaced. They may be what they
 * should be, which shows by the SHA-256 of the object: those that the new keys did not sign go when it is wrong.
 */
export async function forgetChecks(context: ReceptionContext, reception: Reception): Promise<void> {
  await finishChecks(context, reception);
  reception.checkedOnly = context.eager;
  reception.isProven = false;
  // the tables of the key that was replaced count no more
  reception.expires = 0;
  reception.sources.clear();
  reception.unstored.clear();
  for (const block of reception.blocks.values()) {
    block.index.uncheckAll();
    block.fedChecked = false;
    markIfReady(reception, block);
  }
}
