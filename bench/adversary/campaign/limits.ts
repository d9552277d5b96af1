import { DEFAULT_LIMITS, type ReceiverLimits } from '../../../receiver/engine/ports/limits.js';

const KIB = 2 ** 10;

/**
 * Objects of the newest editions of both trusted publishers, which are 12 each, in two layouts: while one that was on the air is
 * replayed, the one that is on the air has a place of its own. With less, a layout of which more was received waits for symbols that
 * do not come, in the place of the one that is sent; nobody could tell which of them is.
 */
const OBJECTS = 2 * 12 * 2;

/**
 * Limits of receivers under attack, by name. The newest editions of both trusted publishers have room in all of them; in the tight
 * ones there is hardly more.
 */
export const LIMITS: Readonly<Record<LimitsName, ReceiverLimits>> = {
  usual: DEFAULT_LIMITS,
  small: {
    maxSessions: 8,
    maxObjects: OBJECTS,
    maxBlocks: OBJECTS,
    maxObjectBytes: 1024 * KIB,
    maxIndexBytes: 64 * KIB,
    maxParts: 400,
    maxUnpackedBytes: 4096 * KIB,
    maxEditions: 8,
    maxFdtBytes: 16 * KIB,
    maxTables: 16,
    maxWaitingBytes: 64 * KIB,
    maxStoredBytes: 1536 * KIB,
    maxQueuedBytes: 256 * KIB,
  },
  tight: {
    maxSessions: 4,
    maxObjects: OBJECTS,
    maxBlocks: OBJECTS,
    maxObjectBytes: 256 * KIB,
    maxIndexBytes: 16 * KIB,
    maxParts: 100,
    maxUnpackedBytes: 1024 * KIB,
    maxEditions: 4,
    maxFdtBytes: 8 * KIB,
    maxTables: 8,
    maxWaitingBytes: 16 * KIB,
    maxStoredBytes: 960 * KIB,
    maxQueuedBytes: 128 * KIB,
  },
};
export type LimitsName = 'usual' | 'small' | 'tight';
