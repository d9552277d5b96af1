import type { OpenFile } from '../../codecs/node/open-file.js';
import { atMost, inOrder, type PoolOptions, withPool } from '../threads/pool.js';
import { REPAIR } from './jobs.js';
import type { RepairJob } from './repair-job.js';
import type { Transmission } from './transmission.js';

/**
 * Makes the repair symbols of all blocks of all objects and keeps them in a file, where the lanes expect them: they are
 * sent interleaved.
 *
 * @param files the file that holds the objects, and an empty one
 * @param onBlock called when a block is done
 */
export async function codeRepair(
  { objects, lanes }: Pick<Transmission, 'objects' | 'lanes'>,
  files: { readonly objects: OpenFile; readonly repair: OpenFile },
  options: PoolOptions,
  onBlock: (done: number, total: number) => void,
): Promise<void> {
  const jobs = objects.flatMap(({ coding, position }, index) =>
    coding.blocks.flatMap((block, i): RepairJob[] => {
      const { count, position: into } = lanes[index]!.repair[i]!;
      const { parameters } = coding;
      return count === 0 ? [] : [{ parameters, block, objectPosition: position, count, position: into }];
    }),
  );
  if (jobs.length === 0) return;
  let done = 0;
  await withPool(REPAIR, files, atMost(options, jobs.length), async (pool) => {
    for await (const _ of inOrder(pool, jobs)) onBlock(++done, jobs.length);
  });
}
