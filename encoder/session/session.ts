import { authExtensionLength, writeAuthPlaceholder } from '../../codecs/auth/index.js';

/** EXT_AUTH is the first extension of every datagram, right after the header of 12 bytes. */
export const AUTH_OFFSET = 12;
/** Byte offset of the TOI, 16 bits. */
const TOI_OFFSET = 10;

/** What the datagrams of one session have in common. */
export interface Session {
  /** Transport session identifier, 0..65,535. */
  readonly tsi: number;
  /** Depth of the batch tree, 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** Largest IP packet in bytes. */
  readonly mtu: number;
  /** Bytes of IP and UDP headers. */
  readonly packetOverhead: number;
}

/** Sizes of the TSI and TOI fields in our headers, in bytes. */
export const SHORT_IDENTIFIERS = { tsiLength: 2, toiLength: 2 } as const;

/** EXT_AUTH with zeroes for siblings and signature. */
export function blankAuth({ authDepth }: Session): Uint8Array {
  const extension = new Uint8Array(authExtensionLength(authDepth));
  writeAuthPlaceholder(extension, 0, authDepth, 0);
  return extension;
}

/** True for a datagram of the file delivery table: TOI 0. */
export function isFdtDatagram(datagram: Uint8Array): boolean {
  return datagram[TOI_OFFSET] === 0 && datagram[TOI_OFFSET + 1] === 0;
}

/** TOIs have 16 bits, and 0 is the table's. */
const LAST_TOI = 0xffff;
/** FDT instance IDs have 20 bits. */
const FDT_INSTANCES = 2 ** 20;

/** The object identifier of an edition: another one for each, until they begin again after 65,535. */
export function toiOf(sequence: number): number {
  return ((sequence - 1) % LAST_TOI) + 1;
}

/** The FDT instance ID of an edition. */
export function instanceIdOf(sequence: number): number {
  return sequence % FDT_INSTANCES;
}
