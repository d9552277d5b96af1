import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import { yieldToEventLoop } from './event-loop.js';

/** What became of a piece of work: it is done or will be, or there is no room for it, or none is done any more. */
export type Queued = 'taken' | 'full' | 'failed' | 'closed';

/** Does work piece by piece, in order, one at a time. */
export interface WorkQueue<Item> {
  /** Work on an item that takes so many bytes. */
  push(item: Item, bytes: number): Queued;
  /** Work of another kind, in its turn. */
  add(task: () => MaybePromise<void>): void;
  /** Fulfilled when the queue is empty; rejected with what the work has thrown. */
  empty(): Promise<void>;
  /** That wait. */
  readonly bytes: number;
  /** Whatever comes afterwards is left. */
  close(): void;
}

export interface QueueParts<Item> {
  /** Items that may wait. */
  readonly maxBytes: number;
  /** With work that is done at once, it is done when `push` returns. */
  work(item: Item): MaybePromise<void>;
  /** The work has thrown, and none is done any more; so many items waited. */
  onFailure(error: unknown, left: number): void;
}

interface Piece {
  /** In the queue, until the piece is worked on. */
  readonly bytes: number;
  readonly isItem: boolean;
  work(): MaybePromise<void>;
}

/** Milliseconds of work, after which others have their turn: whoever pushes must not be kept from it. */
const TURN = 10;

export function createQueue<Item>({ maxBytes, work, onFailure }: QueueParts<Item>): WorkQueue<Item> {
  let waiting: Piece[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let closed = false;
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown, unfinished: readonly Piece[]): void {
    failure = { error };
    const left = [...unfinished, ...waiting].filter(({ isItem }) => isItem);
    waiting = [];
    onFailure(error, left.length);
  }

  /** Goes on when `begun` is done, with all that waits by then. */
  async function run(begun: Promise<void>): Promise<void> {
    let batch: Piece[] = [];
    let next = 0;
    let turn = performance.now() + TURN;
    try {
      await begun;
      while (waiting.length > 0) {
        batch = waiting;
        waiting = [];
        next = 0;
        while (next < batch.length && !closed) {
          const piece = batch[next++]!;
          bytes -= piece.bytes;
          const more = piece.work();
          if (more !== undefined) await more;
          if (performance.now() < turn) continue;
          await yieldToEventLoop();
          turn = performance.now() + TURN;
        }
      }
    } catch (error) {
      fail(error, batch.slice(next));
    }
    running = undefined;
  }

  function begin(piece: () => MaybePromise<void>): void {
    try {
      const more = piece();
      if (more !== undefined) running = run(more);
    } catch (error) {
      fail(error, []);
    }
  }

  return {
    push(item, size) {
      if (failure !== undefined) return 'failed';
      if (closed) return 'closed';
      if (running === undefined) {
        begin(() => work(item));
        return failure === undefined ? 'taken' : 'failed';
      }
      if (bytes + size > maxBytes) return 'full';
      waiting.push({ bytes: size, isItem: true, work: () => work(item) });
      bytes += size;
      return 'taken';
    },
    add(task) {
      if (closed || failure !== undefined) return;
      if (running === undefined) begin(task);
      else waiting.push({ bytes: 0, isItem: false, work: task });
    },
    async empty() {
      while (running !== undefined) await running;
      if (failure !== undefined) throw failure.error;
    },
    get bytes() {
      return bytes;
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
