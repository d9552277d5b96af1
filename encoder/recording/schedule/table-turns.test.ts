import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tablesInOrder } from './table-turns.js';

describe('tablesInOrder', () => {
  it('sends each table before the first symbol of its objects, after the last and evenly in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 8, maxLength: 400 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 0, max: 80 }),
        (order, perTable, least, datagrams) => {
          const symbols = [...[0, 1, 2, 3, 4, 5, 6, 7], ...order].map((object) => ({ object }));
          const tableOf = Array.from({ length: 8 }, (_, object) => Math.floor(object / perTable));
          const tables = tableOf.at(-1)! + 1;
          const packetBytes = tableOf.map(() => 1500);
          const turns = tablesInOrder(() => symbols, packetBytes, { tableOf, tables, least, datagrams });
          expect(turns.length).toBeLessThanOrEqual(datagrams + tables * least + tables);
          for (let i = 1; i < turns.length; i++) expect(turns[i]!.after >= turns[i - 1]!.after).toBe(true);
          for (let table = 0; table < tables; table++) {
            const isOwn = ({ object }: { object: number }) => tableOf[object] === table;
            const at = turns.filter((turn) => turn.table === table).map(({ after }) => after);
            expect(at.length).toBeGreaterThanOrEqual(least);
            expect(at[0]).toBe(symbols.findIndex(isOwn));
            expect(at.at(-1)).toBe(symbols.findLastIndex(isOwn) + 1);
            const gaps = at.slice(1).map((after, i) => after - at[i]!);
            expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it('shares the datagrams by the time that tables are on the air', () => {
    const symbols = Array.from({ length: 1000 }, (_, i) => ({
      object: i === 999 ? 0 : 1 + Math.floor(i / 500),
    }));
    symbols[0] = { object: 0 };
    const turns = tablesInOrder(() => symbols, [200, 200, 200], {
      tableOf: [0, 1, 2],
      tables: 3,
      least: 2,
      datagrams: 40,
    });
    expect([0, 1, 2].map((table) => turns.filter((turn) => turn.table === table).length)).toEqual([
      20, 10, 10,
    ]);
  });

  it('spreads them in time where symbols have several sizes', () => {
    const symbols = Array.from({ length: 200 }, (_, i) => ({ object: i < 100 ? 0 : 1 }));
    const turns = tablesInOrder(() => symbols, [100, 900], {
      tableOf: [0, 0],
      tables: 1,
      least: 2,
      datagrams: 11,
    });
    expect(turns.map(({ after }) => after)).toEqual([0, 100, 112, 123, 134, 145, 156, 167, 178, 189, 200]);
  });
});
