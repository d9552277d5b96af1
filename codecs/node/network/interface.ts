import { createSocket, type SocketOptions } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import {
  canonicalAddress,
  findMulticastInterface,
  isIpv6,
  type MulticastInterface,
} from '../../net/index.js';

/** A network interface that is up. One that was taken away and put back has another number. */
export interface NetworkInterface extends MulticastInterface {
  /** Number of the system; undefined where it does not say. */
  readonly index: number | undefined;
}

/** The interface that is called so or has the address, for a group of one family; undefined while it is not there or down. */
export function interfaceNow(iface: string, group: string): NetworkInterface | undefined {
  const found = findMulticastInterface(iface, group, networkInterfaces());
  return found && { ...found, index: linkNumber(found.name, 'ifindex') };
}

/** Bytes of the largest packet that a link takes; undefined where the system does not say. */
export function linkMtu(name: string): number | undefined {
  return linkNumber(name, 'mtu');
}

/** The interface by which packets to an address leave, as the routes are now; undefined: no route, or it is down. */
export async function routedInterface(address: string): Promise<NetworkInterface | undefined> {
  const local = await localAddress(address);
  if (local === undefined) return undefined;
  for (const [name, held = []] of Object.entries(networkInterfaces())) {
    if (!held.some((each) => canonicalAddress(each.address) === local)) continue;
    const selector = isIpv6(address) ? `::%${name}` : local;
    return { name, selector, index: linkNumber(name, 'ifindex') };
  }
  return undefined;
}

/** A free port of our own choice matters to nobody: connecting a UDP socket sends nothing. */
const DISCARD_PORT = 9;

/** What the kernel puts into packets to an address as their source. */
async function localAddress(address: string): Promise<string | undefined> {
  const socket = createSocket(socketFor(address));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(DISCARD_PORT, address, resolve as () => void);
      socket.once('connect', resolve);
    });
    return canonicalAddress(socket.address().address.split('%')[0]!);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** For a socket that sends to an address: it is one already, and nothing is to be looked up. */
export function socketFor(address: string): SocketOptions {
  const family = isIpv6(address) ? 6 : 4;
  const lookup = (host: string, _: unknown, found: (e: null, host: string, family: number) => void) =>
    found(null, host, family);
  return { type: `udp${family}`, lookup: lookup as never };
}

/** A number of sysfs(5). */
function linkNumber(name: string, file: 'ifindex' | 'mtu'): number | undefined {
  try {
    return Number.parseInt(readFileSync(`/sys/class/net/${name}/${file}`, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
