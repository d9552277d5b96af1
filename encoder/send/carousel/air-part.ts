import type { PartClass } from '../../../codecs/edition/index.js';
import { type RepairGoal, symbolsToSend } from '../../session/repair.js';
import type { AirObject } from './air-object.js';
import type { BlockSymbols } from './block-symbols.js';
import type { OrderedBlock, OrderedPart } from './order.js';

/** A block of an object in the passes and repetitions of a bundle. */
export interface AirBlock extends OrderedBlock {
  readonly source: BlockSymbols;
  /** Symbols of a repetition; 0 for what is not repeated. */
  readonly repetition: number;
  /** Symbols that were sent since the last one. */
  sinceRepetition: number;
}

/** An object as a bundle sends it: a part of an edition, or its index. */
export interface AirPart extends OrderedPart<AirBlock> {
  readonly object: AirObject;
  readonly kind: 'index' | PartClass;
  readonly blocks: readonly AirBlock[];
}

/** Repetitions of index and front are made for this loss at least. */
const LEAST_LOSS = 0.05;
/** The chance that one repetition does not suffice at the loss that the repair is made for. */
const MISS_PROBABILITY = 0.01;

/**
 * @param objects that are to be received together, this one included
 * @throws EncodeError when the code has not as many repair symbols
 */
export function createAirPart(
  object: AirObject,
  kind: AirPart['kind'],
  repair: RepairGoal,
  objects: number,
): AirPart {
  const { blocks, repair: counts, designLoss } = object.codingFor(repair, objects);
  const isRepeated = kind === 'index' || kind === 'front';
  const airBlocks = blocks.map(({ sourceSymbols }, i): AirBlock => {
    const symbols = sourceSymbols + counts[i]!;
    const loss = Math.max(designLoss, LEAST_LOSS);
    return {
      source: object.blocks[i]!,
      symbols,
      left: symbols,
      repetition: isRepeated ? symbolsToSend(sourceSymbols, loss, MISS_PROBABILITY / blocks.length) : 0,
      sinceRepetition: 0,
    };
  });
  const isNew = airBlocks.some(({ source, symbols }) => source.turn < symbols);
  return { object, kind, blocks: airBlocks, isNew };
}

/** Symbols of a pass. */
export function passSymbols(parts: readonly AirPart[]): number {
  return parts.reduce((sum, { blocks }) => sum + blocks.reduce((all, { symbols }) => all + symbols, 0), 0);
}

/** Bytes of IP packets of a pass. */
export function passBytes(parts: readonly AirPart[], packetOverhead: number): number {
  return packetBytes(parts, packetOverhead, ({ symbols }) => symbols);
}

/** Bytes of IP packets of a repetition. */
export function repetitionBytes(parts: readonly AirPart[], packetOverhead: number): number {
  return packetBytes(parts, packetOverhead, ({ repetition }) => repetition);
}

function packetBytes(
  parts: readonly AirPart[],
  packetOverhead: number,
  symbolsOf: (block: AirBlock) => number,
): number {
  return parts.reduce((sum, { object, blocks }) => {
    const symbols = blocks.reduce((all, block) => all + symbolsOf(block), 0);
    return sum + symbols * (packetOverhead + object.datagramLength);
  }, 0);
}
