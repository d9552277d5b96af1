import { PACKET_LENGTH } from '../format.js';
import { TIMESTAMP_RATE, ticksAfter } from '../pes/timestamps.js';

/** Transport packets in a UDP datagram: what an Ethernet frame has room for. */
export const PACKETS_IN_A_DATAGRAM = 7;
/** Bytes of an RTP header without contributing sources. */
const RTP_HEADER_LENGTH = 12;

const VERSION = 0x80;
const MARKER = 0x80;
/** MP2T (RFC 3551 section 6). */
const PAYLOAD_TYPE = 33;

export interface RtpOptions {
  /** Bits a second of the transport stream. */
  readonly tsRate: number;
  /** Names the sender, 32 bits; at random (RFC 3550 section 8). */
  readonly ssrc: number;
  /** Sequence number of the first packet, 16 bits; at random. */
  readonly sequence: number;
}

/**
 * Puts transport packets into RTP packets (RFC 2250 section 2). The marker says that the time stamps do not go on from an
 * earlier stream: the first packet has it.
 *
 * @returns gives the RTP packet of the next transport packets; `position` is how many of them the stream has before these
 */
export function createRtpPacketizer({ tsRate, ssrc, sequence }: RtpOptions) {
  let next = sequence;
  let marker = MARKER;
  return (transportPackets: Uint8Array, position: number): Uint8Array => {
    const packet = new Uint8Array(RTP_HEADER_LENGTH + transportPackets.length);
    const view = new DataView(packet.buffer);
    packet[0] = VERSION;
    packet[1] = marker | PAYLOAD_TYPE;
    view.setUint16(2, next);
    view.setUint32(4, ticksAfter(position * PACKET_LENGTH * 8, tsRate, TIMESTAMP_RATE) % 2 ** 32);
    view.setUint32(8, ssrc);
    packet.set(transportPackets, RTP_HEADER_LENGTH);
    next = (next + 1) & 0xffff;
    marker = 0;
    return packet;
  };
}
