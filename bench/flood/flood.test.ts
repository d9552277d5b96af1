import { describe, expect, it } from 'vitest';
import { REJECTIONS } from '../../receiver/engine/ports/events.js';
import { DEFAULT_LIMITS } from '../../receiver/engine/ports/limits.js';
import { runFlood } from './flood.js';
import { FLOOD_KINDS } from './flood-datagrams.js';

/** Another flood: DATACAST_SEED=<number> npx vitest run bench/flood */
const SEED = Number(process.env.DATACAST_SEED ?? 1);
const MIB = 2 ** 20;
const LIMITS = {
  ...DEFAULT_LIMITS,
  maxSessions: 16,
  maxObjects: 12,
  maxTables: 8,
  maxObjectBytes: 8 * MIB,
  maxWaitingBytes: MIB,
  maxStoredBytes: 4 * MIB,
  maxQueuedBytes: 4 * MIB,
};
/** A genuine object of two blocks, and what is kept of each block beyond its K. */
const OBJECT_SYMBOLS = 1010;

describe('a flood of hostile datagrams', () => {
  it.each([
    // of unsigned sessions there are limits more to break
    { datagrams: 30_000, allowUnsigned: true, verify: 'lazy' as const },
    { datagrams: 20_000, allowUnsigned: false, verify: 'eager' as const },
  ])('takes no more than the limits, and the genuine bundle arrives: %j', async (given) => {
    const result = await runFlood({ ...given, seed: SEED, limits: LIMITS });
    const repeat = `To repeat: DATACAST_SEED=${SEED} npx vitest run bench/flood`;
    const { counters, pushed } = result;
    expect(result.complete, repeat).toBe(true);
    expect(result.storedBytes, repeat).toBeLessThanOrEqual(LIMITS.maxStoredBytes);
    expect(result.objects, repeat).toBeLessThanOrEqual(LIMITS.maxObjects);
    for (const kind of [...FLOOD_KINDS, 'genuine'] as const) expect(pushed[kind], kind).toBeGreaterThan(0);
    const all = Object.values(pushed).reduce((sum, count) => sum + count, 0);
    expect(counters.datagrams + counters['too-many'], repeat).toBeGreaterThanOrEqual(all);
    expect(counters.datagrams, repeat).toBeLessThanOrEqual(all);
    // forgeries go into the store only as long as nobody has checked
    const old = pushed['old-replay']!;
    const mostKept = given.verify === 'eager' ? OBJECT_SYMBOLS * 1.5 + old : all / 2;
    expect(counters.kept, repeat).toBeLessThanOrEqual(mostKept);
    for (const reason of ['malformed', 'forged', 'bad-certificate', 'untrusted-publisher'] as const) {
      expect(counters[reason], `${REJECTIONS[reason]}: ${repeat}`).toBeGreaterThan(0);
    }
  });
});
