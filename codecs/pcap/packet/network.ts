/** Where the IP packet of a frame begins; or in words what it carries instead, `malformed` when it is too short. */
export type Found = number | string;

export const MALFORMED = 'malformed';

const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  transparentEthernet: 0x6558,
  /** IEEE 802.1Q, 802.1ad and the older numbers for stacked tags. */
  vlans: [0x8100, 0x88a8, 0x9100, 0x9200],
  ipv6: 0x86dd,
  ppp: 0x880b,
  mpls: 0x8847,
  /** With an upstream-assigned label (RFC 5332). */
  mplsUpstream: 0x8848,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  eapol: 0x888e,
  lldp: 0x88cc,
} as const;

const NAMES = new Map<number, string>([
  [EtherType.arp, 'ARP'],
  [EtherType.pppoeDiscovery, 'PPPoE discovery'],
  [EtherType.eapol, 'EAPOL'],
  [EtherType.lldp, 'LLDP'],
]);

/** Below, the field is the length of an LLC frame (IEEE 802.3 section 3.2.6). */
const MIN_ETHERTYPE = 0x0600;
/** Headers between a frame and its IP packet. */
const MAX_HEADERS = 16;

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const PPP_MPLS = 0x0281;
const PPP_MPLS_MULTICAST = 0x0283;

/** The IP packet behind an Ethernet frame header at `at`. */
export function findInEthernet(view: DataView, at: number, end: number): Found {
  return findBehind(view, at + 12, end);
}

/** The IP packet behind the EtherType, or the length of an LLC frame, at `at`. */
export function findBehind(view: DataView, at: number, end: number): Found {
  return at + 2 > end ? MALFORMED : findNetwork(view, view.getUint16(at), at + 2, end);
}

/** The IP packet in what an EtherType announces: VLAN tags, MPLS labels, PPPoE, LLC and Ethernet are stepped over. */
export function findNetwork(view: DataView, type: number, offset: number, end: number): Found {
  let etherType = type;
  let at = offset;
  for (let headers = 0; headers < MAX_HEADERS; headers++) {
    if (etherType === EtherType.ipv4 || etherType === EtherType.ipv6) return at;
    if (isVlan(etherType)) {
      if (at + 4 > end) return MALFORMED;
      etherType = view.getUint16(at + 2);
      at += 4;
    } else if (etherType === EtherType.transparentEthernet) {
      if (at + 14 > end) return MALFORMED;
      etherType = view.getUint16(at + 12);
      at += 14;
    } else if (etherType < MIN_ETHERTYPE) {
      if (!isSnap(view, at, end)) return 'LLC';
      etherType = view.getUint16(at + 6);
      at += 8;
    } else {
      return findInTunnel(view, etherType, at, end);
    }
  }
  return MALFORMED;
}

function findInTunnel(view: DataView, etherType: number, at: number, end: number): Found {
  switch (etherType) {
    case EtherType.mpls:
    case EtherType.mplsUpstream:
      return findInMpls(view, at, end);
    case EtherType.ppp:
      return findInPpp(view, at, end);
    case EtherType.pppoeSession:
      // RFC 2516 section 4: version, type, code, session, length
      return findInPpp(view, at + 6, end);
    default:
      return NAMES.get(etherType) ?? `EtherType 0x${etherType.toString(16).padStart(4, '0')}`;
  }
}

/** The IP packet in a PPP frame, with or without address and control, the protocol in one byte or two (RFC 1661, RFC 1662). */
export function findInPpp(view: DataView, offset: number, end: number): Found {
  if (offset + 4 > end) return MALFORMED;
  let at = view.getUint16(offset) === 0xff03 ? offset + 2 : offset;
  const isShort = (view.getUint8(at) & 1) !== 0;
  const protocol = isShort ? view.getUint8(at) : view.getUint16(at);
  at += isShort ? 1 : 2;
  if (protocol === PPP_IPV4 || protocol === PPP_IPV6) return at;
  if (protocol === PPP_MPLS || protocol === PPP_MPLS_MULTICAST) return findInMpls(view, at, end);
  return `PPP protocol 0x${protocol.toString(16).padStart(4, '0')}`;
}

/** The IP packet behind a stack of labels (RFC 3032). Nothing says what it is but its first bits (RFC 4928). */
function findInMpls(view: DataView, offset: number, end: number): Found {
  let at = offset;
  for (let labels = 0; labels < MAX_HEADERS; labels++, at += 4) {
    if (at + 5 > end) return MALFORMED;
    const isLast = (view.getUint8(at + 2) & 1) !== 0;
    if (!isLast) continue;
    const version = view.getUint8(at + 4) >> 4;
    return version === 4 || version === 6 ? at + 4 : 'MPLS without IP';
  }
  return MALFORMED;
}

/** LLC and SNAP with an EtherType (IEEE 802.2; RFC 1042; organisation 00-00-F8 by IEEE 802.1H). */
export function isSnap(view: DataView, at: number, end: number): boolean {
  if (at + 8 > end || view.getUint16(at) !== 0xaaaa || view.getUint8(at + 2) !== 3) return false;
  const organisation = view.getUint32(at + 2) & 0xff_ffff;
  return organisation === 0 || organisation === 0xf8;
}

function isVlan(etherType: number): boolean {
  const [tag, stacked, older, oldest] = EtherType.vlans;
  return etherType === tag || etherType === stacked || etherType === older || etherType === oldest;
}
