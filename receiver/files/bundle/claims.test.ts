import { expect, it } from 'vitest';
import { createClaims } from './claims.js';

it('the names of all parts of an edition together are bounded, whatever its index says', () => {
  const claims = createClaims();
  const list = (part: string, count: number) => ({
    files: [],
    directories: Array.from({ length: count }, (_, i) => `${part}${'/n'.repeat(490)}${i}`),
  });
  const first = list('a', 300);
  expect(claims.conflict({ label: 'a/' }, first)).toBeUndefined();
  claims.add({ label: 'a/' }, first);
  const names = {
    files: [],
    directories: Array.from({ length: 33 }, (_, i) => `${'n'.repeat(2 ** 20)}${i}`),
  };
  expect(claims.conflict({ label: 'b/' }, names)).toMatch(
    /^With the part b\/ the edition has more than 1,000,000 files/,
  );
  expect(claims.conflict({ label: 'c/' }, list('c', 300))).toBeUndefined();
});
