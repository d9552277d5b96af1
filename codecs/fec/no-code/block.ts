import { copyBytes } from '../../bytes.js';
import { FecError } from '../error.js';
import type { BlockDecoder, BlockEncoder, SourceBlock } from '../scheme.js';

/** Symbols are pieces of the source block; the block's last one may be short. Nothing is copied. */
export function createBlockEncoder(symbolSize: number, block: SourceBlock, source: Uint8Array): BlockEncoder {
  if (source.length !== block.byteLength) {
    throw new FecError(
      `Source block ${block.sbn} has ${block.byteLength} bytes, but ${source.length} were given.`,
    );
  }
  const symbols = (firstEsi: number, count: number, into?: Uint8Array): Uint8Array => {
    if (!(firstEsi >= 0 && count >= 0 && firstEsi + count <= block.sourceSymbols)) {
      throw new FecError(
        `Without a code, source block ${block.sbn} has symbols 0 to ${block.sourceSymbols - 1} only; ` +
          `${count} from ${firstEsi} on were asked for.`,
      );
    }
    const found = source.subarray(firstEsi * symbolSize, (firstEsi + count) * symbolSize);
    into?.set(found);
    return into?.subarray(0, found.length) ?? found;
  };
  return { symbol: (esi) => symbols(esi, 1), symbols, free: () => {} };
}

/** Keeps the symbols that came, so that memory follows what was received and not what was announced. */
export function createBlockDecoder(symbolSize: number, block: SourceBlock): BlockDecoder {
  const kept = new Map<number, Uint8Array>();
  const lastEsi = block.sourceSymbols - 1;
  const lastLength = block.byteLength - lastEsi * symbolSize;

  function data(into = new Uint8Array(block.byteLength)): Uint8Array {
    if (kept.size < block.sourceSymbols) {
      throw new FecError(
        `Source block ${block.sbn} lacks ${block.sourceSymbols - kept.size} of its ${block.sourceSymbols} symbols.`,
      );
    }
    const bytes = into.subarray(0, block.byteLength);
    for (const [esi, symbol] of kept) bytes.set(symbol, esi * symbolSize);
    return bytes;
  }

  return {
    add(esi, symbol) {
      if (!Number.isInteger(esi) || esi < 0 || esi > lastEsi || kept.has(esi)) return false;
      const length = esi === lastEsi ? lastLength : symbolSize;
      // The last symbol comes short or zero-padded: RFC 5445 section 3.2.2 leaves it to the sender.
      if (symbol.length !== length && symbol.length !== symbolSize) return false;
      kept.set(esi, copyBytes(symbol, 0, length));
      return true;
    },
    get received() {
      return kept.size;
    },
    tryDecode: () => kept.size === block.sourceSymbols,
    data,
    view: () => data(),
    free: () => kept.clear(),
  };
}
