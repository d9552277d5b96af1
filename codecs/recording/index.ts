/** Recordings of datagrams of either kind: pcap, or the transport stream that a tuner received. */

export { type CarriedStreams, createCarriedStreams } from './carried-streams.js';
export { decompressed, type Gunzip, isGzip } from './compressed.js';
export { describeKinds, describePackets, type Kinds, kindOfPayload } from './contents.js';
export {
  createRecordingReader,
  datagramsOf,
  type RecordedDatagrams,
  type RecordingCounters,
  type RecordingReader,
} from './reader.js';
export { transportStreamWarnings } from './transport-stream-warnings.js';
