/** Forms in which set-top boxes and tuners write what they receive. */

import type { Prng } from '../channel/index.js';
import { packetsOf } from './recorders.js';

const PACKET = 188;
/** Bytes of a header of the maker's. */
const HEADER_BYTES = 1 << 20;
/** Packets between two index blocks, and bytes of one. */
const INDEX_EVERY = 5000;
const INDEX_BYTES = 4096 + 57;
const OTHER_PIDS = [0x200, 0x201, 0x300, 0x301];

/** Packets with a time of four bytes before each (.m2ts), or 16 bytes of parity behind each. */
export function padPackets(stream: Uint8Array, before: number, behind: number, prng: Prng): Uint8Array {
  return Buffer.concat(
    packetsOf(stream).flatMap((packet) => [prng.bytes(before), packet, prng.bytes(behind)]),
  );
}

/** The whole multiplex: the packets of two other programmes between those of ours. */
export function withOtherProgrammes(stream: Uint8Array, prng: Prng): Uint8Array {
  const counters = new Map<number, number>();
  const other = () => {
    const pid = OTHER_PIDS[prng.below(OTHER_PIDS.length)]!;
    const counter = ((counters.get(pid) ?? 0) + 1) & 0x0f;
    counters.set(pid, counter);
    const packet = prng.bytes(PACKET);
    packet.set([0x47, pid >> 8, pid & 0xff, 0x10 | counter]);
    return packet;
  };
  return Buffer.concat(packetsOf(stream).flatMap((packet) => [other(), packet, other()]));
}

export function losePackets(stream: Uint8Array, loss: number, prng: Prng): Uint8Array {
  return Buffer.concat(packetsOf(stream).filter(() => !prng.chance(loss)));
}

/** Pieces as a box writes them: cut at odd bytes, a header of the maker's before each, index blocks between, in another order. */
export function cutInPieces(stream: Uint8Array, pieces: number, prng: Prng): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += INDEX_EVERY * PACKET) {
    blocks.push(stream.subarray(at, at + INDEX_EVERY * PACKET), prng.bytes(INDEX_BYTES));
  }
  const whole = Buffer.concat(blocks);
  const size = Math.floor(whole.length / pieces) + 13;
  const cut = Array.from({ length: pieces }, (_, i) =>
    Buffer.concat([prng.bytes(HEADER_BYTES), whole.subarray(i * size, (i + 1) * size)]),
  );
  return [...cut.slice(1), cut[0]!];
}
