/** The thread that sends: nothing but its clock is to hold it up. */
import { randomInt } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { compilersSettle } from '../../../codecs/node/threads/end-thread.js';
import { messageOf } from '../../../codecs/node/threads/thread-error.js';
import { blockThread, systemClock } from './clock.js';
import { openLink } from './link.js';
import { liveMultiplexer, wrapFor } from './live-stream.js';
import { createPacer } from './pacer.js';
import { createStreamSender } from './stream-sender.js';
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
let lastReport = 0;
let reported = { received: 0, queued: 0 };
const departures = setup.departures && new Float64Array(setup.departures);

async function start(): Promise<void> {
  const outputs = await openLink({
    ...setup,
    clock,
    onRefused: (message, to) => post({ type: 'refused', message, to }),
    onTaken: (to) => post({ type: 'taken', to }),
    onInterface: (isThere, to) => post({ type: 'interface', isThere, to }),
  });
  const { packetOverhead } = setup;
  const stream =
    setup.stream &&
    createStreamSender({
      multiplexer: liveMultiplexer(setup.stream, clock.unix()),
      tsRate: setup.stream.stream.tsRate,
      now: clock.now(),
      wrap: wrapFor(setup.stream),
      rtp: { ssrc: randomInt(2 ** 32), sequence: randomInt(2 ** 16) },
      transmit: outputs.sendStream,
    });
  /** Memory of a batch by its last datagram: datagrams leave in their order. */
  const memoryAfter = new Map<Uint8Array, ArrayBuffer>();
  const transmit = (datagram: Uint8Array) => {
    const memory = memoryAfter.get(datagram);
    if (memory === undefined) return outputs.send(datagram);
    memoryAfter.delete(datagram);
    outputs.send(datagram, () =>
      port.postMessage({ type: 'free', memory } satisfies FromTransmitThread, [memory]),
    );
  };
  const transmitter = createTransmitter({
    clock,
    pacer: createPacer(setup.rate, setup.burst, clock.now()),
    packetOverhead,
    queueBytes: UNBOUNDED,
    transmit,
    stream,
    destinations: outputs.stats,
    closeSockets: outputs.close,
    onStep() {
      const now = clock.now();
      // whoever waits for the end is told of it at once
      const isEmptied = transmitter.queued === 0 && (reported.queued > 0 || reported.received < received);
      if (!isEmptied && now - lastReport < REPORT_INTERVAL) return;
      lastReport = now;
      report();
    },
    ...(departures && {
      onDeparture: (now: number, bytes: number) => recordDeparture(departures, now, bytes),
    }),
  });
  let received = 0;
  const report = () => {
    reported = { received, queued: transmitter.queued };
    post({ type: 'progress', ...reported, stats: transmitter.stats() });
  };

  port.on('message', async (message: ToTransmitThread) => {
    if (message.type === 'send') {
      received++;
      const datagrams = split(message.bytes, message.lengths);
      memoryAfter.set(datagrams.at(-1)!, message.bytes.buffer as ArrayBuffer);
      const { programmes } = message;
      await transmitter.send(datagrams.map((datagram, i) => ({ datagram, programme: programmes[i] })));
    } else if (message.type === 'pace') transmitter.setPace({ ...message.pace, queueBytes: UNBOUNDED });
    else if (message.type === 'restart') transmitter.restart();
    else if (message.type === 'discard') {
      memoryAfter.clear();
      transmitter.discard();
    } else {
      await transmitter.close();
      report();
      const end = transmitter.endOfStream();
      if (end !== undefined) post({ type: 'end of stream', end });
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
