/** Reception from the network: `datacast-receive listen`. */
export { formatListenAddress, isIpv6, type ListenAddress, parseListenAddress } from './address.js';
export type { ListenEvent } from './events.js';
export { kernelDrops } from './kernel-drops.js';
export { listenCommand } from './listen-command.js';
export { type ListeningSocket, openListeningSocket, type SocketOptions } from './socket.js';
