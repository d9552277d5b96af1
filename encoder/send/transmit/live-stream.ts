import {
  blockAt,
  createDataServiceMultiplexer,
  createTelevisionMultiplexer,
  type StreamDatagram,
  type StreamMultiplexer,
  type StreamState,
} from '../../../codecs/mpegts/index.js';
import { createPcapFlow, RECORD_HEADER_LENGTH } from '../../../codecs/pcap/index.js';
import { type Destination, flowTo } from '../../session/destination.js';
import type { StreamDestination } from '../../transport-stream/destination.js';
import type { ConstantStream } from '../../transport-stream/service.js';
import type { OutgoingDatagram } from './outgoing.js';

/** What a later stream goes on with. */
export type EndOfStream = Pick<StreamState, 'messages' | 'continuity'>;

/** A transport stream that is sent live. */
export interface LiveStream {
  readonly to: readonly StreamDestination[];
  readonly stream: ConstantStream;
  /** Where the IP packets in a data service say that they go. */
  readonly inner: Destination;
  /** How the stream before it has ended, as far as is known. */
  readonly earlier: EndOfStream | undefined;
}

/**
 * What makes the packets of a live stream. Counters go on after those of the stream before it, and times are those of the day. That there was a
 * pause is said in each PID: who was killed does not know his last counters.
 *
 * @param unix Unix time in milliseconds
 */
export function liveMultiplexer({ stream, earlier }: LiveStream, unix: number): StreamMultiplexer {
  const block = blockAt(unix);
  const state = { messages: 0, continuity: {}, ...earlier, blocks: block, slateBegan: block };
  const options = { ...stream, isDiscontinuous: true };
  return options.service === 'data'
    ? createDataServiceMultiplexer(options, state)
    : createTelevisionMultiplexer(options, state);
}

/** Makes of a datagram what its programme carries: an IP packet in a data service. The memory of the datagram is not kept. */
export function wrapFor({ stream, inner }: LiveStream): (outgoing: OutgoingDatagram) => StreamDatagram[] {
  if (stream.service === 'television') {
    const numbers = stream.programmes.map(({ serviceName }, i) => [serviceName, i + 1] as const);
    return ({ datagram, programme: name }) => {
      const bytes = datagram.slice();
      const carrying = numbers.filter(([serviceName]) => name === undefined || name === serviceName);
      return carrying.map(([, programme]) => ({ bytes, programme }));
    };
  }
  const flow = createPcapFlow(flowTo(inner));
  return ({ datagram }) => {
    const record = new Uint8Array(flow.recordLength(datagram.length));
    flow.write(record, 0, 0n, datagram);
    return [{ bytes: record.subarray(RECORD_HEADER_LENGTH) }];
  };
}
