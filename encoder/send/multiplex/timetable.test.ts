import { describe, expect, it } from 'vitest';
import { createTimetable } from './timetable.js';

describe('timetable', () => {
  it('goes on for ever without rules', () => {
    const timetable = createTimetable({}, 100);
    expect(timetable).toMatchObject({ next: 100, passesLeft: undefined });
    timetable.passDone(500);
    expect(timetable.next).toBe(500);
  });

  it('ends after its passes, with pauses between them', () => {
    const timetable = createTimetable({ passes: 2, pause: 50 }, 0);
    expect(timetable.passesLeft).toBe(2);
    timetable.passDone(200);
    expect(timetable).toMatchObject({ next: 250, passesLeft: 1 });
    timetable.passDone(500);
    expect(timetable).toMatchObject({ next: Number.POSITIVE_INFINITY, passesLeft: 0 });
  });

  it('repeats rounds, one pass each unless more are asked for', () => {
    const hourly = createTimetable({ every: 1000 }, 0);
    hourly.passDone(300);
    expect(hourly.next).toBe(1000);
    const twice = createTimetable({ every: 1000, passes: 2 }, 0);
    twice.passDone(300);
    expect(twice.next).toBe(300);
    twice.passDone(600);
    expect(twice.next).toBe(1000);
  });

  it('begins a round late when the one before it took longer', () => {
    const timetable = createTimetable({ every: 1000 }, 0);
    timetable.passDone(1700);
    expect(timetable.next).toBe(1700);
    timetable.passDone(1900);
    expect(timetable.next).toBe(2700);
  });
});
