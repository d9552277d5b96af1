import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { prepareEdition } from './prepare.js';
import { recordedEdition } from './recording.js';
import { type Stream, symbolsHeard } from './stream.js';
import { typicalEdition } from './typical.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

it('is heard once, and no more of it, by whoever is there from the start to the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 400_000 }),
      fc.constantFrom('sequence' as const, 'mixed' as const),
      fc.double({ min: 0, max: 0.4, noNaN: true }),
      fc.integer({ min: 576, max: 9000 }),
      (bytes, order, loss, mtu) => {
        const objects = typicalEdition(bytes);
        const prepared = prepareEdition({ schemes, objects, name: 'bundle', rate: 1000, mtu, authDepth: 0 });
        const { airings, period, dueAt } = recordedEdition(
          prepared,
          prepared.coded({ kind: 'loss', loss }),
          order,
        );
        const begin = -1e-14 * period;
        const inAll = (stream: Stream) => symbolsHeard(stream, begin, period);
        for (const { stream, repetition, table } of airings) {
          expect(inAll(table)).toBe(table.count);
          expect(symbolsHeard(stream!, dueAt(begin), dueAt(period))).toBe(stream!.count);
          if (repetition !== undefined) expect(inAll(repetition)).toBeLessThanOrEqual(repetition.count);
        }
      },
    ),
    { numRuns: 60 },
  );
});
