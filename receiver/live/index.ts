/** Reception from the network: `datacast-receive listen`. */
export type { ListenEvent } from './events.js';
export { kernelDrops } from './input/kernel-drops.js';
export { type ListeningSocket, openListeningSocket, type SocketOptions } from './input/socket.js';
export { listenCommand } from './listen-command.js';
