import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { Selection } from '../content/exclusion.js';
import type { UplinkKeys } from '../keys/keys.js';
import type { OnProgress } from '../progress.js';
import type { FecName } from '../session/blocks.js';
import type { Destination } from '../session/destination.js';
import type { FluteVersion } from '../session/fdt.js';
import type { RepairGoal } from '../session/repair.js';
import type { StreamOptions } from '../transport-stream/service.js';
import type { Order } from './schedule/order.js';

export interface EncodeOptions extends Selection {
  /** What receivers call an edition that is signed here; by default as the directory or file. */
  readonly name?: string | undefined;
  readonly keys: UplinkKeys;
  /** Hashes, and signs the object; datagrams are signed by node:crypto in any thread. */
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly fec: FecName;
  /** Ignored without a code. */
  readonly repair: RepairGoal;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** Bytes of the largest IP packet, or of the largest datagram of a television service, which has no IP packets. */
  readonly mtu: number;
  readonly destination: Destination;
  /** Ethernet address that frames of a pcap recording go to; by default that of the group, or broadcast. */
  readonly mac?: string | undefined;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** Of an edition that is signed here, 1..2^32-1; receivers refuse a lower one than they have seen. */
  readonly sequence?: number | undefined;
  readonly fluteVersion: FluteVersion;
  /** Globs for the paths of the files that a reader is to have first; by default the small ones of the root. */
  readonly first?: readonly string[] | undefined;
  readonly order: Order;
  /** Bits per second of IP packets, or of datagrams of a television service. */
  readonly rate: number;
  /** Unix time in milliseconds at which the transmission begins. */
  readonly now: number;
  /** Writes an MPEG transport stream instead of a pcap file. */
  readonly stream?: StreamOptions;
  /** Told a sentence about what receivers may not take. */
  onWarning?(sentence: string): void;
  readonly onProgress: OnProgress;
  /** Threads that compress, code and sign, 1 unless given; the recording is the same with any number. */
  readonly jobs?: number;
  /** Aborted when the recording is no longer wanted: `encode` throws its reason. */
  readonly interrupted?: AbortSignal;
}
