import { expect, it } from 'vitest';
import { createReservations } from './reservations.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A disk that is full for a while. */
function disk() {
  const found = { isFull: true, tries: [] as ReadonlyMap<string, number>[], failures: [] as unknown[] };
  const onFailure = (error: unknown) => void found.failures.push(error);
  const save = async (turns: ReadonlyMap<string, number>) => {
    found.tries.push(turns);
    if (found.isFull) throw new Error('The disk is full.');
  };
  return { found, save, onFailure };
}

it('outlives a disk that is full for as long as turns are left', async () => {
  const { found, save, onFailure } = disk();
  const reservations = createReservations(save, onFailure);
  reservations.add('a', 100);
  for (let turn = 40; turn <= 100; turn++) {
    expect(reservations.ensure('a', turn, 100)).toBeUndefined();
    await settled();
  }
  expect(found.tries.length).toBeGreaterThan(2);
  expect(found.tries.length).toBeLessThan(15);
  found.isFull = false;
  for (let turn = 101; turn < 150; turn++) {
    await reservations.ensure('a', turn, 100);
    await settled();
  }
  expect(found.tries.at(-1)!.get('a')).toBeGreaterThan(190);
});

it('goes on with turns that the disk does not know of when none is left, and tries again, not with each', async () => {
  const { found, save, onFailure } = disk();
  const reservations = createReservations(save, onFailure);
  reservations.add('a', 100);
  for (let turn = 90; turn <= 1100; turn++) {
    await reservations.ensure('a', turn, 100);
    await settled();
  }
  expect(found.failures.length).toBeGreaterThan(5);
  expect(found.failures.length).toBeLessThan(100);
  found.isFull = false;
  for (let turn = 1101; turn <= 1200; turn++) {
    await reservations.ensure('a', turn, 100);
    await settled();
  }
  expect(found.tries.at(-1)!.get('a')).toBeGreaterThan(1200);
});

it('reserves for all objects together, and seldom', async () => {
  const { found, save, onFailure } = disk();
  found.isFull = false;
  const reservations = createReservations(save, onFailure);
  const ids = Array.from({ length: 100 }, (_, i) => `object ${i}`);
  for (const id of ids) reservations.add(id, 0);
  for (let turn = 1; turn <= 1000; turn++) {
    for (const id of ids) await reservations.ensure(id, turn, 100);
    await settled();
  }
  // The first of each, and two a pass of 100 turns.
  expect(found.tries.length).toBeLessThan(100 + 25);
  expect(found.tries.at(-1)!.size).toBe(100);
});

it('gives back what was not used when an object leaves, and lets nobody wait for it', async () => {
  const { found, save, onFailure } = disk();
  found.isFull = false;
  const reservations = createReservations(save, onFailure);
  reservations.add('a', 0);
  const waiting = reservations.ensure('a', 10, 100);
  await reservations.remove('a', 10);
  await waiting;
  expect([...found.tries.at(-1)!]).toEqual([['a', 10]]);
});

it('forgets what was reserved for an object that left the air meanwhile and is back', async () => {
  const saves: (() => void)[] = [];
  const save = () => new Promise<void>((resolve) => saves.push(resolve));
  const reservations = createReservations(save, () => {});
  reservations.add('a', 0);
  const first = reservations.ensure('a', 1, 100);
  const removed = reservations.remove('a', 1);
  reservations.add('a', 1);
  saves.shift()!();
  saves.shift()!();
  await Promise.all([first, removed]);
  // turn 2 is not on the disk: it waits
  const second = reservations.ensure('a', 2, 100);
  expect(second).toBeDefined();
  saves.shift()!();
  await second;
});
