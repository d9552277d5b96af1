import { expect, it } from 'vitest';
import { createReservation } from './reservation.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A disk that is full for a while; counts the attempts. */
function disk() {
  const found = { isFull: true, tries: [] as number[] };
  const reserve = async (turn: number) => {
    found.tries.push(turn);
    if (found.isFull) throw new Error('The disk is full.');
  };
  return { found, reserve };
}

it('outlives a disk that is full for as long as turns are left', async () => {
  const { found, reserve } = disk();
  const reservation = createReservation(100, reserve);
  for (let turn = 40; turn < 90; turn++) {
    expect(reservation.ensure(turn, 100)).toBeUndefined();
    await settled();
  }
  expect(found.tries.length).toBeGreaterThan(2);
  expect(found.tries.length).toBeLessThan(15);
  found.isFull = false;
  for (let turn = 90; turn < 150; turn++) {
    await reservation.ensure(turn, 100);
    await settled();
  }
  expect(found.tries.at(-1)).toBeGreaterThan(190);
});

it('fails when no turn is left', async () => {
  const { found, reserve } = disk();
  const reservation = createReservation(100, reserve);
  await expect(reservation.ensure(100, 100)).rejects.toThrow('The disk is full.');
  found.isFull = false;
  await reservation.ensure(100, 100);
  expect(reservation.ensure(101, 100)).toBeUndefined();
});
