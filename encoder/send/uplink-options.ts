import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { UplinkKeys } from '../keys/keys.js';
import type { ConstantStream } from '../transport-stream/service.js';
import type { Shard } from './carousel/shard.js';
import type { Channel, Link } from './channel/channel.js';
import type { Packer } from './content/pack.js';
import type { OnUplinkEvent } from './monitoring/events.js';
import type { StandingProblem } from './monitoring/problems.js';
import type { FlowStatus } from './multiplex/flow-status.js';
import type { StateStore } from './state/state.js';
import type { Clock } from './transmit/clock.js';
import type { LiveStream } from './transmit/live-stream.js';
import type { Pace, TransmitStats, Transmitter } from './transmit/transmitter.js';

/** How a transmitter is to send. */
export interface TransmitterSetup extends Pick<Link, 'destinations' | 'iface' | 'ttl'>, Pace {
  readonly stream: LiveStream | undefined;
  /** Bytes of IP and UDP headers as the rate counts them. */
  readonly packetOverhead: number;
  /** The system does not take datagrams to a destination any more, and says so. */
  onRefused(message: string, to: string): void;
  /** It takes them again. */
  onTaken(to: string): void;
  /** The interface that sends to a destination has gone away, or has come back. */
  onInterface(isThere: boolean, to: string): void;
}

export interface UplinkOptions {
  readonly channel: Channel;
  /** Reads the channel anew when it may have changed; undefined when it has not. Without it nothing is watched. */
  readonly readChannel?: ((force: boolean) => Promise<Channel | undefined>) | undefined;
  /** False: each bundle is prepared once, and the session ends with the last pass. */
  readonly watch: boolean;
  readonly keys: UplinkKeys;
  /** Reads the key directory again: there may be another certificate. */
  readonly readKeys?: (() => Promise<UplinkKeys>) | undefined;
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly clock: Clock;
  readonly packer: Packer;
  readonly state: StateStore;
  /** Directory of the transfer objects. */
  readonly objects: string;
  readonly shard: Shard;
  /** The transport stream of the channel, made ready. */
  readonly stream?: ConstantStream | undefined;
  /** Sequence number of the first edition; chosen unless given. */
  readonly sequence?: number | undefined;
  openTransmitter(setup: TransmitterSetup): Promise<Transmitter>;
  readonly onEvent: OnUplinkEvent;
}

/** A moment of an uplink. */
export interface UplinkStatus {
  /** What datagrams are sent to, as the operator has named it. */
  readonly destinations: readonly string[];
  /** Transport session identifier. */
  readonly tsi: number;
  /** Bits per second of IP packets. */
  readonly rate: number;
  readonly flows: readonly FlowStatus[];
  readonly stats: TransmitStats;
  /** Datagrams of tables. */
  readonly tables: number;
  /** Bytes of IP packets that wait. */
  readonly queued: number;
  readonly packing: { readonly bundle: string; readonly done: number; readonly total: number } | undefined;
  /** Last second of the uplink certificate, Unix time. */
  readonly certificateEnd: number;
  /** Times the interface that sends came back. */
  readonly interfaceReturns: number;
  readonly problems: readonly StandingProblem[];
  /** Times the state could not be written. */
  readonly unsaved: number;
}
