import type { Receiver } from '../../engine/interface.js';
import type { OnListenEvent } from '../events.js';
import { type InputSource, nameOfSource } from './input-source.js';
import { type OpenSocket, startInputThread } from './input-thread.js';
import type { Input } from './input-watch.js';
import { kernelDrops } from './kernel-drops.js';
import { kernelBufferLimit, WANTED_BUFFER } from './socket.js';

/** An input whose datagrams go to a receiver. */
export interface OpenInput {
  /** What came in so far. */
  look(): Input;
  /** Set when nothing more comes, and why, where that is a fault: a sentence. */
  readonly end: { readonly problem: string | undefined } | undefined;
  /** Undefined for bytes of a device or a pipe. */
  readonly socket: OpenSocket | undefined;
  /** Unix time in milliseconds of the last datagram. */
  readonly lastHeard: number | undefined;
  /** Times the interface that joined came back. */
  readonly interfaceReturns: number;
  close(): Promise<void>;
}

/** @throws ReceiveError when listening or reading cannot begin */
export async function openInput(
  source: InputSource,
  receiver: Receiver,
  onEvent: OnListenEvent,
): Promise<OpenInput> {
  let datagrams = 0;
  let leftOut = 0;
  let lastHeard: number | undefined;
  let interfaceReturns = 0;
  let stream: Input['stream'];
  let end: OpenInput['end'];
  const { socket, close } = await startInputThread(source, {
    take(datagram, flow) {
      datagrams++;
      lastHeard = Date.now();
      receiver.push(datagram, flow);
    },
    // what the receiver has thrown is told by its event
    taken: () => receiver.taken().catch(() => {}),
    onLeftOut(count) {
      leftOut += count;
    },
    onStream(counts) {
      stream = counts;
    },
    onEnd(problem) {
      end = { problem };
      onEvent({ type: 'ended', at: nameOfSource(source) });
    },
    onError: ({ message }) => onEvent({ type: 'problem', message }),
    onInterface(name, isThere) {
      if (isThere) interfaceReturns++;
      onEvent({ type: 'interface', name, isThere });
    },
  });
  if (source.kind === 'bytes' || socket === undefined) {
    const nothing = { source: undefined, joinedBy: undefined, bufferBytes: undefined };
    onEvent({ type: 'listening', at: nameOfSource(source), ...nothing });
  } else {
    const { listensAt, bufferBytes, joinedBy } = socket;
    const at = nameOfSource({ ...source, listenAt: listensAt });
    onEvent({ type: 'listening', at, source: source.source, joinedBy: joinedBy?.name, bufferBytes });
    if (bufferBytes < WANTED_BUFFER) onEvent({ type: 'problem', message: smallBuffer(bufferBytes) });
  }
  return {
    look: () => ({ datagrams, leftOut, stream, kernelDrops: socket && kernelDrops(socket.listensAt) }),
    get end() {
      return end;
    },
    socket,
    get lastHeard() {
      return lastHeard;
    },
    get interfaceReturns() {
      return interfaceReturns;
    },
    close,
  };
}

function smallBuffer(bytes: number): string {
  const limit = kernelBufferLimit();
  return (
    `The kernel holds ${bytes.toLocaleString('en-US')} bytes for this socket, ${WANTED_BUFFER.toLocaleString('en-US')} would be better: ` +
    'datagrams that come fast may get lost while this machine is busy.' +
    (limit === undefined ? '' : ` As root: sysctl -w net.core.rmem_max=${WANTED_BUFFER}`)
  );
}
