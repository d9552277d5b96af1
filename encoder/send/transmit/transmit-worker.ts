/** The thread that sends: nothing but its clock is to hold it up. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { messageOf } from '../../../codecs/node/threads/thread-error.js';
import { packetOverhead } from '../../session/destination.js';
import { blockThread, systemClock } from './clock.js';
import { createPacer } from './pacer.js';
import { openSocket } from './socket.js';
import { raisePriority } from './thread-priority.js';
import type { FromTransmitThread, ToTransmitThread, TransmitSetup } from './transmit-thread.js';
import { createTransmitter } from './transmitter.js';

raisePriority();
const setup = workerData as TransmitSetup;
const port = parentPort!;
const post = (message: FromTransmitThread) => port.postMessage(message);
/** Milliseconds between two reports; the queue is many times longer. */
const REPORT_INTERVAL = 20;

const clock = systemClock(blockThread);
/** The main thread keeps the bound. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;
let errors = 0;
let lastReport = 0;
const departures = setup.departures && new Float64Array(setup.departures);

async function start(): Promise<void> {
  const socket = await openSocket({
    ...setup,
    onError(error) {
      errors++;
      // One report says what is wrong; the count goes on.
      if (errors === 1 || errors % 1000 === 0) post({ type: 'refused', message: error.message });
    },
  });
  /** Memory of a batch by its last datagram: datagrams leave in their order. */
  const memoryAfter = new Map<Uint8Array, ArrayBuffer>();
  const transmit = (datagram: Uint8Array) => {
    const memory = memoryAfter.get(datagram);
    if (memory === undefined) return socket.send(datagram);
    memoryAfter.delete(datagram);
    socket.send(datagram, () =>
      port.postMessage({ type: 'free', memory } satisfies FromTransmitThread, [memory]),
    );
  };
  const transmitter = createTransmitter({
    clock,
    pacer: createPacer(setup.rate, setup.burst, clock.now()),
    packetOverhead: packetOverhead(setup.destination),
    queueBytes: UNBOUNDED,
    transmit,
    errors: () => errors,
    closeSocket: socket.close,
    onStep() {
      const now = clock.now();
      if (transmitter.queued > 0 && now - lastReport < REPORT_INTERVAL) return;
      lastReport = now;
      report();
    },
    ...(departures && {
      onDeparture: (now: number, bytes: number) => recordDeparture(departures, now, bytes),
    }),
  });
  let received = 0;
  const report = () =>
    post({ type: 'progress', received, queued: transmitter.queued, stats: transmitter.stats() });

  port.on('message', async (message: ToTransmitThread) => {
    if (message.type === 'send') {
      received++;
      const datagrams = split(message.bytes, message.lengths);
      memoryAfter.set(datagrams.at(-1)!, message.bytes.buffer as ArrayBuffer);
      await transmitter.send(datagrams);
    } else if (message.type === 'pace') transmitter.setPace({ ...message.pace, queueBytes: UNBOUNDED });
    else if (message.type === 'restart') transmitter.restart();
    else if (message.type === 'discard') {
      memoryAfter.clear();
      transmitter.discard();
    } else {
      await transmitter.close();
      report();
      await compilersSettle();
      port.close();
    }
  });
  post({ type: 'ready' });
}

function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let offset = 0;
  return lengths.map((length) => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}

/** The first number counts the departures; a full log takes no more. */
function recordDeparture(log: Float64Array, now: number, bytes: number): void {
  const count = log[0]!;
  if (2 * count + 3 > log.length) return;
  log[2 * count + 1] = now;
  log[2 * count + 2] = bytes;
  log[0] = count + 1;
}

await start().catch((error: unknown) => {
  post({ type: 'failed', error: messageOf(error) });
  port.close();
});
