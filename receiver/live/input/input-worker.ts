/** The thread that takes what comes in from the kernel: it passes the datagrams on that are in it, and does nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TransportStreamCounters } from '../../../codecs/mpegts/index.js';
import { followInterface } from '../../../codecs/node/network/follow-interface.js';
import type { NetworkInterface } from '../../../codecs/node/network/interface.js';
import { gunzip } from '../../../codecs/node/recordings/gunzip.js';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { PcapError, type UdpDatagram } from '../../../codecs/pcap/index.js';
import {
  createCarriedStreams,
  createRecordingReader,
  decompressed,
} from '../../../codecs/recording/index.js';
import { ReceiveError } from '../../error.js';
import { createFlowReader } from '../../recordings/flow-reader.js';
import { createBatches } from './batches.js';
import { openByteStream } from './byte-stream.js';
import type { InputSource, SocketSource } from './input-source.js';
import type { FromInputThread, StreamCounts, ToInputThread } from './input-thread.js';
import { joiningInterfaceNow, openListeningSocket } from './socket.js';

/** Milliseconds between two counts of a transport stream. */
const COUNT_INTERVAL = 1000;

const port = parentPort!;
const post = (message: FromInputThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const batches = createBatches((batch) => post({ type: 'datagrams', ...batch }, [batch.bytes.buffer]));
const closing = new AbortController();
const closed = new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()));
const flowOf = createFlowReader();
let overflows = 0;
let counting: NodeJS.Timeout | undefined;

/** Tells now and then what there was of transport streams, while there is more of them. @returns what tells it at once */
function countStream(look: () => Readonly<TransportStreamCounters> | undefined): () => void {
  let told = 0;
  const tell = () => {
    const counters = look();
    if (counters === undefined || counters.packets === told) return;
    told = counters.packets;
    post({ type: 'stream', counts: countsOf(counters) });
  };
  counting = setInterval(tell, COUNT_INTERVAL);
  return tell;
}

function countsOf(counters: Readonly<TransportStreamCounters>): StreamCounts {
  const { packets, scrambled, scrambledOthers, transportErrors, discontinuities, resynchronisations } =
    counters;
  return {
    packets,
    scrambled: scrambled + scrambledOthers,
    damaged: transportErrors,
    gaps: discontinuities + resynchronisations,
    overflows,
  };
}

function add(datagrams: readonly UdpDatagram[]): void {
  for (const datagram of datagrams) batches.add(datagram.payload, flowOf(datagram));
}

/** @returns what ends it */
async function listen(source: SocketSource): Promise<() => Promise<void>> {
  const { address: destination, port: destinationPort } = source.listenAt;
  const carried = createCarriedStreams();
  const open = (at: SocketSource) =>
    openListeningSocket(
      at,
      (payload, { address, port: sourcePort }) => {
        const sent = { source: address, sourcePort, destination, destinationPort };
        add(carried.take([{ timestampNs: 0n, ...sent, payload }]));
      },
      ({ message }) => post({ type: 'problem', message }),
    );
  let socket = await open(source);
  const { listensAt, bufferBytes, joinedBy } = socket;
  const unfollow =
    joinedBy &&
    joinAgain({ ...source, listenAt: listensAt }, joinedBy, async (again) => {
      const next = await open(again);
      const before = socket;
      socket = next;
      await before.close();
    });
  countStream(() => carried.counters);
  post({ type: 'ready', socket: { listensAt, bufferBytes, joinedBy } });
  return () => {
    unfollow?.();
    return socket.close();
  };
}

/** Joins again, with another socket, when the interface that joined comes back. @returns ends it */
function joinAgain(
  source: SocketSource,
  first: NetworkInterface,
  reopen: (source: SocketSource) => Promise<void>,
): () => void {
  const tell = (name: string, isThere: boolean) => post({ type: 'interface', name, isThere });
  return followInterface({
    first,
    look: () => joiningInterfaceNow(source),
    onGone: () => tell(first.name, false),
    async onBack({ name }) {
      await reopen(source);
      tell(name, true);
    },
  });
}

/** Reads until there is nothing more, or until it is told to stop. */
async function readBytes(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const reader = createRecordingReader();
  const tellStream = countStream(() => reader.counters.transportStream);
  let problem: string | undefined;
  try {
    for await (const chunk of decompressed(bytes, gunzip)) {
      add(reader.push(chunk));
      await Promise.race([batches.room(), closed]);
      if (closing.signal.aborted) return;
    }
    add(reader.end());
  } catch (error) {
    if (!(error instanceof PcapError || error instanceof ReceiveError)) throw error;
    problem = error.message;
  }
  batches.send();
  tellStream();
  post({ type: 'ended', problem });
}

function open(source: InputSource): Promise<() => Promise<void>> {
  if (source.kind === 'socket') return listen(source);
  const bytes = openByteStream(source.path, closing.signal, () => void overflows++);
  post({ type: 'ready', socket: undefined });
  const reading = readBytes(bytes);
  return Promise.resolve(() => reading);
}

try {
  const close = await open(workerData as InputSource);
  port.on('message', async (message: ToInputThread) => {
    if (message.type === 'taken') {
      batches.taken(message.bytes);
      return;
    }
    closing.abort();
    clearInterval(counting);
    await close();
    batches.send();
    await compilersSettle();
    port.close();
  });
} catch (error) {
  post({ type: 'failed', message: (error as Error).message });
  port.close();
}
