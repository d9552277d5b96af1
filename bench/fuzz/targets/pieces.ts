/** Inputs that are sequences: pieces, each a kind of one byte, a length of two bytes, and its bytes. */

import { concatBytes, readUint, writeUint } from '../../../codecs/bytes.js';

export interface Piece {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** Of an input; what is beyond is left out. */
const MAX_PIECES = 300;

export function writePieces(pieces: readonly Piece[]): Uint8Array {
  return concatBytes(
    ...pieces.slice(0, MAX_PIECES).map(({ kind, bytes }) => {
      const piece = new Uint8Array(3 + bytes.length);
      piece[0] = kind;
      writeUint(piece, 1, 2, bytes.length);
      piece.set(bytes, 3);
      return piece;
    }),
  );
}

/** @param kinds how many there are: others stand for one of them */
export function readPieces(input: Uint8Array, kinds: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at + 3 <= input.length && pieces.length < MAX_PIECES; ) {
    const length = readUint(input, at + 1, 2);
    pieces.push({ kind: input[at]! % kinds, bytes: input.slice(at + 3, at + 3 + length) });
    at += 3 + length;
  }
  return pieces;
}
