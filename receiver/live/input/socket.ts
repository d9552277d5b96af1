import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  addressesLike,
  formatSocketAddress,
  isGroupOfLink,
  isIpv6,
  isMulticast,
  type MulticastInterface,
  missingInterface,
  type SocketAddress,
} from '../../../codecs/net/index.js';
import {
  interfaceNow,
  type NetworkInterface,
  routedInterface,
} from '../../../codecs/node/network/interface.js';
import { ReceiveError } from '../../error.js';

export interface SocketOptions {
  /** An address of this machine or of a multicast group; port 0 lets the system choose one. */
  readonly listenAt: SocketAddress;
  /** Name of the network interface that joins the group, or its address, with a zone or not; chosen by the routes unless given. */
  readonly iface?: string | undefined;
  /** The only sender of the group that is heard (RFC 4607). */
  readonly source?: string | undefined;
  /** Bytes that the kernel shall hold when this process is busy. */
  readonly bufferBytes?: number | undefined;
}

/** A socket that hears datagrams. */
export interface ListeningSocket {
  /** As asked for, with the port that the system chose. */
  readonly listensAt: SocketAddress;
  /** Bytes that the kernel holds for it, as `SO_RCVBUF` counts them. */
  readonly bufferBytes: number;
  /** That joined a group; undefined where it is not known, and for an address of this machine. */
  readonly joinedBy: NetworkInterface | undefined;
  close(): Promise<void>;
}

/** Most of a second at 100 Mbit/s: the kernel counts about 2.3 kB for a datagram of 1.5 kB, and doubles this number. */
export const WANTED_BUFFER = 8 * 2 ** 20;

/**
 * Opens a UDP socket at an address of this machine, or joins a multicast group.
 *
 * @param take gets each datagram, in memory of its own, and who sent it
 * @param onError called when the operating system reports an error later on; listening goes on
 * @throws ReceiveError when that cannot be
 */
export async function openListeningSocket(
  options: SocketOptions,
  take: (datagram: Uint8Array, from: RemoteInfo) => void,
  onError: (error: Error) => void,
): Promise<ListeningSocket> {
  const { listenAt, bufferBytes = WANTED_BUFFER } = options;
  const { address, port } = listenAt;
  const multicast = isMulticast(address);
  requireFitting(options, multicast);
  const iface = multicast ? await joiningInterface(options) : undefined;
  const type = isIpv6(address) ? 'udp6' : 'udp4';
  // other receivers on this machine may hear the same group; an address of the machine is for one
  const socket = createSocket({ type, reuseAddr: multicast, recvBufferSize: bufferBytes });
  try {
    await bind(socket, listenAt, iface);
    if (multicast) join(socket, options, options.iface === undefined ? undefined : iface);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', take);
  socket.on('error', onError);
  return {
    listensAt: { address, port: port === 0 ? (socket.address() as AddressInfo).port : port },
    bufferBytes: grantedBuffer(socket),
    joinedBy: iface,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

/** Linux doubles the number it is given and reports the double (socket(7)). */
function grantedBuffer(socket: Socket): number {
  return socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
}

/** The largest receive buffer that the kernel gives; undefined where it does not say. */
export function kernelBufferLimit(): number | undefined {
  try {
    return Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/;

function requireFitting({ listenAt, iface, source }: SocketOptions, multicast: boolean): void {
  const { address, port } = listenAt;
  if (source !== undefined && !multicast) {
    throw new ReceiveError(
      `--source belongs to a multicast group, and ${address} is none: leave it out, or give a group such as 232.1.2.3.`,
    );
  }
  if (source !== undefined && isIpv6(source) !== isIpv6(address)) {
    throw new ReceiveError(
      `Give --source as an ${isIpv6(address) ? 'IPv6' : 'IPv4'} address, as ${address} is one.`,
    );
  }
  if (iface !== undefined && !multicast) {
    throw new ReceiveError(
      `--iface belongs to a multicast group, and ${address} is none: an address of this machine has its interface.`,
    );
  }
  if (isIpv6(address) && LINK_LOCAL.test(address)) {
    const anywhere = formatSocketAddress({ address: '::', port });
    throw new ReceiveError(
      `${address} is an address of one link, which cannot be named here: listen at ${anywhere}, which hears it too.`,
    );
  }
  if (iface === undefined && isGroupOfLink(address)) {
    throw new ReceiveError(
      `The group ${address} is a different one on each link: name the interface that joins with --iface (${addresses(address)}).`,
    );
  }
}

/** The interface that joins, or would join, a group now; undefined: there is none. */
export function joiningInterfaceNow({
  iface,
  listenAt: { address },
}: SocketOptions): Promise<NetworkInterface | undefined> {
  return iface === undefined ? routedInterface(address) : Promise.resolve(interfaceNow(iface, address));
}

async function joiningInterface(options: SocketOptions): Promise<NetworkInterface | undefined> {
  const { iface, listenAt } = options;
  const found = await joiningInterfaceNow(options);
  if (found !== undefined || iface === undefined) return found;
  throw new ReceiveError(missingInterface(iface, listenAt.address, networkInterfaces()));
}

/** A socket bound to the group hears no other group of the same port. Windows cannot do that. */
async function bind(socket: Socket, at: SocketAddress, iface: MulticastInterface | undefined): Promise<void> {
  const anywhere = process.platform === 'win32' && isMulticast(at.address);
  // a group of a link is bound to with its zone (RFC 4007 section 11)
  const address = iface && isGroupOfLink(at.address) ? `${at.address}%${iface.name}` : at.address;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port: at.port, ...(!anywhere && { address }), exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new ReceiveError(bindProblem(error as NodeJS.ErrnoException, at));
  }
}

function bindProblem({ code, message }: NodeJS.ErrnoException, at: SocketAddress): string {
  const address = formatSocketAddress(at);
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens at ${address} already: end it, or choose another port.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${at.address}: give one of its own (${addresses(at.address)}) or a multicast group.`;
    case 'EACCES':
    case 'EPERM':
      return `This user may not listen at ${address}: ports below 1024 need privileges, and a firewall may refuse others.`;
    default:
      return `Listening at ${address} failed: ${message}.`;
  }
}

function join(
  socket: Socket,
  { listenAt: { address }, iface, source }: SocketOptions,
  by: MulticastInterface | undefined,
): void {
  try {
    if (source === undefined) socket.addMembership(address, by?.selector);
    else socket.addSourceSpecificMembership(source, address, by?.selector);
  } catch (error) {
    throw new ReceiveError(joinProblem(error as NodeJS.ErrnoException, address, iface));
  }
}

function joinProblem(
  { code, message }: NodeJS.ErrnoException,
  group: string,
  iface: string | undefined,
): string {
  switch (code) {
    case 'ENODEV':
    case 'EADDRNOTAVAIL':
      return iface === undefined
        ? `No network interface has a route to the group ${group}: name the interface that joins with --iface (${addresses(group)}).`
        : `The interface with the address ${iface} cannot join the group ${group}: perhaps it has no multicast.`;
    case 'ENOBUFS':
      return `The kernel does not join more groups: raise net.ipv4.igmp_max_memberships.`;
    case 'EACCES':
    case 'EPERM':
      return `This user may not join the group ${group}.`;
    default:
      return `Joining the group ${group} failed: ${message}.`;
  }
}

/** Addresses of this machine, of the same family. */
const addresses = (like: string) => addressesLike(like, networkInterfaces());
