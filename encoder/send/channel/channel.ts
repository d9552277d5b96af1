import type { Selection } from '../../content/exclusion.js';
import { DEFAULT_LEVEL } from '../../content/level.js';
import type { Destination } from '../../session/destination.js';
import type { RepairGoal } from '../../session/repair.js';
import type { StreamDestination } from '../../transport-stream/destination.js';
import type { ServiceArguments } from '../../transport-stream/options.js';
import type { Order } from '../carousel/order.js';
import type { Rules } from '../multiplex/timetable.js';

/** A bundle of a channel. Durations are milliseconds. */
export interface ChannelBundle extends Selection {
  /** For receivers; no two alike in a channel. */
  readonly name: string;
  /** Directory or file. */
  readonly path: string;
  /** The program begins although the content is not there, or cannot be packed yet. */
  readonly optional?: boolean | undefined;
  /** Airtime in proportion to the size, times this; above 0. */
  readonly weight: number;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** Patterns of the files that a reader opens first. */
  readonly first?: readonly string[] | undefined;
  readonly order: Order;
  /** Milliseconds within which index and front come again. */
  readonly frontInterval: number;
  /** Repair symbols of a pass. */
  readonly repair: RepairGoal;
  readonly rules: Rules;
  /** The programme of the transport stream that carries it, where there are several. */
  readonly programme?: ProgrammeShare | undefined;
}

/** A programme, and its part of the airtime in proportion to those of the others. */
export interface ProgrammeShare {
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
}

/** A transport stream that carries the datagrams. */
export interface StreamLink extends ServiceArguments {
  /** At least one. */
  readonly to: readonly StreamDestination[];
  readonly tsRate: number;
}

/** How datagrams leave; a change takes effect with the next start. */
export interface Link {
  /** Where datagrams go as they are; at least one of these and of those of the stream. */
  readonly destinations: readonly Destination[];
  readonly stream?: StreamLink | undefined;
  /** Address of the network interface, for multicast and link-local destinations. */
  readonly iface?: string | undefined;
  /** Time to live or hop limit, 1..255; that of the system unless given. */
  readonly ttl?: number | undefined;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** Bytes that may follow at once after a delay. */
  readonly burst?: number | undefined;
}

/** What is to be sent, where and how. */
export interface Channel {
  readonly link: Link;
  /** Bits per second of IP packets; what fills the transport stream unless given. */
  readonly rate: number | undefined;
  /** Milliseconds within which each table is sent again. */
  readonly tableInterval: number;
  /** Milliseconds between two looks at the content. */
  readonly watchInterval: number;
  /** Milliseconds that content must stay as it is before it becomes an edition. */
  readonly settle: number;
  readonly bundles: readonly ChannelBundle[];
}

export const CHANNEL_DEFAULTS = {
  mtu: 1500,
  authDepth: 0,
  tableInterval: 2000,
  watchInterval: 5000,
  settle: 5000,
  weight: 1,
  order: 'mixed',
  frontInterval: 30_000,
  level: DEFAULT_LEVEL,
  loss: 0.1,
} as const;
