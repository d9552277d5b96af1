/** Turns that may be used because the disk knows of them. */
export interface Reservation {
  /** Fulfilled when `turn` may be used; about `ahead` turns are reserved at a time. */
  ensure(turn: number, ahead: number): Promise<void> | undefined;
}

/**
 * Turns are reserved long before they are used: only a slow disk makes anybody wait.
 *
 * @param reserved turns below this one may be used already
 * @param reserve fulfilled when turns below the one given are never used by a later run
 */
export function createReservation(reserved: number, reserve: (turn: number) => Promise<void>): Reservation {
  let reserving: Promise<void> | undefined;

  function begin(turn: number): void {
    reserving = reserve(turn).then(() => {
      reserved = turn;
      reserving = undefined;
    });
    // A failure is thrown to whoever needs the turns.
    reserving.catch(() => {});
  }

  async function wait(turn: number, ahead: number): Promise<void> {
    while (turn >= reserved) {
      if (reserving === undefined) begin(turn + ahead);
      await reserving;
    }
  }

  return {
    ensure(turn, ahead) {
      if (reserved - turn <= ahead / 2 && reserving === undefined) begin(turn + ahead);
      return turn < reserved ? undefined : wait(turn, ahead);
    },
  };
}
