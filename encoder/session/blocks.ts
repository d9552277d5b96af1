import type { NoCodeParameters, ObjectParameters, RaptorQParameters } from '../../codecs/fec/index.js';
import { MAX_SOURCE_SYMBOLS } from '../../codecs/raptorq/index.js';
import { EncodeError } from '../error.js';

/** The codes an object can be sent with. */
export type FecName = 'raptorq' | 'no-code';

/** FEC Encoding IDs. */
export const ENCODING_ID: Readonly<Record<FecName, number>> = { raptorq: 6, 'no-code': 0 };

/** Symbols are whole multiples of it (Al of RFC 6330 section 4.3). */
export const ALIGNMENT = 4;
/** Blocks of this size, 5.7 MB, code fast and keep the memory of weak receivers low. */
export const PREFERRED_BLOCK_SYMBOLS = 4096;
/** Source block numbers have 8 bits in RaptorQ, 16 in Compact No-Code; so have its symbols. */
const MAX_RAPTORQ_BLOCKS = 255;
const MAX_NO_CODE_BLOCKS = 65_536;
const MAX_NO_CODE_SYMBOLS = 65_536;
/** The encoding symbol length has 16 bits. */
const MAX_SYMBOL_SIZE = 65_535 - (65_535 % ALIGNMENT);

/**
 * The largest symbol that fits in a packet, a multiple of the alignment.
 *
 * @param mtu bytes of the largest IP packet
 * @param overhead bytes before the symbol: IP, UDP and LCT headers, FEC payload ID
 * @throws EncodeError when none fits
 */
export function symbolSize(mtu: number, overhead: number): number {
  const size = Math.min(Math.floor((mtu - overhead) / ALIGNMENT) * ALIGNMENT, MAX_SYMBOL_SIZE);
  if (size < ALIGNMENT) {
    throw new EncodeError(
      `Packets of ${mtu} bytes have no room: the headers alone take ${overhead}. Give a larger --mtu.`,
    );
  }
  return size;
}

/**
 * Cuts an object into blocks: as few as give `PREFERRED_BLOCK_SYMBOLS` each at most, then larger ones.
 *
 * @param transferLength bytes of the object, 1 or more
 * @throws EncodeError when the code has no room for it
 */
export function planBlocks(
  fec: FecName,
  transferLength: number,
  size: number,
): RaptorQParameters | NoCodeParameters {
  const symbols = Math.ceil(transferLength / size);
  const preferred = Math.ceil(symbols / PREFERRED_BLOCK_SYMBOLS);
  const maxBlocks = fec === 'raptorq' ? MAX_RAPTORQ_BLOCKS : MAX_NO_CODE_BLOCKS;
  const maxSymbols = fec === 'raptorq' ? MAX_SOURCE_SYMBOLS : MAX_NO_CODE_SYMBOLS;
  const blocks = Math.min(preferred, maxBlocks);
  const longest = Math.ceil(symbols / blocks);
  if (longest > maxSymbols) {
    throw new EncodeError(
      `The object has ${transferLength} bytes; with symbols of ${size} bytes at most ` +
        `${maxBlocks * maxSymbols * size} can be sent. Split the content, or give a larger --mtu.`,
    );
  }
  const common: ObjectParameters = { encodingId: ENCODING_ID[fec], transferLength, symbolSize: size };
  return fec === 'raptorq'
    ? { ...common, sourceBlocks: blocks, subBlocks: 1, alignment: ALIGNMENT }
    : { ...common, maxSourceBlockLength: longest };
}
