/** How fast bytes were sent, lately. */
export interface History {
  /** @param now milliseconds; @param totals bytes sent so far, by name */
  add(now: number, totals: ReadonlyMap<string, number>): void;
  /** Bits per second between each two looks, the oldest first; 0 where the name was not there. */
  rates(name: string): number[];
  /** Milliseconds between the first look that is kept and the last one. */
  readonly span: number;
}

/** @param looks that are kept */
export function createHistory(looks: number): History {
  const kept: { readonly now: number; readonly totals: ReadonlyMap<string, number> }[] = [];
  return {
    add(now, totals) {
      kept.push({ now, totals });
      if (kept.length > looks) kept.shift();
    },
    rates: (name) =>
      kept.slice(1).map(({ now, totals }, i) => {
        const before = kept[i]!;
        const bytes = (totals.get(name) ?? 0) - (before.totals.get(name) ?? Number.POSITIVE_INFINITY);
        // a bundle that is new or began again counts from nothing
        return now > before.now ? Math.max(0, (8000 * bytes) / (now - before.now)) : 0;
      }),
    get span() {
      return kept.length === 0 ? 0 : kept.at(-1)!.now - kept[0]!.now;
    },
  };
}
