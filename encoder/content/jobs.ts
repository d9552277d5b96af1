import type { JobKind } from '../threads/pool.js';
import type { CompressJob, CompressSetup } from './compress-job.js';
import type { ObjectDigests, WriteObjectJob, WriteObjectSetup } from './write-object-job.js';

/** A chunk becomes a frame in the same memory, which goes there and back. */
export const COMPRESS: JobKind<CompressSetup, CompressJob, Uint8Array> = {
  name: 'compress',
  prepare: async (setup) => (await import('./compress-job.js')).prepareCompress(setup),
};

/** Frames become the object, one after the other: work for one thread. */
export const WRITE_OBJECT: JobKind<WriteObjectSetup, WriteObjectJob, Uint8Array | ObjectDigests> = {
  name: 'write-object',
  prepare: async (setup) => (await import('./write-object-job.js')).prepareWriteObject(setup),
};
