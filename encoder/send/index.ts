/** Live operation: bundles go on the air as a paced carousel of signed datagrams. */

export type { Shard } from './carousel/shard.js';
export type { Channel, ChannelBundle, Link } from './channel/channel.js';
export { ChannelFileError, parseChannelFile } from './channel/channel-file.js';
export { packInThread } from './content/pack-thread.js';
export type { OnUplinkEvent, UplinkEvent } from './monitoring/events.js';
export { openState, type StateStore } from './state/state.js';
export { type Clock, systemClock } from './transmit/clock.js';
export { defaultBurst } from './transmit/pacer.js';
export { startTransmitThread } from './transmit/transmit-thread.js';
export type { TransmitStats, Transmitter } from './transmit/transmitter.js';
export { createUplink, type Uplink } from './uplink.js';
export type { UplinkOptions, UplinkStatus } from './uplink-options.js';
