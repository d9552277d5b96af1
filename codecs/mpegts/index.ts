/**
 * IP datagrams in MPEG transport streams: multiprotocol encapsulation (EN 301 192) over ISO/IEC 13818-1, as DVB modulators
 * play it out and tuners record it.
 */

export { createTransportStreamCounters, type TransportStreamCounters } from './counters.js';
export { MAX_IP_PACKET_LENGTH } from './datagram-section.js';
export { TransportStreamError } from './error.js';
export { NULL_PID, PACKET_LENGTH, SYNC_BYTE } from './format.js';
export { isTransportStream } from './framing.js';
export {
  createDataServiceMultiplexer,
  type DataServiceOptions,
  ipPacketRate,
} from './multiplex/data-service.js';
export type { StreamDatagram, StreamMultiplexer, StreamState } from './multiplex/multiplexer.js';
export { createRtpPacketizer, PACKETS_IN_A_DATAGRAM, type RtpOptions } from './multiplex/rtp.js';
export { blockAt, PROMISED_SHARE } from './multiplex/timing.js';
export { isUnreadStream, pidAt } from './psi.js';
export { createTransportStreamReader, type TransportStreamReader } from './reader.js';
export { MAX_SERVICE_NAME_BYTES, ServiceType, type TelevisionServiceType } from './sdt.js';
export { builtInSlate } from './television/built-in-slate.js';
export { readMpeg2Slate } from './television/mpeg2-slate.js';
export {
  type Carrier,
  createTelevisionMultiplexer,
  type TelevisionOptions,
} from './television/multiplexer.js';
export { datagramRate } from './television/plan.js';
export { MAX_PROGRAMMES, type TelevisionProgramme } from './television/programme.js';
export { PICTURE_RATE, readSlate, type Slate, type VideoCoding } from './television/slate.js';
export {
  createTransportStreamWriter,
  DEFAULT_PIDS,
  DEFAULT_SERVICE_NAME,
  type TransportStreamOptions,
  type TransportStreamWriter,
} from './writer.js';
