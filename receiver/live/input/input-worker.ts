/** The thread that listens: it does nothing but take datagrams from the kernel and pass them on. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { openListeningSocket, type SocketOptions } from './socket.js';
import type { FromSocketThread, ToSocketThread } from './socket-thread.js';

/** Bytes passed on at a time. */
const BATCH_BYTES = 1 << 18;
/** Milliseconds that a datagram waits for others at most. */
const BATCH_TIME = 10;
/** Bytes on their way to the other thread at most: five seconds at 100 Mbit/s. */
const MAX_UNDERWAY = 64 * 2 ** 20;

const port = parentPort!;
const post = (message: FromSocketThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

let bytes = new Uint8Array(BATCH_BYTES);
let used = 0;
let lengths: number[] = [];
let underway = 0;
let leftOut = 0;
let timer: NodeJS.Timeout | undefined;

function take(datagram: Uint8Array): void {
  if (underway + used + datagram.length > MAX_UNDERWAY) {
    leftOut++;
    return;
  }
  if (used + datagram.length > BATCH_BYTES) send();
  bytes.set(datagram, used);
  used += datagram.length;
  lengths.push(datagram.length);
  timer ??= setTimeout(send, BATCH_TIME);
}

function send(): void {
  clearTimeout(timer);
  timer = undefined;
  if (lengths.length === 0) return;
  // what little there is is copied, so that it does not hold the memory of a full batch
  const whole = used > BATCH_BYTES / 2 ? bytes : bytes.slice(0, used);
  const sent = whole.subarray(0, used);
  underway += used;
  post({ type: 'datagrams', bytes: sent, lengths, leftOut }, [whole.buffer]);
  if (whole === bytes) bytes = new Uint8Array(BATCH_BYTES);
  used = 0;
  lengths = [];
  leftOut = 0;
}

try {
  const socket = await openListeningSocket(workerData as SocketOptions, take, ({ message }) =>
    post({ type: 'problem', message }),
  );
  port.on('message', async (message: ToSocketThread) => {
    if (message.type === 'taken') {
      underway -= message.bytes;
      return;
    }
    await socket.close();
    send();
    await compilersSettle();
    port.close();
  });
  post({ type: 'ready', listensAt: socket.listensAt, bufferBytes: socket.bufferBytes });
} catch (error) {
  post({ type: 'failed', message: (error as Error).message });
  port.close();
}
