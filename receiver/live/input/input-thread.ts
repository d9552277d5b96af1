import { Worker } from 'node:worker_threads';
import type { SocketAddress } from '../../../codecs/net/index.js';
import { describeError } from '../../../codecs/node/command.js';
import type { NetworkInterface } from '../../../codecs/node/network/interface.js';
import type { Flow } from '../../engine/ports/flow.js';
import { ReceiveError } from '../../error.js';
import type { Batch } from './batches.js';
import type { InputSource } from './input-source.js';

/** What there was of transport streams. */
export interface StreamCounts {
  /** Transport packets. */
  readonly packets: number;
  /** Of these scrambled. */
  readonly scrambled: number;
  /** Packets that the demodulator could not correct. */
  readonly damaged: number;
  /** Gaps in the continuity counters, and where the rhythm of the packets was lost. */
  readonly gaps: number;
  /** Times that the driver of a device dropped what was not read in time. */
  readonly overflows: number;
}

/** What a socket is, once it listens. */
export interface OpenSocket {
  /** As asked for, with the port that the system chose. */
  readonly listensAt: SocketAddress;
  /** Bytes that the kernel holds for it. */
  readonly bufferBytes: number;
  /** That joined a group; undefined where it is not known, and for an address of this machine. */
  readonly joinedBy: NetworkInterface | undefined;
}

export type FromInputThread =
  /** It listens or reads. */
  | { readonly type: 'ready'; readonly socket: OpenSocket | undefined }
  /** It could not begin, or something went wrong later: a sentence. */
  | { readonly type: 'failed' | 'problem'; readonly message: string }
  /** The interface that joined has gone away, or is back and has joined again. */
  | { readonly type: 'interface'; readonly name: string; readonly isThere: boolean }
  | ({ readonly type: 'datagrams' } & Batch)
  | { readonly type: 'stream'; readonly counts: StreamCounts }
  /** Nothing more comes, and why, where that is a fault. */
  | { readonly type: 'ended'; readonly problem: string | undefined };

/** The bytes of a batch were taken; or the thread is to end. */
export type ToInputThread = { readonly type: 'taken'; readonly bytes: number } | { readonly type: 'close' };

const WORKER = new URL('input-worker.js', import.meta.url);

/** What hears the datagrams. */
export interface InputHandlers {
  /**
   * @param datagram memory of its own
   * @param flow who sent it where
   */
  take(datagram: Uint8Array, flow: Flow): void;
  /** Fulfilled when more can be taken: what can wait, waits. */
  taken(): Promise<void>;
  /** So many datagrams were left out since this thread was busy for too long. */
  onLeftOut(datagrams: number): void;
  /** Of all that came up to now, about once a second. */
  onStream(counts: StreamCounts): void;
  /** Nothing more comes, after the last datagram. */
  onEnd(problem: string | undefined): void;
  onError(error: Error): void;
  /** The interface that joined has gone away, or is back and has joined again. */
  onInterface(name: string, isThere: boolean): void;
}

/** An input that is open. */
export interface InputThread {
  /** Undefined for bytes of a device or a pipe. */
  readonly socket: OpenSocket | undefined;
  close(): Promise<void>;
}

/**
 * A socket, a device or a pipe in a thread of its own, so that work in this one keeps nothing waiting in the buffers of the
 * kernel. Of transport streams and recordings the datagrams in them are taken.
 *
 * @throws ReceiveError when listening or reading cannot begin
 */
export async function startInputThread(source: InputSource, handlers: InputHandlers): Promise<InputThread> {
  // a descriptor that a socket closes is not to be closed once more
  const worker = new Worker(WORKER, { workerData: source, trackUnmanagedFds: false });
  const post = (message: ToInputThread) => worker.postMessage(message);
  const ended = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  let closing = false;
  let taking = Promise.resolve();

  async function takeBatch({ bytes, lengths, flows, leftOut }: Batch): Promise<void> {
    if (leftOut > 0) handlers.onLeftOut(leftOut);
    if (closing) return;
    let offset = 0;
    for (const [i, length] of lengths.entries()) {
      handlers.take(bytes.subarray(offset, offset + length), flows[i]!);
      offset += length;
    }
    // a socket does not wait: it is told at once
    if (source.kind === 'bytes') await handlers.taken();
    post({ type: 'taken', bytes: bytes.length });
  }

  const socket = await new Promise<OpenSocket | undefined>((resolve, reject) => {
    worker.on('message', (message: FromInputThread) => {
      switch (message.type) {
        case 'ready':
          return resolve(message.socket);
        case 'failed':
          return reject(new ReceiveError(message.message));
        case 'problem':
          return handlers.onError(new ReceiveError(message.message));
        case 'interface':
          return handlers.onInterface(message.name, message.isThere);
        case 'stream':
          return handlers.onStream(message.counts);
        case 'datagrams':
          taking = taking.then(() => takeBatch(message)).catch(handlers.onError);
          return;
        case 'ended':
          taking = taking.then(() => {
            if (!closing) handlers.onEnd(message.problem);
          });
      }
    });
    worker.on('error', (error) => {
      reject(error);
      handlers.onEnd(describeError(error));
    });
  });
  return {
    socket,
    async close() {
      closing = true;
      post({ type: 'close' });
      await ended;
    },
  };
}
