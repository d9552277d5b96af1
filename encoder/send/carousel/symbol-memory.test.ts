import { describe, expect, it } from 'vitest';
import { createSymbolMemory } from './symbol-memory.js';

describe('memory of symbols', () => {
  it('is used again where it is not much larger than what is wanted', () => {
    const memory = createSymbolMemory();
    const given = memory.take(300_000);
    expect(given.length).toBeGreaterThanOrEqual(300_000);
    memory.give(given);
    expect(memory.take(150_000)).not.toBe(given);
    expect(memory.take(290_000)).toBe(given);
    expect(memory.take(290_000)).not.toBe(given);
  });

  it('that was given last is there until more is given, however large it is', () => {
    const memory = createSymbolMemory();
    const [small, large, next] = [memory.take(1000), memory.take(4_000_000), memory.take(1000)];
    memory.give(small);
    memory.give(large);
    expect([small.length, large.length]).toEqual([0, memory.sizeFor(4_000_000)]);
    memory.give(next);
    expect([large.length, next.length]).toEqual([0, memory.sizeFor(1000)]);
  });
});
