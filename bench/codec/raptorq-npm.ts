/**
 * The npm package `raptorq` 1.7.24, an older build of the Rust crate, as a peer. It puts the ISI where RFC 6330
 * wants the ESI, so repair symbols are numbered K' - K higher than ours; the functions here speak wire ESIs.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildPacket, type Packet, parsePacket } from './raptorq-npm-packet.js';

interface PeerModule {
  initSync(module: BufferSource): unknown;
  Encoder: { with_defaults(data: Uint8Array, mtu: number): PeerEncoder };
  Decoder: { with_defaults(length: bigint, mtu: number): PeerDecoder };
}

interface PeerEncoder {
  encode(repairPerBlock: number): Uint8Array[];
  free(): void;
}

interface PeerDecoder {
  decode(packet: Uint8Array): Uint8Array | undefined;
  free(): void;
}

export interface PeerRaptorQ {
  /** All source and `repair` repair symbols of a one-block object; the symbol size is a multiple of 8. */
  encode(data: Uint8Array, symbolSize: number, repair: number): Packet[];
  /** Feeds symbols until the object is there; undefined when they do not suffice. */
  decode(length: number, symbolSize: number, packets: Iterable<Packet>): Uint8Array | undefined;
  /** The package's own objects, for timing. */
  readonly raw: PeerModule;
}

export async function loadPeer(): Promise<PeerRaptorQ> {
  const specifier = 'raptorq/raptorq.js';
  const raw = (await import(specifier)) as PeerModule;
  raw.initSync(readFileSync(createRequire(import.meta.url).resolve('raptorq/raptorq_bg.wasm')));
  return {
    raw,
    encode(data, symbolSize, repair) {
      const encoder = raw.Encoder.with_defaults(data, symbolSize);
      const symbols = Math.ceil(data.length / symbolSize);
      const packets = encoder.encode(repair).map((packet) => parsePacket(packet, symbols));
      encoder.free();
      return packets;
    },
    decode(length, symbolSize, packets) {
      const decoder = raw.Decoder.with_defaults(BigInt(length), symbolSize);
      const symbols = Math.ceil(length / symbolSize);
      try {
        for (const packet of packets) {
          const object = decoder.decode(buildPacket(packet, symbols));
          if (object) return object;
        }
        return undefined;
      } finally {
        decoder.free();
      }
    },
  };
}
