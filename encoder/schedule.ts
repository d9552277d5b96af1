/** Symbols of one source block with consecutive ESIs, in the order to send them. */
export interface Lane {
  readonly sbn: number;
  readonly firstEsi: number;
  readonly count: number;
  /** Symbols `from` to `from + count` of the lane, one after the other; only the object's last may be short. */
  read(from: number, count: number): Promise<Uint8Array>;
}

/** A symbol in its turn. */
export interface ScheduledSymbol {
  readonly sbn: number;
  readonly esi: number;
  readonly symbol: Uint8Array;
}

/** Symbols read at a time over all lanes: large reads of a few lanes, a share of each of many. */
const READ_AHEAD_SYMBOLS = 4096;

/** How many of a lane's `count` symbols come before `round` of `rounds`: they are spread evenly over all rounds. */
export function symbolsBefore(round: number, rounds: number, count: number): number {
  return Math.floor((round * count) / rounds);
}

/**
 * Takes turns over the lanes, so that a burst of losses hits all blocks evenly; a shorter lane sits out some rounds,
 * evenly spread, and ends with the longest.
 *
 * @param symbolSize bytes of a symbol
 */
export async function* interleave(
  lanes: readonly Lane[],
  symbolSize: number,
): AsyncGenerator<ScheduledSymbol[]> {
  const rounds = lanes.reduce((longest, { count }) => Math.max(longest, count), 0);
  const step = Math.max(1, Math.floor(READ_AHEAD_SYMBOLS / lanes.length));
  for (let round = 0; round < rounds; round += step) {
    const end = Math.min(round + step, rounds);
    const pieces = await Promise.all(
      lanes.map(async (lane) => {
        const from = symbolsBefore(round, rounds, lane.count);
        const bytes = await lane.read(from, symbolsBefore(end, rounds, lane.count) - from);
        return { lane, from, bytes };
      }),
    );
    const turn: ScheduledSymbol[] = [];
    for (let now = round; now < end; now++) {
      for (const { lane, from, bytes } of pieces) {
        const index = symbolsBefore(now, rounds, lane.count);
        if (symbolsBefore(now + 1, rounds, lane.count) === index) continue;
        const offset = (index - from) * symbolSize;
        const symbol = bytes.subarray(offset, offset + symbolSize);
        turn.push({ sbn: lane.sbn, esi: lane.firstEsi + index, symbol });
      }
    }
    yield turn;
  }
}

/**
 * How many of `repetitions` datagrams of the table come before object datagram `position` of `total`, or, with
 * `position` = `total`, after the last: the first one at the very start, the last at the very end, the others evenly
 * in between.
 *
 * @param repetitions 2 or more
 */
export function fdtsBefore(position: number, total: number, repetitions: number): number {
  if (position >= total) return repetitions;
  return 1 + Math.floor((position * (repetitions - 1)) / total);
}
