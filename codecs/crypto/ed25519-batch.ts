/** Many Ed25519 signatures of one key in JavaScript, at about a sixth of the time that each by itself takes. */

import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { concatBytes } from '../bytes.js';
import { isVerifiable } from './crypto.js';
import { nobleCrypto } from './noble.js';

/** A message and what is said to be its signature, 64 bytes. */
export interface SignedMessage {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** A signature, read: R, S and k of RFC 8032 section 5.1.7. */
interface Claim {
  readonly index: number;
  readonly r: Point;
  readonly s: bigint;
  readonly k: bigint;
}

/** The order of the group, RFC 8032 section 5.1. */
const ORDER = Point.CURVE().n;
/** As few are checked one by one. */
const FEW = 4;
/** Groups that one which fails is divided into. */
const DIVISION = 4;
/** Bytes of the random factors: a signature that is wrong passes with a probability of 2^-128. */
const FACTOR_BYTES = 16;

/**
 * For each signature what checking it by itself says (strict points, S < L, and the equation multiplied by the cofactor 8). A
 * random combination of the equations holds when all of them do; where it does not, smaller groups are checked, and few
 * signatures one by one.
 */
export function verifySignatures(publicKey: Uint8Array, signed: readonly SignedMessage[]): boolean[] {
  const good = signed.map(() => false);
  const key = pointOf(publicKey);
  if (key === undefined) return good;
  const claims = signed.flatMap((each, index) => readClaim(publicKey, each, index) ?? []);

  function check(group: readonly Claim[]): void {
    if (group.length <= FEW) {
      for (const { index } of group) {
        const { message, signature } = signed[index]!;
        good[index] = nobleCrypto.ed25519Verify(publicKey, message, signature) as boolean;
      }
    } else if (holds(key!, group)) {
      for (const { index } of group) good[index] = true;
    } else {
      const length = Math.ceil(group.length / DIVISION);
      for (let at = 0; at < group.length; at += length) check(group.slice(at, at + length));
    }
  }

  check(claims);
  return good;
}

/** Undefined when no key could have made it. */
function readClaim(
  publicKey: Uint8Array,
  { message, signature }: SignedMessage,
  index: number,
): Claim | undefined {
  if (!isVerifiable(publicKey, signature)) return undefined;
  const r = pointOf(signature.subarray(0, 32));
  const s = littleEndian(signature.subarray(32));
  if (r === undefined || s >= ORDER) return undefined;
  const k = littleEndian(sha512(concatBytes(signature.subarray(0, 32), publicKey, message))) % ORDER;
  return { index, r, s, k };
}

/** [8](sum z R + [sum z k]A - [sum z s]B) = 0, with a random z for each signature. */
function holds(key: Point, group: readonly Claim[]): boolean {
  const factors = group.map(() => randomBytes(FACTOR_BYTES));
  let ofKey = 0n;
  let ofBase = 0n;
  for (const [i, { s, k }] of group.entries()) {
    const factor = littleEndian(factors[i]!);
    ofKey += factor * k;
    ofBase += factor * s;
  }
  const points = group.map(({ r }) => r);
  return sumOfMultiples(points, factors)
    .add(key.multiply(ofKey % ORDER, false))
    .subtract(Point.BASE.multiply(ofBase % ORDER, false))
    .clearCofactor()
    .is0();
}

const DIGITS = 2 * FACTOR_BYTES;

/** Each point times its factor, little-endian: Pippenger's method with digits of four bits. */
function sumOfMultiples(points: readonly Point[], factors: readonly Uint8Array[]): Point {
  let sum = Point.ZERO;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    for (let bit = 0; bit < 4; bit++) sum = sum.double();
    const buckets: (Point | undefined)[] = Array(16);
    for (const [i, point] of points.entries()) {
      const value = (factors[i]![digit >> 1]! >> (4 * (digit & 1))) & 15;
      buckets[value] = buckets[value]?.add(point) ?? point;
    }
    let higher = Point.ZERO;
    for (let value = 15; value > 0; value--) {
      const bucket = buckets[value];
      if (bucket !== undefined) higher = higher.add(bucket);
      sum = sum.add(higher);
    }
  }
  return sum;
}

function pointOf(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = bytes.length - 8; at >= 0; at -= 8) value = (value << 64n) + view.getBigUint64(at, true);
  return value;
}
