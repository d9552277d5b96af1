import { concatBytes, copyBytes, toHex } from '../bytes.js';
import {
  createTransportStreamReader,
  isTransportStream,
  type TransportStreamCounters,
  type TransportStreamReader,
} from '../mpegts/index.js';
import {
  createPcapReader,
  isPcap,
  type PcapCounters,
  PcapError,
  type PcapReader,
  type UdpDatagram,
} from '../pcap/index.js';

/** What a recording of either kind held. Of a transport stream `records` are its packets, and nothing is cut off. */
export interface RecordingCounters extends PcapCounters {
  /** Undefined for a pcap recording. */
  readonly transportStream?: Readonly<TransportStreamCounters>;
}

/** Takes a recording of either kind in pieces. */
export interface RecordingReader {
  /** The datagrams that the chunk completes, perhaps as views of it. @throws PcapError */
  push(chunk: Uint8Array): UdpDatagram[];
  /** Says that the file ends here, and gives the last datagrams. @throws PcapError */
  end(): UdpDatagram[];
  readonly counters: Readonly<RecordingCounters>;
}

/** Bytes that tell what a recording is, unless it is shorter or the first chunk has more. */
const HEAD_BYTES = 4096;

/**
 * Reads an MPEG transport stream or a pcap recording. The first chunk, or some more of them where they are short, tells
 * which: packets of a transport stream follow each other in it, or else it is taken for pcap.
 */
export function createRecordingReader(): RecordingReader {
  let reader: PcapReader | TransportStreamReader | undefined;
  let head: Uint8Array = new Uint8Array(0);

  function begin(): UdpDatagram[] {
    reader = readerOf(head);
    const datagrams = reader.push(head);
    head = new Uint8Array(0);
    return datagrams;
  }

  return {
    push(chunk) {
      if (reader !== undefined) return reader.push(chunk);
      head = head.length === 0 ? copyBytes(chunk) : concatBytes(head, chunk);
      return head.length < HEAD_BYTES && !isPcap(head) ? [] : begin();
    },
    end() {
      const datagrams = reader === undefined ? begin() : [];
      return [...datagrams, ...(reader!.end() ?? [])];
    },
    get counters() {
      const { counters } = reader ?? createPcapReader();
      return 'records' in counters ? counters : asRecording(counters);
    },
  };
}

function readerOf(head: Uint8Array): PcapReader | TransportStreamReader {
  if (isPcap(head) || head.length < 4) return createPcapReader();
  if (isTransportStream(head)) return createTransportStreamReader();
  const magic = toHex(head.subarray(0, 4));
  throw new PcapError(`Not a pcap recording, and no transport stream: the file begins with 0x${magic}.`);
}

function asRecording(transportStream: Readonly<TransportStreamCounters>): RecordingCounters {
  const { packets: records, datagrams, fragments, badChecksums, otherPackets, malformed } = transportStream;
  const counts = { records, datagrams, fragments, badChecksums, otherPackets, malformed, cutOff: 0 };
  return { ...counts, transportStream };
}

/** The datagrams of a recording that is read in pieces, and why the rest of it could not be read. */
export interface RecordedDatagrams extends AsyncIterable<UdpDatagram> {
  readonly counters: Readonly<RecordingCounters>;
  /** Set at the end of a recording that is damaged in its middle: it counts as far as it goes. */
  readonly problem: string | undefined;
}

/** @throws PcapError on iteration when it is no recording at all */
export function datagramsOf(recording: AsyncIterable<Uint8Array>): RecordedDatagrams {
  const reader = createRecordingReader();
  let problem: string | undefined;
  return {
    get counters() {
      return reader.counters;
    },
    get problem() {
      return problem;
    },
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of recording) yield* reader.push(chunk);
        yield* reader.end();
      } catch (error) {
        if (!(error instanceof PcapError) || reader.counters.records === 0) throw error;
        problem = error.message;
      }
    },
  };
}
