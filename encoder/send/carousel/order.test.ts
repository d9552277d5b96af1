import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../fixtures/prng.js';
import { createPartOrder, type Order, type OrderedPart } from './order.js';

interface NumberedPart extends OrderedPart {
  readonly id: number;
}

function partOf(id: number, symbols: readonly number[], isNew = false): NumberedPart {
  return { id, isNew, blocks: symbols.map((count) => ({ symbols: count, left: count })) };
}

/** Parts by the symbols of one pass, in their order. */
function passOf(
  parts: readonly NumberedPart[],
  order: Order,
  partOrder = createPartOrder<NumberedPart, NumberedPart['blocks'][number]>(),
): number[] {
  const turns = 64;
  const sent: number[] = [];
  // As a bundle does, which begins its next pass with the last symbol.
  while (parts.some(({ blocks }) => blocks.some(({ left }) => left > 0))) {
    const turn = partOrder.next(parts, order, turns)!;
    for (let i = 0; i < turn.count; i++) sent.push(turn.part.id);
  }
  return sent;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Source symbols of a part, and its symbols of a pass: repair for 10 % of loss. */
const K = 720;
const PASS = 815;
const PARTS = 95;

/**
 * Airtime until everything is there, as a multiple of the source symbols, on average: a part is there with one symbol
 * more than it has source symbols.
 *
 * @param passes the parts by the symbols of one pass after another
 */
function airtime(pass: readonly number[], loss: number, runs: number): number {
  const prng = createPrng(7);
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    const received = new Uint32Array(PARTS);
    let complete = 0;
    let sent = 0;
    for (let at = Math.floor(prng.uniform() * pass.length); complete < PARTS; at = (at + 1) % pass.length) {
      sent++;
      if (prng.uniform() >= loss && ++received[pass[at]!]! === K + 1) complete++;
    }
    sum += sent / (PARTS * K);
  }
  return sum / runs;
}

describe('order of parts', () => {
  it.each(['mixed', 'sequence'] as const)('sends each symbol of a pass once: %s', (order) => {
    const parts = [partOf(0, [10]), partOf(1, [100, 99, 99]), partOf(2, [1], true), partOf(3, [64])];
    const sent = passOf(parts, order);
    expect(range(4).map((id) => sent.filter((each) => each === id).length)).toEqual([10, 298, 1, 64]);
    expect(parts.every(({ isNew }) => !isNew)).toBe(true);
  });

  it('mixes parts in proportion to their size, everywhere in a pass', () => {
    const sizes = [20, 700, 1500, 3000];
    const sent = passOf(
      sizes.map((size, id) => partOf(id, [size])),
      'mixed',
    );
    for (let tenth = 0; tenth < 10; tenth++) {
      const slice = sent.slice((tenth * sent.length) / 10, ((tenth + 1) * sent.length) / 10);
      for (const [id, size] of sizes.entries()) {
        const share = slice.filter((each) => each === id).length / (size / 10);
        expect(Math.abs(share - 1)).toBeLessThan(id === 0 ? 0.51 : 0.2);
      }
    }
  });

  it.each([
    [0.1, 1.111, 1.06],
    [0.2, 1.25, 1.08],
  ])(
    'has everything there at %d loss for who joins at random, mixed: %d for one object, times %d at most',
    (loss, ideal, factor) => {
      const pass = passOf(
        range(PARTS).map((id) => partOf(id, [PASS])),
        'mixed',
      );
      expect(airtime(pass, loss, 20)).toBeLessThan(ideal * factor);
    },
  );

  it('sends in sequence part after part, four at a time', () => {
    const sent = passOf(
      range(12).map((id) => partOf(id, [100])),
      'sequence',
    );
    // What is sent of each third of the parts is sent in one third of the pass.
    for (const third of range(3)) {
      const slice = sent.slice(third * 400, (third + 1) * 400);
      expect([...new Set(slice)].sort((a, b) => a - b)).toEqual(range(4).map((i) => 4 * third + i));
    }
  });

  it('begins every pass in sequence with the first parts', () => {
    const parts = range(10).map((id) => partOf(id, [100, 60], true));
    const partOrder = createPartOrder<NumberedPart, NumberedPart['blocks'][number]>();
    const groups = passOf(parts, 'sequence', partOrder).map((id) => Math.floor(id / 4));
    for (let pass = 1; pass < 4; pass++) {
      for (const block of parts.flatMap(({ blocks }) => blocks)) block.left = block.symbols;
      expect(passOf(parts, 'sequence', partOrder).map((id) => Math.floor(id / 4))).toEqual(groups);
    }
  });

  it('sends new parts first, in their order, with three quarters of the airtime', () => {
    const parts = range(40).map((id) => partOf(id, [500], id === 5 || id === 30));
    const sent = passOf(parts, 'mixed');
    const first = sent.slice(0, 640);
    expect(first.filter((id) => id === 5).length).toBeGreaterThan(460);
    expect(first.filter((id) => id === 30)).toHaveLength(0);
    expect(sent.lastIndexOf(5)).toBeLessThan(720);
    expect(sent.lastIndexOf(30)).toBeLessThan(1450);
    // The rest goes on.
    expect(sent).toHaveLength(40 * 500);
  });

  it('sends one new part after the other when there is nothing else', () => {
    const sent = passOf(
      range(10).map((id) => partOf(id, [50, 50], true)),
      'mixed',
    );
    expect(sent).toEqual(range(10).flatMap((id) => Array(100).fill(id)));
  });
});
