/** One of several uplinks that send the same bundle and never the same symbol. */
export interface Shard {
  /** 0..count - 1. */
  readonly index: number;
  readonly count: number;
}

/** Encoding symbols that the block encoder makes in one go. */
export interface EsiRun {
  readonly firstEsi: number;
  readonly count: number;
}

/** Uplinks take ESIs in turn, so many at a time: source symbols are shared by all, and encoders make several in one go. */
const GROUP_SYMBOLS = 16;

/** ESIs of a block that belong to a shard, of `esis` (2^24) altogether; every shard has the same number. */
export function shardSymbols({ count }: Shard, esis: number): number {
  return count === 1 ? esis : Math.floor(esis / (GROUP_SYMBOLS * count)) * GROUP_SYMBOLS;
}

/**
 * The ESIs at positions `from` to `from + count` of the shard's endless sequence: they ascend until the ESI space is used
 * up, and begin again.
 */
export function esiRuns(shard: Shard, esis: number, from: number, count: number): EsiRun[] {
  const space = shardSymbols(shard, esis);
  const runs: EsiRun[] = [];
  for (let position = from; position < from + count; ) {
    const place = position % space;
    const inGroup = place % GROUP_SYMBOLS;
    const room = shard.count === 1 ? space - place : GROUP_SYMBOLS - inGroup;
    const now = Math.min(room, from + count - position);
    const group = (place - inGroup) / GROUP_SYMBOLS;
    const firstEsi =
      shard.count === 1 ? place : (group * shard.count + shard.index) * GROUP_SYMBOLS + inGroup;
    runs.push({ firstEsi, count: now });
    position += now;
  }
  return runs;
}
