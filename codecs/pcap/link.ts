import { LinkType } from './format.js';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad and the older number for stacked tags. */
const VLAN_TAGS = new Set([0x8100, 0x88a8, 0x9100]);
const MAX_VLAN_TAGS = 4;

/** Address families of BSD loopback headers: AF_INET, and AF_INET6 as NetBSD, FreeBSD and Darwin number it. */
const BSD_FAMILIES = new Set([2, 24, 28, 30]);

/** Finds where the IP packet of a frame begins; undefined when the frame carries none. */
export type FindIp = (view: DataView, offset: number, end: number) => number | undefined;

/** How the frames of a link type carry IP packets; undefined for a link type that is not read here. */
export function linkLayer(linkType: number): FindIp | undefined {
  switch (linkType) {
    case LinkType.ethernet:
      return (view, offset, end) => skipEthertype(view, offset + 12, end);
    case LinkType.raw:
    case LinkType.rawBsd:
    case LinkType.ipv4:
    case LinkType.ipv6:
      return (_view, offset) => offset;
    case LinkType.linuxCooked:
      return (view, offset, end) => skipEthertype(view, offset + 14, end);
    case LinkType.linuxCooked2:
      return (view, offset, end) =>
        offset + 20 <= end && isIp(view.getUint16(offset)) ? offset + 20 : undefined;
    case LinkType.null:
      return skipBsdHeader;
    default:
      return undefined;
  }
}

function isIp(ethertype: number): boolean {
  return ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6;
}

/** Steps over VLAN tags and the EtherType at `offset`. */
function skipEthertype(view: DataView, offset: number, end: number): number | undefined {
  for (let tags = 0, at = offset; tags <= MAX_VLAN_TAGS && at + 2 <= end; tags++, at += 4) {
    const ethertype = view.getUint16(at);
    if (isIp(ethertype)) return at + 2;
    if (!VLAN_TAGS.has(ethertype)) return undefined;
  }
  return undefined;
}

function skipBsdHeader(view: DataView, offset: number, end: number): number | undefined {
  if (offset + 4 > end) return undefined;
  // The writer's byte order is not the file's when the file was converted: a family is a small number in one of them.
  const family = Math.min(view.getUint32(offset), view.getUint32(offset, true));
  return BSD_FAMILIES.has(family) ? offset + 4 : undefined;
}
