import { expect, it } from 'vitest';
import { createInsertions } from './insertions.js';

it('lets symbols wait while something is sent between them', () => {
  const { placeAt, beginAt, endAt, ends } = createInsertions([
    { at: 0, bytes: 10 },
    { at: 200, bytes: 10 },
    { at: 100, bytes: 50 },
  ]);
  expect(ends).toEqual([10, 270, 160]);
  const places = [0, 5, 10, 60, 110, 130, 160, 200, 260, 265, 270, 300].map(placeAt);
  expect([0, 100, 150].map(beginAt)).toEqual([10, 160, 210]);
  expect([0, 100, 150].map(endAt)).toEqual([0, 110, 210]);
  expect(places).toEqual([0, 0, 0, 50, 100, 100, 100, 140, 200, 200, 200, 230]);
});
