/** The sender of `datacast send` in simulated time. */

import type { FecScheme, FecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { type AirObjects, createAirObjects } from '../../../encoder/send/carousel/air-object.js';
import type { Order } from '../../../encoder/send/carousel/order.js';
import { CHANNEL_DEFAULTS } from '../../../encoder/send/channel/channel.js';
import { createMultiplex } from '../../../encoder/send/multiplex/multiplex.js';
import { uplinkTables } from '../../../encoder/send/multiplex/table-options.js';
import { createReservations } from '../../../encoder/send/state/reservations.js';
import { ENCODING_ID } from '../../../encoder/session/blocks.js';
import type { PackedEdition } from './content.js';

/** Bytes of IP and UDP headers. */
export const PACKET_OVERHEAD = 28;
const BEGIN = Date.UTC(2026, 5, 1);

/** A datagram on the air. */
export interface SentDatagram {
  /** When all of it has left, in seconds since the beginning. */
  readonly time: number;
  readonly datagram: Uint8Array;
}

/** How an object is coded. */
export interface Coding {
  readonly sha256: string;
  /** K of each block. */
  readonly blocks: readonly number[];
  /** Bytes of an IP packet with one symbol: small objects have small symbols. */
  readonly packetBytes: number;
}

/** Bytes of the packets that bring each source symbol of an object once. */
export function sourceBytes({ blocks, packetBytes }: Coding): number {
  return packetBytes * blocks.reduce((sum, k) => sum + k, 0);
}

export interface VirtualSender {
  /** Of all objects that were on the air, by TOI. */
  readonly codings: ReadonlyMap<number, Coding>;
  /** Puts an edition on the air, now. */
  put(edition: PackedEdition): void;
  /** Without end: to be left by whoever takes them. */
  datagrams(): AsyncGenerator<SentDatagram>;
  close(): Promise<void>;
}

export interface VirtualSenderOptions {
  readonly keys: Keys;
  readonly schemes: FecSchemes;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Directory of the objects. */
  readonly objects: string;
  /** False: signatures and repair symbols are left blank, for those who only count them. */
  readonly isReal: boolean;
  readonly order?: Order;
  /** Turns that each block of an object has had before. */
  readonly turnOf?: (sha256: string) => number;
  /** Bytes of the largest IP packet. */
  readonly mtu?: number;
  /** 0..7: one signature for 2^authDepth datagrams. */
  readonly authDepth?: number;
}

/** The defaults are those of `datacast send`. */
export function createVirtualSender(options: VirtualSenderOptions): VirtualSender {
  const { keys, rate, objects, isReal, order = CHANNEL_DEFAULTS.order, turnOf = () => 0 } = options;
  let now = 0;
  const clock = {
    now: () => now,
    unix: () => BEGIN + now,
    async until(time: number) {
      now = Math.max(now, time);
    },
  };
  const { tsi } = keys.certificate;
  const { tableInterval, weight, frontInterval, loss } = CHANNEL_DEFAULTS;
  const { mtu = CHANNEL_DEFAULTS.mtu, authDepth = CHANNEL_DEFAULTS.authDepth } = options;
  const session = { tsi, authDepth, mtu, packetOverhead: PACKET_OVERHEAD };
  const crypto = isReal ? nodeCrypto : { ...nodeCrypto, ed25519Sign: () => new Uint8Array(64) };
  const schemes = isReal ? options.schemes : withoutRepair(options.schemes);
  // Nothing is to survive this process.
  const reservations = createReservations(
    async () => {},
    () => {},
  );
  const codings = new Map<number, Coding>();
  const air = noting(
    createAirObjects({
      session,
      schemes,
      reservations,
      turnOf,
      directory: objects,
      shard: { index: 0, count: 1 },
    }),
    codings,
  );
  const multiplex = createMultiplex({
    clock,
    session,
    rate,
    tableInterval,
    reservations,
    air,
    key: { seed: keys.uplinkSeed, tsi, depth: authDepth },
    onEvent() {},
    tables: uplinkTables(session, keys, crypto, options.schemes),
  });
  const settings = { weight, order, frontInterval, rules: {} };
  return {
    codings,
    put(edition) {
      multiplex.put({ name: edition.name, settings, repair: { kind: 'loss', loss } }, edition);
    },
    async *datagrams() {
      const stop = new AbortController();
      try {
        for await (const batch of multiplex.batches(stop.signal)) {
          for (const { datagram } of batch) {
            now += (8000 * (datagram.length + PACKET_OVERHEAD)) / rate;
            yield { time: now / 1000, datagram };
          }
        }
      } finally {
        stop.abort();
      }
    },
    close: () => multiplex.close(),
  };
}

/** Notes how the objects are coded that are taken. */
function noting(air: AirObjects, codings: Map<number, Coding>): AirObjects {
  return {
    ...air,
    take(kind, sha256, length) {
      const object = air.take(kind, sha256, length);
      const { blocks } = object.codingFor({ kind: 'fraction', fraction: 0 }, 1);
      codings.set(object.toi, {
        sha256,
        blocks: blocks.map(({ sourceSymbols }) => sourceSymbols),
        packetBytes: PACKET_OVERHEAD + object.datagramLength,
      });
      return object;
    },
  };
}

/** Coding takes most of the time, and its result is not looked at. */
function withoutRepair(schemes: FecSchemes): FecSchemes {
  const scheme = schemes.get(ENCODING_ID.raptorq)!;
  const blank: FecScheme = {
    ...scheme,
    createBlockEncoder: ({ symbolSize }) => ({
      symbol: () => new Uint8Array(symbolSize),
      symbols: (_, count, into) => into ?? new Uint8Array(count * symbolSize),
      free() {},
    }),
  };
  return new Map([...schemes, [blank.encodingId, blank]]);
}
