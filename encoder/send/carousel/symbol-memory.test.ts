import { expect, it } from 'vitest';
import { createSymbolMemory } from './symbol-memory.js';

it('gives memory again that fits, and does not keep much', () => {
  const memory = createSymbolMemory();
  const first = memory.take(100_000);
  expect(first.length).toBe(memory.sizeFor(100_000));
  memory.give(first);
  expect(memory.take(70_000)).toBe(first);
  memory.give(first);
  // Too small, and much too large.
  expect(memory.take(200_000)).not.toBe(first);
  expect(memory.take(1000)).not.toBe(first);
  expect(memory.take(60_000)).toBe(first);
  const many = Array.from({ length: 100 }, () => memory.take(1_000_000));
  for (const each of many) memory.give(each);
  const again = Array.from({ length: 100 }, () => memory.take(1_000_000));
  expect(again.filter((each) => many.includes(each)).length).toBeLessThan(6);
});

it('has one memory for blocks, as large as the largest', () => {
  const memory = createSymbolMemory();
  const large = memory.forBlock(5000);
  expect(memory.forBlock(100).buffer).toBe(large.buffer);
  expect(memory.forBlock(100)).toHaveLength(100);
});
