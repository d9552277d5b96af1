import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Order, type SymbolCounts, type SymbolInTurn, symbolsInOrder } from './order.js';
import { takeTurns } from './turns.js';

/** Index and parts of one or more blocks; as many at the beginning come first. */
const objects = fc.array(
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((blocks): SymbolCounts => {
      return { source: blocks.map(([source]) => source), repair: blocks.map(([, repair]) => repair) };
    }),
  { minLength: 1, maxLength: 14 },
);
const plan = objects.chain((all) =>
  fc.record({
    all: fc.constant(all),
    order: fc.constantFrom<Order>('sequence', 'mixed'),
    first: fc.integer({ min: 1, max: all.length }),
    times: fc.integer({ min: 0, max: 5 }),
    symbols: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: all.length, maxLength: all.length }),
  }),
);

function sizeOf({ source, repair }: SymbolCounts): number {
  return [...source, ...repair].reduce((sum, count) => sum + count, 0);
}

/** Of each object, in how many symbols from the beginning the first and the last of its own stand. */
function extents(symbols: readonly SymbolInTurn[], count: number): { first: number; last: number }[] {
  return Array.from({ length: count }, (_, object) => ({
    first: symbols.findIndex((symbol) => symbol.object === object),
    last: symbols.findLastIndex((symbol) => symbol.object === object),
  }));
}

describe('symbolsInOrder', () => {
  it('sends every symbol of every block once, source before repair, those of repetitions fresh', () => {
    fc.assert(
      fc.property(plan, ({ all, order, first, times, symbols }) => {
        const repeated = Array.from({ length: first }, (_, object) => object);
        const repetition = { objects: repeated, times, symbols: symbols.slice(0, first) };
        const next = new Map<string, number>();
        for (const { object, kind, block, index } of symbolsInOrder(all, { order, first, repetition })) {
          const lane = `${object} ${kind} ${block}`;
          expect(index).toBe(next.get(lane) ?? 0);
          next.set(lane, index + 1);
        }
        for (const [object, { source, repair }] of all.entries()) {
          const again = object < first ? times * symbols[object]! : 0;
          for (const [block, count] of source.entries()) {
            expect(next.get(`${object} source ${block}`)).toBe(count);
            expect(next.get(`${object} repair ${block}`) ?? 0).toBe(repair[block]! + again);
          }
        }
      }),
    );
  });

  const never = { objects: [], times: 0, symbols: [] };

  it('sends three parts at a time, which end in their order', () => {
    fc.assert(
      fc.property(objects, fc.integer({ min: 1, max: 3 }), (all, wanted) => {
        const first = Math.min(wanted, all.length);
        const sent = [...symbolsInOrder(all, { order: 'sequence', first, repetition: never })];
        const where = extents(sent, all.length);
        for (let i = 1; i < all.length; i++) expect(where[i]!.last).toBeGreaterThan(where[i - 1]!.last);
        // what a reader opens first is there before anything else begins
        for (const { first: begin } of where.slice(first)) {
          expect(begin).toBeGreaterThan(where[first - 1]!.last);
        }
        for (const [position] of sent.entries()) {
          const begun = where.filter(({ first: a, last: b }) => a <= position && position <= b);
          expect(begun.length).toBeLessThanOrEqual(3);
        }
      }),
    );
  });

  it('gives parts of one size a third each', () => {
    const all = Array.from({ length: 20 }, () => ({ source: [80], repair: [19] }));
    const sent = [...symbolsInOrder(all, { order: 'sequence', first: 1, repetition: never })];
    // the first parts are denser; from here on each begins when another ends
    const steady = 4 * 99 + 99;
    for (let start = steady; start + 99 <= 16 * 99; start += 99) {
      const counts = new Map<number, number>();
      for (const { object } of sent.slice(start, start + 99)) {
        counts.set(object, (counts.get(object) ?? 0) + 1);
      }
      expect([...counts.values()]).toEqual([33, 33, 33]);
    }
  });

  it('lets all parts take turns in proportion to their size when they are mixed', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const sent = [...symbolsInOrder(all, { order: 'mixed', first: 1, repetition: never })].slice(
          sizeOf(all[0]!),
        );
        const counts = all.map(() => 0);
        let furthest = 0;
        for (const [i, { object }] of sent.entries()) {
          counts[object]!++;
          const share = (i + 1) / sent.length;
          for (const [part, count] of counts.entries()) {
            if (part > 0) furthest = Math.max(furthest, Math.abs(count - share * sizeOf(all[part]!)));
          }
        }
        expect(furthest).toBeLessThan(all.length);
      }),
    );
  });

  it('spreads repetitions evenly', () => {
    const all = [
      { source: [3], repair: [1] },
      ...Array.from({ length: 9 }, () => ({ source: [90], repair: [10] })),
    ];
    const repetition = { objects: [0], times: 3, symbols: [5] };
    const sent = [...symbolsInOrder(all, { order: 'sequence', first: 1, repetition })];
    const at = sent.flatMap(({ object }, position) => (object === 0 && position > 10 ? [position] : []));
    expect(at).toHaveLength(15);
    for (const [i, position] of at.entries()) {
      const time = Math.floor(i / 5) + 1;
      expect(Math.abs(position - (time * sent.length) / 4)).toBeLessThan(20);
    }
  });
});

describe('takeTurns', () => {
  it('gives every span its symbols in the order in which they are due', () => {
    const span = fc
      .tuple(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 30 }),
      )
      .map(([from, length, count]) => ({ from, to: from + length, count }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), (spans) => {
        const sent = spans.map(() => 0);
        let time = 0;
        for (const i of takeTurns(spans)) {
          const { from, to, count } = spans[i]!;
          const due = from + (++sent[i]! / count) * (to - from);
          expect(due).toBeGreaterThanOrEqual(time);
          time = due;
        }
        expect(sent).toEqual(spans.map(({ count }) => count));
      }),
    );
  });
});
