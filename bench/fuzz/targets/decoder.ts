/** The decoder of the fountain code. */

import { concatBytes, equalBytes, readUint, writeUint } from '../../../codecs/bytes.js';
import { loadRaptorQ, type Oti, RaptorQError, sourceBlock } from '../../../codecs/raptorq/index.js';
import { createPrng, type Prng } from '../../../fixtures/prng.js';
import { attempt, type FuzzTarget, hold } from '../target.js';

/** Parameters of small blocks: padding, sub-blocks, a single symbol, odd alignments. */
const OBJECTS: readonly Oti[] = [
  { transferLength: 400, symbolSize: 16, sourceBlocks: 1, subBlocks: 1, alignment: 4 },
  { transferLength: 395, symbolSize: 24, sourceBlocks: 2, subBlocks: 3, alignment: 4 },
  { transferLength: 5, symbolSize: 8, sourceBlocks: 1, subBlocks: 1, alignment: 8 },
  { transferLength: 1999, symbolSize: 7, sourceBlocks: 3, subBlocks: 2, alignment: 1 },
];
const SYMBOL = 1;
const TRY = 2;

/**
 * An input names an object and a block, and then goes on in steps: a genuine symbol with an ESI (1, and three bytes), a try
 * to decode (2), or else a symbol of any bytes (ESI, length, bytes).
 */
const raptorq: FuzzTarget = {
  name: 'raptorq',
  holds:
    'Genuine symbols give the genuine block, whatever their ESIs; forged ones give an answer in bounded time and memory.',
  async open() {
    const code = await loadRaptorQ();
    const objects = OBJECTS.map((oti, seed) => ({ oti, bytes: createPrng(seed).bytes(oti.transferLength) }));
    const step = (esi: number) => Uint8Array.of(SYMBOL, esi >> 16, (esi >> 8) & 255, esi & 255);
    const seeds = OBJECTS.flatMap((_, object) =>
      [0, 5, 1000, 2 ** 24 - 400].map((first) => {
        const steps = Array.from({ length: first === 0 ? 30 : 110 }, (__, i) => step(first + i));
        return concatBytes(Uint8Array.of(object, 0), ...steps, Uint8Array.of(TRY));
      }),
    );
    return {
      seeds,
      isSlow: true,
      sequence: {
        of: 'symbols',
        length: (input) => readSteps(input).filter(([kind]) => kind !== TRY).length,
      },
      mutate: mutateSteps,
      run(input) {
        const { oti, bytes } = objects[(input[0] ?? 0) % objects.length]!;
        const sbn = (input[1] ?? 0) % oti.sourceBlocks;
        const { offset, byteLength, sourceSymbols } = sourceBlock(oti, sbn);
        const source = bytes.subarray(offset, offset + byteLength);
        const encoder = code.createEncoder(oti, sbn, source);
        const decoder = code.createDecoder(oti, sbn);
        let isForged = false;
        let isDecoded = false;
        const received = new Set<number>();

        function add(esi: number, symbol: Uint8Array): void {
          const isTaken = decoder.add(esi, symbol);
          const isPossible = !isDecoded && symbol.length === oti.symbolSize;
          hold(
            isTaken === (isPossible && !received.has(esi)),
            `The symbol ${esi} is ${isTaken ? '' : 'not '}taken.`,
          );
          if (isTaken) received.add(esi);
          hold(
            decoder.received === received.size,
            `${decoder.received} symbols are counted, not ${received.size}.`,
          );
        }

        try {
          for (let at = 2; at < input.length; ) {
            const kind = input[at++];
            if (kind === TRY) {
              const answer = decoder.tryDecode();
              hold(
                !answer || received.size >= sourceSymbols,
                'The block is there with fewer symbols than it has.',
              );
              hold(answer || !isDecoded, 'The block was there and is gone.');
              isDecoded = answer;
              continue;
            }
            const esi = readUint(concatBytes(input.subarray(at, at + 3), new Uint8Array(3)), 0, 3);
            at += 3;
            if (kind === SYMBOL) {
              add(esi, encoder.symbol(esi));
              continue;
            }
            const length = (input[at++] ?? 0) % 32;
            const symbol = new Uint8Array(length);
            symbol.set(input.subarray(at, at + length));
            at += length;
            isForged ||= length === oti.symbolSize && !equalBytes(symbol, encoder.symbol(esi));
            add(esi, symbol);
          }
          if (isDecoded) {
            const block = decoder.data();
            hold(block.length === byteLength, `The block has ${block.length} bytes, not ${byteLength}.`);
            hold(isForged || equalBytes(block, source), 'Genuine symbols have given another block.');
          } else
            hold(
              attempt(() => decoder.data(), RaptorQError) === undefined,
              'There is a block before it is there.',
            );
          return isDecoded;
        } finally {
          encoder.free();
          decoder.free();
        }
      },
    };
  },
};

/** The steps of an input. */
function readSteps(input: Uint8Array): Uint8Array[] {
  const steps: Uint8Array[] = [];
  for (let at = 2; at < input.length; ) {
    const kind = input[at];
    const length = kind === TRY ? 1 : kind === SYMBOL ? 4 : 5 + ((input[at + 4] ?? 0) % 32);
    steps.push(input.slice(at, at + length));
    at += length;
  }
  return steps;
}

/** Steps that are dropped, repeated, exchanged, or get another ESI. */
function mutateSteps(input: Uint8Array, prng: Prng): Uint8Array {
  const steps = readSteps(input);
  for (let left = prng.geometric(4); left > 0; left--) {
    const at = prng.below(steps.length + 1);
    switch (prng.below(6)) {
      case 0:
        steps.splice(at, 1 + prng.below(3));
        break;
      case 1:
        steps.splice(prng.below(steps.length + 1), 0, ...steps.slice(at, at + 1 + prng.below(8)));
        break;
      case 2:
        steps.splice(at, 0, Uint8Array.of(TRY));
        break;
      case 3: {
        const esi = new Uint8Array(4).fill(SYMBOL, 0, 1);
        writeUint(esi, 1, 3, prng.chance(0.5) ? prng.below(2 ** 24) : 2 ** prng.below(25) - prng.below(2));
        steps.splice(at, prng.below(2), esi);
        break;
      }
      case 4: {
        const length = [7, 8, 16, 24][prng.below(4)]!;
        steps.splice(at, 0, Uint8Array.of(0, 0, 0, prng.below(200), length, ...prng.bytes(length)));
        break;
      }
      default:
        steps.reverse();
    }
  }
  return concatBytes(
    Uint8Array.of(prng.chance(0.1) ? prng.below(4) : input[0]!, prng.below(3)),
    ...steps.slice(0, 2000),
  );
}

export const targets: readonly FuzzTarget[] = [raptorq];
