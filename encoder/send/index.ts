/** Live operation: bundles go on the air as a paced carousel of signed datagrams. */

export type { Channel, ChannelBundle, Link } from './channel.js';
export { ChannelFileError, parseChannelFile } from './channel-file.js';
export { type Clock, systemClock } from './clock.js';
export type { OnUplinkEvent, UplinkEvent } from './events.js';
export { defaultBurst } from './pacer.js';
export { packInThread } from './pack-thread.js';
export type { Shard } from './shard.js';
export { openState, type StateStore } from './state.js';
export { startTransmitThread } from './transmit-thread.js';
export type { TransmitStats, Transmitter } from './transmitter.js';
export { createUplink, type Uplink } from './uplink.js';
export type { UplinkOptions, UplinkStatus } from './uplink-options.js';
