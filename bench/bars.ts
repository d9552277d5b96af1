/** What a measured figure should be at most, or at least. */
export interface Bar {
  readonly kind: 'most' | 'least';
  readonly value: number;
}

export const atMost = (value: number): Bar => ({ kind: 'most', value });
export const atLeast = (value: number): Bar => ({ kind: 'least', value });

export const isWithin = (value: number, { kind, value: bar }: Bar): boolean =>
  kind === 'most' ? value <= bar : value >= bar;

/** A figure that is held against a bar. */
export interface Judged {
  /** Of whom, and what: "100000000 bit/s: share of the datagrams lost". */
  readonly what: string;
  readonly value: number;
  readonly bar: Bar;
}

/** A sentence for each figure that misses its bar; none when all is well. A figure that is not a number misses. */
export function missed(judged: readonly Judged[]): string[] {
  return judged
    .filter(({ value, bar }) => !isWithin(value, bar))
    .map(({ what, value, bar }) => {
      const wanted = `${bar.kind === 'most' ? 'at most' : 'at least'} ${short(bar.value)}`;
      return `${what} is ${short(value)}; ${wanted} is asked for.`;
    });
}

const short = (value: number) =>
  Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
