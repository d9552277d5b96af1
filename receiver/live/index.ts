/** Reception from the network: `datacast-receive listen`. */
export type { ListenEvent } from './events.js';
export { kernelDrops } from './kernel-drops.js';
export { listenCommand } from './listen-command.js';
export { type ListeningSocket, openListeningSocket, type SocketOptions } from './socket.js';
