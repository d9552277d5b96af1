import { passBytes } from '../carousel/air-part.js';
import type { Flow } from './flow.js';

/**
 * What part of the passes each bundle has: programmes by their weights, and the bundles of each by size and weight. Bundles of no
 * programme are like those of one.
 *
 * @param packetOverhead bytes of a packet beside its symbols
 * @returns in proportion to their parts; those of a programme together make its weight
 */
export function airtimeShares(flows: Iterable<Flow>, packetOverhead: number): Map<Flow, number> {
  const own = new Map<Flow, number>();
  const sums = new Map<string | undefined, number>();
  for (const flow of flows) {
    const size = flow.settings.weight * Math.max(1, passBytes(flow.parts, packetOverhead));
    const name = flow.settings.programme?.name;
    own.set(flow, size);
    sums.set(name, (sums.get(name) ?? 0) + size);
  }
  return new Map(
    [...own].map(([flow, size]) => {
      const { name, weight = 1 } = flow.settings.programme ?? {};
      return [flow, (weight * size) / sums.get(name)!];
    }),
  );
}
