import { expect, it } from 'vitest';
import type { ChannelBundle } from '../channel/channel.js';
import { createContentWatch } from './content-watch.js';

const NEWS: ChannelBundle = {
  name: 'news',
  path: 'news',
  weight: 1,
  level: 3,
  rules: {},
  order: 'mixed',
  frontInterval: 30_000,
  repair: { kind: 'loss', loss: 0.1 },
};

it('has content prepared at once, and again when it has changed and settled', () => {
  const watch = createContentWatch();
  const isDue = (content: string, now: number) => watch.isDue(NEWS, content, now, 100);
  expect(isDue('a', 0)).toBe(true);
  watch.done(NEWS, 'a', 'prepared');
  expect([isDue('a', 10), isDue('b', 20), isDue('b', 110)]).toEqual([false, false, false]);
  expect([isDue('c', 120), isDue('c', 219), isDue('c', 220)]).toEqual([false, false, true]);
  watch.done(NEWS, 'c', 'prepared');
  // Back to what it was: nothing to do.
  expect([isDue('d', 300), isDue('c', 310), isDue('c', 999)]).toEqual([false, false, false]);
});

it('waits for content that was missing or changed while it was packed', () => {
  const watch = createContentWatch();
  watch.unsettled(NEWS, 0);
  expect(watch.isDue(NEWS, 'a', 50, 100)).toBe(false);
  expect(watch.isDue(NEWS, 'a', 150, 100)).toBe(true);
});

it('tries again what failed when its time has come', () => {
  const watch = createContentWatch();
  watch.done(NEWS, 'a', 'failed', 5000);
  expect([watch.isDue(NEWS, 'a', 4999, 100), watch.isDue(NEWS, 'a', 5000, 100)]).toEqual([false, true]);
});

it('has a bundle prepared anew with other settings, and what failed when asked to', () => {
  const watch = createContentWatch();
  watch.done(NEWS, 'a', 'failed');
  expect(watch.isDue(NEWS, 'a', 999, 100)).toBe(false);
  const other: ChannelBundle = { ...NEWS, repair: { kind: 'fraction', fraction: 1 } };
  expect([watch.hasSameSettings(other), watch.isDue(other, 'a', 999, 100)]).toEqual([false, true]);
  watch.retry();
  expect(watch.isDue(NEWS, 'a', 999, 100)).toBe(true);
  watch.done(NEWS, 'a', 'prepared');
  watch.retry();
  expect(watch.isDue(NEWS, 'a', 999, 100)).toBe(false);
  watch.forget('news');
  expect(watch.isDue(NEWS, 'a', 999, 100)).toBe(true);
});
