import type { JobKind } from '../threads/pool.js';
import type { CompressJob, CompressSetup } from './compress-job.js';

/** A chunk becomes a frame in the same memory, which goes there and back. */
export const COMPRESS: JobKind<CompressSetup, CompressJob, Uint8Array> = {
  name: 'compress',
  prepare: async (setup) => (await import('./compress-job.js')).prepareCompress(setup),
};
