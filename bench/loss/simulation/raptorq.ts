import type { BlockDecoder, Oti, RaptorQ } from '../../../codecs/raptorq/index.js';
import { MAX_ESI } from '../../../codecs/raptorq/index.js';
import type { Reception, SymbolCode, SymbolLane } from './code.js';

/** Whether symbols rebuild a block depends on their ESIs alone: one byte a symbol shows it. */
const SYMBOL = new Uint8Array(1);

/**
 * Ours: the first pass sends source and repair symbols as the encoder does, every later one as many repair symbols
 * that have not been sent before.
 *
 * @param sourceSymbols K of each block
 * @param repair repair symbols of each block in the first pass
 */
export function createRaptorQCode(
  raptorq: RaptorQ,
  sourceSymbols: readonly number[],
  repair: readonly number[],
  interleaved: boolean,
): SymbolCode {
  const perPass = sourceSymbols.map((k, block) => k + repair[block]!);
  const lanes = (counts: readonly number[], first: readonly number[]) =>
    counts.map((count, block): SymbolLane => ({ block, count, esi: (index) => first[block]! + index }));
  return {
    name: 'raptorq',
    label: 'RaptorQ',
    sourceSymbols,
    phases(pass) {
      if (pass > 0) {
        const fresh = lanes(
          perPass,
          perPass.map((count) => pass * count),
        );
        return interleaved ? [fresh] : fresh.map((lane) => [lane]);
      }
      const source = lanes(
        sourceSymbols,
        sourceSymbols.map(() => 0),
      );
      const repaired = lanes(repair, sourceSymbols);
      return interleaved ? [source, repaired] : source.flatMap((lane, block) => [[lane], [repaired[block]!]]);
    },
    esiShift: perPass,
    createReception: () => createRaptorQReception(raptorq, sourceSymbols),
  };
}

/** Passes until ESIs, 24 bits, are used up. */
export function maxPasses(perPass: readonly number[]): number {
  return Math.floor((MAX_ESI + 1) / Math.max(...perPass));
}

interface Block {
  readonly oti: Oti;
  readonly esis: Uint32Array;
  received: number;
  decoder: BlockDecoder | undefined;
  complete: boolean;
}

/** Decodability by the real decoder, which is asked as soon as K symbols are there. ESIs do not repeat. */
function createRaptorQReception(raptorq: RaptorQ, sourceSymbols: readonly number[]): Reception {
  const blocks = sourceSymbols.map((k): Block => {
    const oti: Oti = { transferLength: k, symbolSize: 1, sourceBlocks: 1, subBlocks: 1, alignment: 1 };
    return { oti, esis: new Uint32Array(k), received: 0, decoder: undefined, complete: false };
  });
  let incomplete = blocks.length;

  function startDecoder({ oti, esis }: Block): BlockDecoder {
    const decoder = raptorq.createDecoder(oti, 0);
    for (const esi of esis) decoder.add(esi, SYMBOL);
    return decoder;
  }
  function tryDecode(block: Block): void {
    if (!block.decoder?.tryDecode()) return;
    block.decoder.free();
    block.decoder = undefined;
    block.complete = true;
    incomplete--;
  }
  return {
    receive(number, esi) {
      const block = blocks[number]!;
      if (block.complete) return 'surplus';
      if (block.received < block.esis.length) block.esis[block.received] = esi;
      else block.decoder!.add(esi, SYMBOL);
      block.received++;
      if (block.received === block.esis.length) block.decoder = startDecoder(block);
      if (block.decoder) tryDecode(block);
      return 'used';
    },
    get complete() {
      return incomplete === 0;
    },
    free() {
      for (const { decoder } of blocks) decoder?.free();
    },
  };
}
