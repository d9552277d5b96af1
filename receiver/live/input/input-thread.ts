import { Worker } from 'node:worker_threads';
import type { SocketAddress } from '../../../codecs/net/index.js';
import { ReceiveError } from '../../error.js';
import type { ListeningSocket, SocketOptions } from './socket.js';

export type FromSocketThread =
  | { readonly type: 'ready'; readonly listensAt: SocketAddress; readonly bufferBytes: number }
  /** Listening could not begin, or something went wrong later: a sentence. */
  | { readonly type: 'failed' | 'problem'; readonly message: string }
  /** Datagrams one behind the other, and how many were left out before them. */
  | {
      readonly type: 'datagrams';
      readonly bytes: Uint8Array;
      readonly lengths: readonly number[];
      readonly leftOut: number;
    };

/** The bytes of a batch were taken; or the thread is to end. */
export type ToSocketThread = { readonly type: 'taken'; readonly bytes: number } | { readonly type: 'close' };

const WORKER = new URL('socket-worker.js', import.meta.url);

/** What hears the datagrams. */
export interface SocketHandlers {
  /** @param datagram memory of its own */
  take(datagram: Uint8Array): void;
  /** So many datagrams were left out since this thread was busy for too long. */
  onLeftOut(datagrams: number): void;
  onError(error: Error): void;
}

/**
 * A listening socket in a thread of its own, so that work in this one keeps no datagram waiting in the kernel's buffer.
 *
 * @throws ReceiveError when listening cannot begin
 */
export async function startSocketThread(
  options: SocketOptions,
  handlers: SocketHandlers,
): Promise<ListeningSocket> {
  const worker = new Worker(WORKER, { workerData: options });
  const post = (message: ToSocketThread) => worker.postMessage(message);
  const ended = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  let closing = false;
  const { listensAt, bufferBytes } = await new Promise<FromSocketThread & { type: 'ready' }>(
    (resolve, reject) => {
      worker.on('message', (message: FromSocketThread) => {
        switch (message.type) {
          case 'ready':
            return resolve(message);
          case 'failed':
            return reject(new ReceiveError(message.message));
          case 'problem':
            return handlers.onError(new ReceiveError(message.message));
          case 'datagrams':
            post({ type: 'taken', bytes: message.bytes.length });
            if (message.leftOut > 0) handlers.onLeftOut(message.leftOut);
            if (!closing) takeAll(message.bytes, message.lengths, handlers);
        }
      });
      worker.on('error', (error) => {
        reject(error);
        handlers.onError(error);
      });
    },
  );
  return {
    listensAt,
    bufferBytes,
    async close() {
      closing = true;
      post({ type: 'close' });
      await ended;
    },
  };
}

function takeAll(bytes: Uint8Array, lengths: readonly number[], { take }: SocketHandlers): void {
  let offset = 0;
  for (const length of lengths) {
    take(bytes.subarray(offset, offset + length));
    offset += length;
  }
}
