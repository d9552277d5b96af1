import type { MaybePromise } from '../../codecs/crypto/index.js';
import type { CompressJob, CompressSetup } from './compress-job.js';
import type { RecordJob, RecordSetup } from './record-job.js';
import type { RepairJob, RepairSetup } from './repair-job.js';
import type { ObjectDigests, SpoolJob, SpoolSetup } from './spool-job.js';

/** The kinds of work that are shared among threads. Setup, input and output are copied between them. */
export interface Jobs {
  /** A chunk becomes a frame in the same memory, which goes there and back. */
  compress: { setup: CompressSetup; input: CompressJob; output: Uint8Array };
  /** Frames become the object, one after the other: work for one thread. */
  spool: { setup: SpoolSetup; input: SpoolJob; output: Uint8Array | ObjectDigests };
  /** A source block of the object's spool becomes repair symbols in the other. */
  repair: { setup: RepairSetup; input: RepairJob; output: undefined };
  /** Symbols of the spools become signed datagrams in the recording. */
  record: { setup: RecordSetup; input: RecordJob; output: undefined };
}

export type JobKind = keyof Jobs;

type Work<K extends JobKind> = (input: Jobs[K]['input']) => MaybePromise<Jobs[K]['output']>;

const PREPARE: { [K in JobKind]: (setup: Jobs[K]['setup']) => Promise<Work<K>> } = {
  compress: async (setup) => (await import('./compress-job.js')).prepareCompress(setup),
  spool: async (setup) => (await import('./spool-job.js')).prepareSpool(setup),
  repair: async (setup) => (await import('./repair-job.js')).prepareRepair(setup),
  record: async (setup) => (await import('./record-job.js')).prepareRecord(setup),
};

/** Loads what a kind of work needs, once for many jobs. */
export function prepare<K extends JobKind>(kind: K, setup: Jobs[K]['setup']): Promise<Work<K>> {
  return PREPARE[kind](setup);
}
