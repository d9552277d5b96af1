import {
  createRtpPacketizer,
  NULL_PID,
  PACKET_LENGTH,
  PACKETS_IN_A_DATAGRAM,
  pidAt,
  type RtpOptions,
  type StreamDatagram,
  type StreamMultiplexer,
  type StreamState,
} from '../../../codecs/mpegts/index.js';
import type { OutgoingDatagram } from './outgoing.js';
import { createPacer } from './pacer.js';

const DATAGRAM_BYTES = PACKETS_IN_A_DATAGRAM * PACKET_LENGTH;
/** What a modulator's buffer can do without: so much of a delay is made up for. */
const BURST_SECONDS = 0.05;
/** Seconds of datagrams, or so many of them, that wait for their packets at most. */
const WAITING_SECONDS = 0.1;
const LEAST_WAITING = 4;

/** What has been sent of a transport stream. */
export interface StreamStats {
  readonly packets: number;
  readonly nullPackets: number;
  /** Milliseconds of airtime that were lost because the thread woke up too late. */
  readonly lostTime: number;
}

export interface StreamSenderOptions {
  readonly multiplexer: StreamMultiplexer;
  readonly tsRate: number;
  /** Milliseconds; the first packet is due now. */
  readonly now: number;
  /** Makes what the multiplexer takes of a datagram, once for each programme that carries it. */
  wrap(outgoing: OutgoingDatagram): readonly StreamDatagram[];
  readonly rtp: Omit<RtpOptions, 'tsRate'>;
  /** Hands a datagram of transport packets to the operating system; with an RTP header and without. */
  transmit(bare: Uint8Array, withRtp: () => Uint8Array): void;
}

/** A transport stream that leaves at a constant rate, whatever there is to send. */
export interface StreamSender {
  /** When the next datagram of transport packets is due, in milliseconds. */
  readonly due: number;
  /** Whether a datagram can be pushed. */
  readonly hasRoom: boolean;
  /** Bytes of datagrams that have not left; 0 when all have. */
  readonly waiting: number;
  /** Puts a datagram into the packets that are made next. */
  push(outgoing: OutgoingDatagram): void;
  /** Sends what is due. */
  sendDue(now: number): void;
  /** Lets the stream end with the packets that are made already. */
  end(): void;
  readonly isEnded: boolean;
  readonly stats: StreamStats;
  readonly state: StreamState;
}

export function createStreamSender(options: StreamSenderOptions): StreamSender {
  const { multiplexer, tsRate, now, wrap, transmit } = options;
  const pacer = createPacer(tsRate, Math.ceil((tsRate / 8) * BURST_SECONDS), now);
  const rtpPacket = createRtpPacketizer({ ...options.rtp, tsRate });
  const most = (tsRate / 8) * WAITING_SECONDS;
  const queue: StreamDatagram[] = [];
  let queued = 0;
  /** Packets that are made, from `at` on, and how many the stream has before the first of them. */
  let ready: Uint8Array = new Uint8Array(0);
  let at = 0;
  let position = multiplexer.position;
  let isEnding = false;
  let isEnded = false;
  const stats = { packets: 0, nullPackets: 0, lostTime: 0 };

  function take(): StreamDatagram | undefined {
    const datagram = queue.shift();
    if (datagram !== undefined) queued -= datagram.bytes.length;
    return datagram;
  }

  function fill(): void {
    while (ready.length - at < DATAGRAM_BYTES && !isEnding) {
      const next = multiplexer.next(take);
      const rest = ready.length - at;
      const joined = new Uint8Array(rest + next.length);
      joined.set(ready.subarray(at));
      joined.set(next, rest);
      ready = joined;
      at = 0;
    }
  }

  function sendOne(time: number): void {
    fill();
    const datagram = ready.subarray(at, at + DATAGRAM_BYTES);
    if (datagram.length === 0) {
      isEnded = true;
      return;
    }
    const place = position;
    let rtp: Uint8Array | undefined;
    transmit(datagram, () => (rtp ??= rtpPacket(datagram, place)));
    at += datagram.length;
    position += datagram.length / PACKET_LENGTH;
    stats.packets += datagram.length / PACKET_LENGTH;
    stats.nullPackets += nullPackets(datagram);
    const before = pacer.due;
    pacer.sent(datagram.length, time);
    stats.lostTime += Math.max(0, pacer.due - before - (8000 * datagram.length) / tsRate);
  }

  return {
    get due() {
      return isEnded ? Number.POSITIVE_INFINITY : pacer.due;
    },
    get hasRoom() {
      return queue.length < LEAST_WAITING || queued < most;
    },
    get waiting() {
      return queued + (multiplexer.isDrained ? 0 : 1);
    },
    push(outgoing) {
      for (const each of wrap(outgoing)) {
        queue.push(each);
        queued += each.bytes.length;
      }
    },
    sendDue(time) {
      while (!isEnded && pacer.due <= time) sendOne(time);
    },
    end() {
      isEnding = true;
    },
    get isEnded() {
      return isEnded;
    },
    stats,
    get state() {
      return multiplexer.state;
    },
  };
}

function nullPackets(packets: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < packets.length; at += PACKET_LENGTH) {
    if (pidAt(packets, at + 1) === NULL_PID) count++;
  }
  return count;
}
