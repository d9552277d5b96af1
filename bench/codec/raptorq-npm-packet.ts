/** The packets of the npm package `raptorq`: SBN (8 bits), ISI (24 bits), one symbol. */

import { systematicIndex } from '../../codecs/raptorq/index.js';

/** A symbol with its wire ESI. */
export interface Packet {
  readonly esi: number;
  readonly symbol: Uint8Array;
}

const PAYLOAD_ID = 4;

function padding(sourceSymbols: number): number {
  return systematicIndex(sourceSymbols).kPrime - sourceSymbols;
}

export function parsePacket(packet: Uint8Array, sourceSymbols: number): Packet {
  const isi = new DataView(packet.buffer, packet.byteOffset).getUint32(0) & 0xffffff;
  const esi = isi < sourceSymbols ? isi : isi - padding(sourceSymbols);
  return { esi, symbol: packet.subarray(PAYLOAD_ID) };
}

export function buildPacket({ esi, symbol }: Packet, sourceSymbols: number): Uint8Array {
  const packet = new Uint8Array(PAYLOAD_ID + symbol.length);
  new DataView(packet.buffer).setUint32(0, esi < sourceSymbols ? esi : esi + padding(sourceSymbols));
  packet.set(symbol, PAYLOAD_ID);
  return packet;
}
