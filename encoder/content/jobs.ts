import type { JobKind } from '../threads/pool.js';
import type { CompressJob, CompressSetup } from './compress-job.js';
import type { ObjectDigests, SpoolJob, SpoolSetup } from './spool-job.js';

/** A chunk becomes a frame in the same memory, which goes there and back. */
export const COMPRESS: JobKind<CompressSetup, CompressJob, Uint8Array> = {
  name: 'compress',
  prepare: async (setup) => (await import('./compress-job.js')).prepareCompress(setup),
};

/** Frames become the object, one after the other: work for one thread. */
export const SPOOL: JobKind<SpoolSetup, SpoolJob, Uint8Array | ObjectDigests> = {
  name: 'spool',
  prepare: async (setup) => (await import('./spool-job.js')).prepareSpool(setup),
};
