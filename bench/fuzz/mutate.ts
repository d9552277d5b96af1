import { concatBytes } from '../../codecs/bytes.js';
import type { Prng } from '../../fixtures/prng.js';

/** Bytes of an input, at most, unless its target makes larger ones itself. */
const MAX_INPUT_BYTES = 1 << 16;
/** Numbers at which programs go wrong. */
const EDGES = [0, 1, 2, 4, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const WIDTHS = [1, 2, 4, 8];

type Mutation = (
  input: Uint8Array,
  prng: Prng,
  other: Uint8Array,
  words: readonly Uint8Array[],
) => Uint8Array;

/** Bytes at a place are replaced by others; one of the lengths may be 0. */
function splice(input: Uint8Array, at: number, length: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(input.subarray(0, at), bytes, input.subarray(Math.min(input.length, at + length)));
}

function overwrite(input: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const changed = input.slice();
  changed.set(bytes.subarray(0, Math.max(0, input.length - at)), Math.min(at, input.length));
  return changed;
}

const place = (input: Uint8Array, prng: Prng) => prng.below(input.length + 1);
/** Mostly short, sometimes up to the whole. */
const extent = (most: number, prng: Prng) =>
  Math.min(most, prng.chance(0.7) ? 1 + prng.below(8) : 1 + prng.below(Math.max(1, most)));

function number(prng: Prng): Uint8Array {
  const bytes = new Uint8Array(WIDTHS[prng.below(WIDTHS.length)]!);
  const value = EDGES[prng.below(EDGES.length)]! + (prng.chance(0.3) ? prng.below(3) - 1 : 0);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value));
  bytes.set(new Uint8Array(view.buffer, 8 - bytes.length));
  return prng.chance(0.5) ? bytes : bytes.reverse();
}

const MUTATIONS: readonly Mutation[] = [
  // a bit, a byte, a number
  (input, prng) => {
    if (input.length === 0) return prng.bytes(1);
    const changed = input.slice();
    changed[prng.below(input.length)]! ^= 1 << prng.below(8);
    return changed;
  },
  (input, prng) => overwrite(input, place(input, prng), prng.bytes(extent(8, prng))),
  (input, prng) => {
    if (input.length === 0) return number(prng);
    const changed = input.slice();
    changed[prng.below(input.length)]! += prng.below(33) - 16;
    return changed;
  },
  (input, prng) => overwrite(input, place(input, prng), number(prng)),
  // less, more
  (input, prng) => input.slice(0, place(input, prng)),
  (input, prng) => splice(input, place(input, prng), extent(input.length, prng), new Uint8Array(0)),
  (input, prng) => splice(input, place(input, prng), 0, prng.bytes(extent(64, prng))),
  (input, prng) => {
    const at = place(input, prng);
    return splice(input, place(input, prng), 0, input.subarray(at, at + extent(input.length - at, prng)));
  },
  (input, prng) => {
    const at = place(input, prng);
    const repeated = input.subarray(at, at + extent(8, prng));
    return splice(input, at, 0, concatBytes(...Array.from({ length: 1 + prng.below(40) }, () => repeated)));
  },
  // of another input
  (input, prng, other) =>
    concatBytes(input.subarray(0, place(input, prng)), other.subarray(place(other, prng))),
  (input, prng, other) => {
    const at = place(other, prng);
    const taken = other.subarray(at, at + extent(other.length - at, prng));
    return splice(input, place(input, prng), prng.chance(0.5) ? taken.length : 0, taken);
  },
  // words
  (input, prng, _, words) =>
    splice(input, place(input, prng), prng.chance(0.5) ? extent(8, prng) : 0, word(words, prng)),
  (input, prng, _, words) => overwrite(input, place(input, prng), word(words, prng)),
];

function word(words: readonly Uint8Array[], prng: Prng): Uint8Array {
  return words.length === 0 ? number(prng) : words[prng.below(words.length)]!;
}

/** An input with one to some mutations of its bytes. */
export function mutateBytes(
  input: Uint8Array,
  prng: Prng,
  other: Uint8Array,
  words: readonly Uint8Array[] = [],
): Uint8Array {
  let changed = input;
  for (let left = Math.min(16, prng.geometric(2)); left > 0; left--) {
    changed = MUTATIONS[prng.below(MUTATIONS.length)]!(changed, prng, other, words);
  }
  return changed.length > MAX_INPUT_BYTES ? changed.slice(0, MAX_INPUT_BYTES) : changed;
}
