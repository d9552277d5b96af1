/** Turns that may be used because the disk knows of them. */
export interface Reservation {
  /** Fulfilled when `turn` may be used; about `ahead` turns are reserved at a time. */
  ensure(turn: number, ahead: number): Promise<void> | undefined;
}

/**
 * Turns are reserved long before they are used: only a slow disk makes anybody wait. A reservation that failed is tried
 * again, in ever smaller steps until no turn is left; then its error is thrown.
 *
 * @param reserved turns below this one may be used already
 * @param reserve fulfilled when turns below the one given are never used by a later run
 */
export function createReservation(reserved: number, reserve: (turn: number) => Promise<void>): Reservation {
  let reserving: Promise<void> | undefined;
  /** No turns are asked for before this one. */
  let nextTry = 0;

  function begin(turn: number, now: number): void {
    const trying = reserve(turn).then(
      () => {
        reserved = turn;
        nextTry = 0;
      },
      (error: unknown) => {
        nextTry = now + Math.ceil((reserved - now) / 4);
        throw error;
      },
    );
    reserving = trying.finally(() => {
      reserving = undefined;
    });
    // A failure is thrown to whoever needs the turns.
    reserving.catch(() => {});
  }

  async function wait(turn: number, ahead: number): Promise<void> {
    while (turn >= reserved) {
      if (reserving === undefined) begin(turn + ahead, turn);
      await reserving;
    }
  }

  return {
    ensure(turn, ahead) {
      const isTime = reserved - turn <= ahead / 2 && turn >= nextTry;
      if (isTime && reserving === undefined) begin(turn + ahead, turn);
      return turn < reserved ? undefined : wait(turn, ahead);
    },
  };
}
