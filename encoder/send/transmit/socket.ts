import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import {
  isMulticast,
  type MulticastInterface,
  missingInterface,
  parseAddress,
} from '../../../codecs/net/index.js';
import { followInterface } from '../../../codecs/node/network/follow-interface.js';
import { interfaceNow, type NetworkInterface, socketFor } from '../../../codecs/node/network/interface.js';
import { EncodeError } from '../../error.js';
import type { Destination } from '../../session/destination.js';

export interface SocketOptions {
  readonly destination: Destination;
  /**
   * Name of the network interface that sends to a multicast group or a link-local address, or its address, with a zone or
   * not; chosen by the routes unless given.
   */
  readonly iface?: string | undefined;
  /** Time to live, or hop limit, 1..255; that of the system unless given, which is 1 for multicast. */
  readonly ttl?: number | undefined;
  /** Called when the operating system does not take a datagram; sending goes on. */
  onError(error: Error): void;
  /** Called when that interface has gone away, and when it is back and sends again. */
  onInterface?(isThere: boolean): void;
}

/** Where datagrams go. */
export interface DatagramSocket {
  /** @param onSent called when the memory of the datagram is not read any more */
  send(datagram: Uint8Array, onSent?: () => void): void;
  /** Fulfilled when everything has been handed to the operating system. */
  close(): Promise<void>;
}

/** Bytes that the operating system may hold for us: several bursts. */
const SEND_BUFFER = 1024 * 1024;

/**
 * Opens a UDP socket for a unicast or multicast destination.
 *
 * @throws EncodeError when the interface does not exist, or is given for a destination that has no use for it, or an error
 *   of the operating system
 */
export async function openSocket(options: SocketOptions): Promise<DatagramSocket> {
  const { destination, iface, ttl, onError, onInterface = () => {} } = options;
  const { address, port } = destination;
  if (iface !== undefined && !isMulticast(address) && !isLinkLocal(address)) {
    throw new EncodeError(
      `An interface (${iface}) belongs to a multicast group or a link-local address, and ${address} is none: ` +
        'leave --iface out, the routes decide.',
    );
  }
  const found = iface === undefined ? undefined : findInterface(iface, address);
  const target = found !== undefined && isLinkLocal(address) ? `${address}%${found.name}` : address;
  const socket = createSocket({ ...socketFor(address), sendBufferSize: SEND_BUFFER });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', onError);
  try {
    if (isMulticast(address)) prepareMulticast(socket, found, ttl);
    else if (ttl !== undefined) socket.setTTL(ttl);
  } catch (error) {
    socket.close();
    throw error;
  }
  const unfollow =
    found === undefined
      ? undefined
      : followInterface({
          first: found,
          look: () => interfaceNow(iface!, address),
          onGone: () => onInterface(false),
          onBack({ selector }) {
            // the kernel knows interfaces by numbers, and this one has another
            if (isMulticast(address)) socket.setMulticastInterface(selector);
            onInterface(true);
          },
        });
  let inFlight = 0;
  let onIdle: (() => void) | undefined;
  return {
    send(datagram, onSent) {
      inFlight++;
      socket.send(datagram, port, target, (error) => {
        inFlight--;
        if (error) onError(error);
        onSent?.();
        if (inFlight === 0) onIdle?.();
      });
    },
    async close() {
      unfollow?.();
      if (inFlight > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** fe80::/10: the same on every link, so that no route leads there (RFC 4291 section 2.5.6). */
export function isLinkLocal(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes.length === 16 && bytes[0] === 0xfe && bytes[1]! >> 6 === 0b10;
}

/** @throws EncodeError when there is none */
function findInterface(iface: string, address: string): NetworkInterface {
  const found = interfaceNow(iface, address);
  if (found === undefined) throw new EncodeError(missingInterface(iface, address, networkInterfaces()));
  return found;
}

function prepareMulticast(
  socket: Socket,
  found: MulticastInterface | undefined,
  ttl: number | undefined,
): void {
  if (ttl !== undefined) socket.setMulticastTTL(ttl);
  // a receiver on the same machine hears it too
  socket.setMulticastLoopback(true);
  if (found !== undefined) socket.setMulticastInterface(found.selector);
}
