import { expect, it } from 'vitest';
import { createPerPublisher, MAX_REMEMBERED } from './per-publisher.js';
import { createSeenMemory, type Seen } from './seen.js';

it('forgets what was set longest ago of a publisher who has too many, and nothing of others', () => {
  const values = createPerPublisher<number, string>();
  values.set('one', 0, 'first');
  values.set('other', 0, 'own');
  for (let scope = 1; scope < MAX_REMEMBERED; scope++) values.set('one', scope, 'later');
  values.set('one', 0, 'again');
  values.set('one', MAX_REMEMBERED, 'last');
  expect(values.get('one', 0)).toBe('again');
  expect(values.get('one', 1)).toBeUndefined();
  expect(values.get('other', 0)).toBe('own');
  expect(values.all()).toHaveLength(MAX_REMEMBERED + 1);
});

it('the roll-back memory of a publisher with many bundles and sessions is bounded, also when it is read again', () => {
  let record: Seen | undefined;
  const told = (seen: Seen) => {
    record = seen;
  };
  const more = MAX_REMEMBERED + 5;
  const earlier = {
    generations: Array.from({ length: more }, (_, tsi) => ({ publisher: 'one', tsi, generation: 1 })),
    sequences: Array.from({ length: more }, (_, i) => ({ publisher: 'one', name: `${i}`, sequence: 1 })),
  };
  const seen = createSeenMemory(earlier, told);
  seen.raiseSequence('other', 'news', 7);
  for (let i = 0; i < 3; i++) seen.raiseGeneration('one', more + i, 1);
  expect(record!.sequences).toHaveLength(MAX_REMEMBERED + 1);
  expect(record!.generations).toHaveLength(MAX_REMEMBERED);
  expect(seen.sequence('other', 'news')).toBe(7);
});
