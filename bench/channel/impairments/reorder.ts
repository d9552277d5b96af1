import type { Prng } from '../../../fixtures/prng.js';
import { type Channel, ChannelError, type Datagram } from '../datagram.js';
import { countEvent, type Tally } from '../tally.js';

interface Held<D> {
  datagram: D;
  position: number;
  /** The position in time at which it arrives. */
  due: number;
}

/**
 * Delays every datagram by a random part of the window, so that a datagram is overtaken by datagrams sent fewer
 * than `window` positions after it and by no others. Times stay those of arrival: they do not go backwards.
 *
 * @param window in datagrams, 0 (the order stays) or more; as many are held in memory
 */
export function reorder<D extends Datagram>(
  prng: Prng,
  window: number,
  tally: Tally<'reordered'> = {},
): Channel<D> {
  if (!Number.isSafeInteger(window) || window < 0) {
    throw new ChannelError(
      `The reordering window is ${window}; it is a whole number of datagrams, 0 or more.`,
    );
  }
  return async function* (sent) {
    const held: Held<D>[] = []; // ordered by due, the latest first
    let position = 0;
    let newest = -1;
    let now: bigint | undefined;

    const release = ({ datagram, position: sentAt }: Held<D>): D => {
      if (sentAt < newest) countEvent(tally, 'reordered');
      newest = Math.max(newest, sentAt);
      return now === undefined || now === datagram.timestampNs ? datagram : { ...datagram, timestampNs: now };
    };

    for await (const datagram of sent) {
      now = datagram.timestampNs;
      insert(held, { datagram, position, due: position + prng.uniform() * window });
      while (held.length > 0 && held.at(-1)!.due <= position) yield release(held.pop()!);
      position++;
    }
    while (held.length > 0) yield release(held.pop()!);
  };
}

function insert<D>(held: Held<D>[], entry: Held<D>): void {
  let low = 0;
  let high = held.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (held[middle]!.due >= entry.due) low = middle + 1;
    else high = middle;
  }
  held.splice(low, 0, entry);
}
