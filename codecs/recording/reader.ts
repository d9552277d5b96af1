import { concatBytes, copyBytes, toHex } from '../bytes.js';
import {
  createTransportStreamReader,
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
import { type CarriedStreams, createCarriedStreams } from './carried-streams.js';
import { explainForeignFile } from './foreign-captures.js';

/** What a recording of either kind held. Of a transport stream `records` are its packets, and nothing is cut off. */
export interface RecordingCounters extends PcapCounters {
  /** Undefined for a pcap recording. */
  readonly transportStream?: Readonly<TransportStreamCounters>;
}

/** Takes a recording of either kind in pieces. */
export interface RecordingReader {
  /** The datagrams that the chunk completes, perhaps as views of it: its memory may be used again when they are not needed any more. @throws PcapError */
  push(chunk: Uint8Array): UdpDatagram[];
  /** Says that the file ends here, and gives the last datagrams. @throws PcapError */
  end(): UdpDatagram[];
  readonly counters: Readonly<RecordingCounters>;
}

/** Bytes that tell a pcap recording from others. */
const HEAD_BYTES = 24;

/**
 * Reads a pcap recording, or what a tuner or a set-top box has recorded: a transport stream, a program stream, or a file of
 * another kind with messages of a television service. Whether there is anything in it is known at its end.
 */
export function createRecordingReader(): RecordingReader {
  let reader: PcapReader | TransportStreamReader | undefined;
  let head: Uint8Array = new Uint8Array(0);
  let magic = '';
  const carried = createCarriedStreams();

  function begin(): UdpDatagram[] {
    magic = toHex(head.subarray(0, 4));
    reader = isPcap(head) || head.length < 4 ? createPcapReader() : createTransportStreamReader();
    const datagrams = reader.push(head);
    head = new Uint8Array(0);
    return datagrams;
  }

  return {
    push(chunk) {
      if (reader !== undefined) return carried.take(reader.push(chunk));
      head = head.length === 0 ? copyBytes(chunk) : concatBytes(head, chunk);
      return head.length < HEAD_BYTES && !isPcap(head) ? [] : carried.take(begin());
    },
    end() {
      const datagrams = reader === undefined ? begin() : [];
      datagrams.push(...reader!.end());
      if ('packets' in reader!.counters && reader!.counters.packets + reader!.counters.datagrams === 0) {
        throw new PcapError(explainForeignFile(magic));
      }
      return [...carried.take(datagrams), ...carried.end()];
    },
    get counters() {
      const { counters } = reader ?? createPcapReader();
      return withCarried('records' in counters ? counters : asRecording(counters), carried);
    },
  };
}

function asRecording(transportStream: Readonly<TransportStreamCounters>): RecordingCounters {
  const {
    packets: records,
    datagrams,
    fragments,
    reassembled,
    badChecksums,
    otherPackets,
    others,
    malformed,
  } = transportStream;
  const counts = { datagrams, fragments, reassembled, badChecksums, otherPackets, others, malformed };
  return { records, ...counts, cutShort: 0, cutOff: 0, transportStream };
}

/** Datagrams that carry transport packets are counted as what they are, and the datagrams in these as such. */
function withCarried(counters: Readonly<RecordingCounters>, { counts }: CarriedStreams): RecordingCounters {
  const { outer, inner } = counts;
  if (outer === 0) return counters;
  return {
    ...counters,
    datagrams: counters.datagrams - outer + inner,
    otherPackets: counters.otherPackets + outer,
    others: { ...counters.others, 'UDP with MPEG transport packets': outer },
  };
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
