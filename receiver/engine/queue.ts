/** Does work piece by piece, in order, one at a time. */
export interface WorkQueue {
  /** False when the queue is full and the datagram is left out. */
  push(datagram: Uint8Array, destination: string | undefined): boolean;
  /** Fulfilled when the queue is empty; rejected with what the work has thrown. */
  idle(): Promise<void>;
  /** Whatever comes afterwards is ignored. */
  close(): void;
}

interface Piece {
  readonly datagram: Uint8Array;
  readonly destination: string | undefined;
}

/**
 * With work that is done at once, it is done when `push` returns.
 *
 * @param maxBytes datagrams that may wait
 */
export function createQueue(
  maxBytes: number,
  work: (datagram: Uint8Array, destination: string | undefined) => Promise<void> | void,
): WorkQueue {
  let waiting: Piece[] = [];
  let bytes = 0;
  let running = false;
  let closed = false;
  let settled: Promise<void> = Promise.resolve();
  let failure: { error: unknown } | undefined;

  async function run(): Promise<void> {
    running = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        for (const { datagram, destination } of batch) {
          if (closed) break;
          bytes -= datagram.length;
          const more = work(datagram, destination);
          if (more !== undefined) await more;
        }
      }
    } catch (error) {
      failure = { error };
      waiting = [];
    } finally {
      running = false;
    }
  }

  return {
    push(datagram, destination) {
      if (closed || failure !== undefined) return true;
      if (bytes + datagram.length > maxBytes) return false;
      waiting.push({ datagram, destination });
      bytes += datagram.length;
      if (!running) settled = run();
      return true;
    },
    async idle() {
      while (running) await settled;
      if (failure !== undefined) throw failure.error;
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
