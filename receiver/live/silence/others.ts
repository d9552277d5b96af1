import { createSocket } from 'node:dgram';
import { isIpv6, isMulticast, type SocketAddress } from '../../../codecs/net/index.js';
import type { OtherDatagrams } from './explain.js';

/** Senders that are named. */
const MAX_SENDERS = 3;

/** Hears what comes to a port for other addresses than a group, as far as this machine takes it. */
export interface OthersWatch {
  readonly heard: OtherDatagrams;
  close(): void;
}

/** Begins to hear; datagrams for the group itself are heard as well. */
export function hearOthers({ address, port }: SocketAddress): OthersWatch {
  const senders = new Set<string>();
  let datagrams = 0;
  const heard = () => ({ datagrams, senders: [...senders] });
  // an address of this machine is bound alone, and no port is shared with it
  if (!isMulticast(address)) return { heard: heard(), close: () => {} };
  const type = isIpv6(address) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, reuseAddr: true, ...(type === 'udp6' && { ipv6Only: true }) });
  let closed = false;
  const close = () => {
    if (!closed) socket.close();
    closed = true;
  };
  socket.on('error', close);
  socket.on('message', (_, sender) => {
    datagrams++;
    if (senders.size < MAX_SENDERS) senders.add(sender.address);
  });
  socket.bind({ port, exclusive: true });
  socket.unref();
  return {
    get heard() {
      return heard();
    },
    close,
  };
}
