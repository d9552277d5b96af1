/** Turns of objects that may be used because the disk knows of them. */
export interface Reservations {
  /** @param reserved turns below this one may be used already */
  add(id: string, reserved: number): void;
  /** The object has left the air; turns from `used` on were not used. Fulfilled when the disk knows it. */
  remove(id: string, used: number): Promise<void>;
  /**
   * Fulfilled when turns below `turn` may be used; undefined when that is so already.
   *
   * @param ahead turns that are reserved at a time
   */
  ensure(id: string, turn: number, ahead: number): Promise<void> | undefined;
}

interface Reserved {
  reserved: number;
  /** The most that was asked for. */
  asked: number;
  ahead: number;
  /** After a failure no turns are asked for before this one is wanted. */
  nextTry: number;
}

/**
 * Turns are reserved long before they are used, those of all objects together: only a slow disk makes anybody wait. A
 * reservation that failed is tried again, in ever smaller steps until no turn is left. Then turns are used that the disk does
 * not know of: a later run may send the same symbols once more, which is better than nothing.
 *
 * @param save fulfilled when turns below those given are never used by a later run
 * @param onFailure told what it has thrown
 * @param onSaved called when it has not
 */
export function createReservations(
  save: (turns: ReadonlyMap<string, number>) => Promise<void>,
  onFailure: (error: unknown) => void,
  onSaved: () => void = () => {},
): Reservations {
  const all = new Map<string, Reserved>();
  let saving: Promise<void> | undefined;

  function begin(): Promise<void> {
    const wanted = [...all].map(([id, known]) => ({
      id,
      known,
      turn: Math.max(known.reserved, known.asked + known.ahead),
    }));
    const trying = save(new Map(wanted.map(({ id, turn }) => [id, turn]))).then(
      () => {
        onSaved();
        // an object that has left the air meanwhile and is back has fewer turns
        for (const { known, turn } of wanted) Object.assign(known, { reserved: turn, nextTry: 0 });
      },
      (error: unknown) => {
        onFailure(error);
        for (const each of all.values()) {
          if (each.asked >= each.reserved) each.reserved = each.asked + Math.ceil(each.ahead / 2);
          const step = Math.max(each.reserved - each.asked, each.ahead / 2) / 4;
          each.nextTry = each.asked + Math.ceil(step);
        }
      },
    );
    saving = trying.finally(() => {
      saving = undefined;
    });
    return saving;
  }

  /** An object that leaves the air meanwhile needs no turns any more. */
  async function wait(id: string, known: Reserved, turn: number): Promise<void> {
    while (turn > known.reserved && all.get(id) === known) await (saving ?? begin());
  }

  return {
    add(id, reserved) {
      all.set(id, { reserved, asked: 0, ahead: 0, nextTry: 0 });
    },
    remove(id, used) {
      all.delete(id);
      return save(new Map([[id, used]])).catch(onFailure);
    },
    ensure(id, turn, ahead) {
      const known = all.get(id)!;
      known.asked = Math.max(known.asked, turn);
      known.ahead = ahead;
      if (saving === undefined && known.reserved - turn <= ahead / 2 && turn >= known.nextTry) void begin();
      return turn <= known.reserved ? undefined : wait(id, known, turn);
    },
  };
}
