import { LinkType } from '../format.js';
import {
  type Found,
  findBehind,
  findInEthernet,
  findInPpp,
  findNetwork,
  isSnap,
  MALFORMED,
} from './network.js';
import { findInRadiotap, findInWifi } from './wifi.js';

/** Address families of BSD loopback headers: AF_INET, and AF_INET6 as NetBSD, FreeBSD and Darwin number it. */
const BSD_FAMILIES = new Set([2, 24, 28, 30]);

/** Finds where the IP packet of a frame begins. */
type FindIp = (view: DataView, offset: number, end: number) => Found;

const whole: FindIp = (_view, offset) => offset;

/** How the frames of a link type carry IP packets. */
const LINKS = new Map<number, FindIp>([
  [LinkType.null, skipBsdHeader],
  [LinkType.ethernet, findInEthernet],
  [LinkType.ppp, findInPpp],
  [LinkType.rawBsd, whole],
  [LinkType.rawOpenBsd, whole],
  [LinkType.pppHdlc, findInHdlc],
  // PPPoE without its Ethernet header
  [LinkType.pppEther, (view, offset, end) => findInPpp(view, offset + 6, end)],
  [
    LinkType.atmLlc,
    (view, offset, end) => (isSnap(view, offset, end) ? findBehind(view, offset + 6, end) : 'LLC'),
  ],
  [LinkType.raw, whole],
  [LinkType.ciscoHdlc, findInHdlc],
  [LinkType.wifi, findInWifi],
  [LinkType.loop, skipBsdHeader],
  [LinkType.linuxCooked, (view, offset, end) => findBehind(view, offset + 14, end)],
  [LinkType.radiotap, findInRadiotap],
  [LinkType.ipv4, whole],
  [LinkType.ipv6, whole],
  [LinkType.linuxCooked2, findInCooked2],
]);

export const LINK_TYPES_READ =
  'Ethernet (1), raw IP (101), Linux cooked (113, 276), loopback (0, 108), PPP (9, 50, 51), 802.11 (105, 127), Cisco HDLC (104) and ATM (100)';

/** True for a link type that is read here. */
export function isLinkType(linkType: number): boolean {
  return LINKS.has(linkType);
}

/** Where the IP packet of a frame begins, or what it carries instead. */
export function findIp(linkType: number, view: DataView, offset: number, end: number): Found {
  return LINKS.get(linkType)?.(view, offset, end) ?? `link type ${linkType}`;
}

/** The EtherType stands in front of the header. */
function findInCooked2(view: DataView, offset: number, end: number): Found {
  return offset + 20 > end ? MALFORMED : findNetwork(view, view.getUint16(offset), offset + 20, end);
}

/** PPP in HDLC-like framing (RFC 1662), or Cisco's, whose address is that of unicast or broadcast, with an EtherType. */
function findInHdlc(view: DataView, offset: number, end: number): Found {
  if (offset + 4 > end) return MALFORMED;
  const addressAndControl = view.getUint16(offset);
  const isCisco = addressAndControl === 0x0f00 || addressAndControl === 0x8f00;
  return isCisco ? findBehind(view, offset + 2, end) : findInPpp(view, offset, end);
}

function skipBsdHeader(view: DataView, offset: number, end: number): Found {
  if (offset + 4 > end) return MALFORMED;
  // The writer's byte order is not the file's when the file was converted: a family is a small number in one of them.
  const family = Math.min(view.getUint32(offset), view.getUint32(offset, true));
  return BSD_FAMILIES.has(family) ? offset + 4 : `address family ${family}`;
}
