import type { OpenFile } from '../../codecs/node/open-file.js';
import { atMost, inOrder, type PoolOptions, withPool } from '../threads/pool.js';
import { REPAIR } from './jobs.js';
import type { CodedObject, Lane } from './lanes.js';
import type { RepairJob } from './repair-job.js';

/**
 * Makes the repair symbols of all blocks and keeps them in a file, where `lanes` expects them: they are sent
 * interleaved.
 *
 * @param object holds the transfer object
 * @param repair empty
 * @param onBlock called when a block is done
 */
export async function codeRepair(
  { parameters, blocks }: CodedObject,
  lanes: readonly Lane[],
  { object, repair }: { readonly object: OpenFile; readonly repair: OpenFile },
  options: PoolOptions,
  onBlock: (done: number) => void,
): Promise<void> {
  const jobs: RepairJob[] = [];
  for (const [index, { count, position }] of lanes.entries()) {
    if (count > 0) jobs.push({ block: blocks[index]!, count, position });
  }
  let done = blocks.length - jobs.length;
  if (done > 0) onBlock(done);
  if (jobs.length === 0) return;
  const pooled = atMost(options, jobs.length);
  await withPool(REPAIR, { parameters, object, repair }, pooled, async (pool) => {
    for await (const _ of inOrder(pool, jobs)) onBlock(++done);
  });
}
