import { authExtensionLength, writeAuthPlaceholder } from '../../codecs/auth/index.js';
import { readUint } from '../../codecs/bytes.js';

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

/**
 * The object identifier of a transfer object: it follows from the digest, so that an object keeps it through editions,
 * restarts and uplinks.
 *
 * @param taken TOIs of other objects on the air: the next free one is given
 */
export function toiOf(sha256: Uint8Array, taken: ReadonlySet<number> = new Set()): number {
  let toi = (readUint(sha256, 0, 2) % LAST_TOI) + 1;
  for (let tries = 0; taken.has(toi) && tries < LAST_TOI; tries++) toi = (toi % LAST_TOI) + 1;
  return toi;
}
