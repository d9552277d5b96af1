/**
 * IP datagrams in MPEG transport streams: multiprotocol encapsulation (EN 301 192) over ISO/IEC 13818-1, as DVB modulators
 * play it out and tuners record it.
 */

export { MAX_IP_PACKET_LENGTH } from './datagram-section.js';
export { TransportStreamError } from './error.js';
export { isTransportStream } from './framing.js';
export {
  createTransportStreamReader,
  type TransportStreamCounters,
  type TransportStreamReader,
} from './reader.js';
export { MAX_SERVICE_NAME_BYTES } from './sdt.js';
export {
  createTransportStreamWriter,
  DEFAULT_PIDS,
  DEFAULT_SERVICE_NAME,
  type TransportStreamOptions,
  type TransportStreamWriter,
} from './writer.js';
