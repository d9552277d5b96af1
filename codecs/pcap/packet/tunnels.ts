import { type Found, findInEthernet, findNetwork, MALFORMED } from './network.js';

/** Flags of a GRE header (RFC 2784, RFC 2890; RFC 2637 for version 1, whose packets are PPP). */
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;

/** The IP packet in generic routing encapsulation. */
export function findInGre(view: DataView, at: number, end: number): Found {
  if (at + 4 > end) return MALFORMED;
  const flags = view.getUint16(at);
  const version = flags & VERSION;
  if ((flags & ROUTING) !== 0 || version > 1) return 'GRE of another version';
  const field = (flag: number) => ((flags & flag) === 0 ? 0 : 4);
  const options = field(KEY) + field(SEQUENCE) + (version === 0 ? field(CHECKSUM) : field(ACKNOWLEDGEMENT));
  const inner = at + 4 + options;
  return inner > end ? MALFORMED : findNetwork(view, view.getUint16(at + 2), inner, end);
}

const AMT_PORT = 2268;
/** Version 0, type 6: Multicast Data (RFC 7450 section 5.1.6). */
const AMT_DATA = 0x06;
const VXLAN_PORT = 4789;
/** Only the I flag is set (RFC 7348 section 5). */
const VXLAN_FLAGS = 0x0800_0000;

/**
 * The IP packet that a UDP payload tunnels; undefined when it is no tunnel. Neither begins as an ALC packet does, whose
 * version is in the first four bits.
 */
export function findInUdp(
  view: DataView,
  sourcePort: number,
  destinationPort: number,
  at: number,
  end: number,
): Found | undefined {
  // a relay sends from the port that it is asked at
  const isAmt = sourcePort === AMT_PORT || destinationPort === AMT_PORT;
  if (isAmt && at + 2 < end && view.getUint8(at) === AMT_DATA) return at + 2;
  const isVxlan = destinationPort === VXLAN_PORT && at + 8 < end && view.getUint32(at) === VXLAN_FLAGS;
  return isVxlan ? findInEthernet(view, at + 8, end) : undefined;
}
