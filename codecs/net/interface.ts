import { canonicalAddress, isIpv6 } from './address.js';

/** The network interfaces of a machine by name, as `networkInterfaces()` of node:os gives them. */
export type NetworkInterfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;

interface InterfaceAddress {
  readonly address: string;
  /** Number of the interface, for a link-local address. */
  readonly scopeid?: number | undefined;
}

/** An interface by which a multicast group is joined or sent to. */
export interface MulticastInterface {
  readonly name: string;
  /** What the operating system is told: the address of the interface in IPv4, `::%name` in IPv6. */
  readonly selector: string;
}

/**
 * Finds the interface that is called so, or has an address of the group's family. The name or the number of the interface may follow a
 * link-local address as its zone, as in `fe80::1%eth0` (RFC 4007 section 11), since several may have the same one.
 */
export function findMulticastInterface(
  iface: string,
  group: string,
  interfaces: NetworkInterfaces,
): MulticastInterface | undefined {
  const named = Object.hasOwn(interfaces, iface) ? interfaces[iface] : undefined;
  if (named !== undefined) {
    const own = named.find((each) => isIpv6(each.address) === isIpv6(group));
    return own && { name: iface, selector: isIpv6(group) ? `::%${iface}` : own.address };
  }
  const [address = '', zone] = iface.split('%', 2);
  const wanted = canonicalAddress(address);
  if (wanted === undefined || isIpv6(wanted) !== isIpv6(group)) return undefined;
  for (const [name, held = []] of Object.entries(interfaces)) {
    const found = held.find((each) => canonicalAddress(each.address) === wanted);
    if (found === undefined) continue;
    if (zone !== undefined && zone !== name && zone !== String(found.scopeid)) continue;
    return { name, selector: isIpv6(wanted) ? `::%${name}` : wanted };
  }
  return undefined;
}

/** True for the name of an interface, false for an address of one. */
export function isInterfaceName(iface: string): boolean {
  return canonicalAddress(iface.split('%')[0]!) === undefined;
}

/** Says that no interface has the address or the name, and which addresses of the group's family there are. */
export function missingInterface(iface: string, group: string, interfaces: NetworkInterfaces): string {
  const family = isIpv6(group) ? 'IPv6' : 'IPv4';
  const known = addressesLike(group, interfaces);
  if (Object.hasOwn(interfaces, iface)) {
    return `The network interface ${iface} has no ${family} address, and the group ${group} needs one. Addresses here are: ${known}.`;
  }
  const what = isInterfaceName(iface) ? 'is called' : `has the ${family} address`;
  return `No network interface that is up ${what} ${iface}. Addresses here are: ${known}.`;
}

/** The addresses of the interfaces that are of the same family as another, for people. */
export function addressesLike(like: string, interfaces: NetworkInterfaces): string {
  const all = Object.entries(interfaces).flatMap(([name, held = []]) =>
    held
      .filter(({ address }) => isIpv6(address) === isIpv6(like))
      .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : `${address} (${name})`)),
  );
  return all.join(', ') || 'none';
}
