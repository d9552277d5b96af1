/** Recordings of datagrams of either kind: pcap, or the transport stream that a tuner received. */

export {
  createRecordingReader,
  datagramsOf,
  type RecordedDatagrams,
  type RecordingCounters,
  type RecordingReader,
} from './reader.js';
