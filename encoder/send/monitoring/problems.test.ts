import { expect, it } from 'vitest';
import { describeEvent, type UplinkEvent } from './events.js';
import { createProblems } from './problems.js';

function problemsAt() {
  const events: UplinkEvent[] = [];
  const clock = { now: 0 };
  const problems = createProblems(
    (event) => events.push(event),
    () => clock.now,
  );
  return { events, clock, problems };
}

it('a problem stands until it is mended, and is told once', () => {
  const { events, clock, problems } = problemsAt();
  problems.raise('bundle news', 'It is gone.', { bundle: 'news' });
  clock.now = 61_000;
  problems.raise('bundle news', 'It is gone.', { bundle: 'news' });
  problems.raise('link', 'The cable is out.');
  const gone = { bundle: 'news', message: 'It is gone.', since: 0 };
  expect(problems.standing).toEqual([gone, { message: 'The cable is out.', since: 61_000 }]);
  problems.mend('bundle news');
  problems.mend('bundle news');
  problems.drop('link');
  problems.mend('link');
  expect(problems.standing).toEqual([]);
  expect(events).toEqual([
    { type: 'problem', bundle: 'news', message: 'It is gone.' },
    { type: 'problem', message: 'The cable is out.' },
    { type: 'mended', bundle: 'news', message: 'It is gone.', seconds: 61 },
  ]);
  expect(describeEvent(events[2]!)).toBe('news: mended after 61 seconds. It was: It is gone.');
});

it('what has changed is told, and keeps its beginning; what was asked for is told again', () => {
  const { events, clock, problems } = problemsAt();
  problems.raise('channel', 'Line 1.');
  clock.now = 5;
  problems.raise('channel', 'Line 2.');
  problems.raise('channel', 'Line 2.', { again: true });
  expect(problems.standing).toEqual([{ message: 'Line 2.', since: 0 }]);
  expect(events).toHaveLength(3);
});
