import type { Flow } from '../../engine/ports/flow.js';

/** Datagrams one behind the other, who sent each where, and how many were left out before them. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly flows: readonly Flow[];
  readonly leftOut: number;
}

/** Collects datagrams, so that some at a time go to another thread. */
export interface Batches {
  /** Takes a copy. False when too much is on its way already: the datagram is left out. */
  add(datagram: Uint8Array, flow: Flow): boolean;
  /** The other thread has taken so many bytes. */
  taken(bytes: number): void;
  /** Fulfilled when there is room for more than a batch. */
  room(): Promise<void>;
  /** Sends what there is. */
  send(): void;
}

/** Bytes passed on at a time. */
const BATCH_BYTES = 1 << 18;
/** Milliseconds that a datagram waits for others at most. */
const BATCH_TIME = 10;
/** Bytes on their way to the other thread at most: five seconds at 100 Mbit/s. */
const MAX_UNDERWAY = 64 * 2 ** 20;
/** Below this, what can wait goes on. */
const ROOM = 4 * 2 ** 20;

/** @param post gets each batch, whose memory may be transferred */
export function createBatches(post: (batch: Batch) => void): Batches {
  let bytes = new Uint8Array(BATCH_BYTES);
  let used = 0;
  let lengths: number[] = [];
  let flows: Flow[] = [];
  let underway = 0;
  let leftOut = 0;
  let timer: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (lengths.length === 0) return;
    // what little there is is copied, so that it does not hold the memory of a full batch
    const whole = used > BATCH_BYTES / 2 ? bytes : bytes.slice(0, used);
    underway += used;
    post({ bytes: whole.subarray(0, used), lengths, flows, leftOut });
    if (whole === bytes) bytes = new Uint8Array(BATCH_BYTES);
    used = 0;
    lengths = [];
    flows = [];
    leftOut = 0;
  }

  return {
    add(datagram, flow) {
      if (underway + used + datagram.length > MAX_UNDERWAY) {
        leftOut++;
        return false;
      }
      if (used + datagram.length > BATCH_BYTES) send();
      bytes.set(datagram, used);
      used += datagram.length;
      lengths.push(datagram.length);
      flows.push(flow);
      timer ??= setTimeout(send, BATCH_TIME);
      return true;
    },
    taken(count) {
      underway -= count;
      if (underway > ROOM) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    room: () =>
      underway <= ROOM ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
    send,
  };
}
