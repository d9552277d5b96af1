import type { MaybePromise } from '../../../codecs/maybe-promise.js';

/** Does work piece by piece, in order, one at a time. */
export interface WorkQueue {
  /** False when the queue is full and the datagram is left out. */
  push(datagram: Uint8Array, destination: string | undefined): boolean;
  /** Work of another kind, in its turn. */
  add(task: () => MaybePromise<void>): void;
  /** Fulfilled when the queue is empty; rejected with what the work has thrown. */
  empty(): Promise<void>;
  /** Whatever comes afterwards is ignored. */
  close(): void;
}

interface Piece {
  /** In the queue, until the piece is worked on. */
  readonly bytes: number;
  work(): MaybePromise<void>;
}

/**
 * With work that is done at once, it is done when `push` returns.
 *
 * @param maxBytes datagrams that may wait
 */
export function createQueue(
  maxBytes: number,
  work: (datagram: Uint8Array, destination: string | undefined) => MaybePromise<void>,
): WorkQueue {
  let waiting: Piece[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let closed = false;
  let failure: { error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    waiting = [];
  }

  /** Goes on when `begun` is done, with all that waits by then. */
  async function run(begun: Promise<void>): Promise<void> {
    try {
      await begun;
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        for (const piece of batch) {
          if (closed) break;
          bytes -= piece.bytes;
          const more = piece.work();
          if (more !== undefined) await more;
        }
      }
    } catch (error) {
      fail(error);
    }
    running = undefined;
  }

  function begin(piece: () => MaybePromise<void>): void {
    try {
      const more = piece();
      if (more !== undefined) running = run(more);
    } catch (error) {
      fail(error);
    }
  }

  return {
    push(datagram, destination) {
      if (closed || failure !== undefined) return true;
      if (running === undefined) {
        begin(() => work(datagram, destination));
        return true;
      }
      if (bytes + datagram.length > maxBytes) return false;
      waiting.push({ bytes: datagram.length, work: () => work(datagram, destination) });
      bytes += datagram.length;
      return true;
    },
    add(task) {
      if (closed || failure !== undefined) return;
      if (running === undefined) begin(task);
      else waiting.push({ bytes: 0, work: task });
    },
    async empty() {
      while (running !== undefined) await running;
      if (failure !== undefined) throw failure.error;
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
