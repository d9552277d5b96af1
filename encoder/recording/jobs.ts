import type { JobKind } from '../threads/pool.js';
import type { RecordJob, RecordSetup } from './record-job.js';
import type { RepairJob, RepairSetup } from './repair-job.js';

/** A source block of the object's file becomes repair symbols in another. */
export const REPAIR: JobKind<RepairSetup, RepairJob, undefined> = {
  name: 'repair',
  prepare: async (setup) => (await import('./repair-job.js')).prepareRepair(setup),
};

/** Symbols of both files become signed datagrams in the recording. */
export const RECORD: JobKind<RecordSetup, RecordJob, undefined> = {
  name: 'record',
  prepare: async (setup) => (await import('./record-job.js')).prepareRecord(setup),
};
