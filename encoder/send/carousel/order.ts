/** In which order the parts of a bundle are sent. */

/** `mixed`: all parts take turns. `sequence`: part after part, a few at a time. */
export type Order = 'mixed' | 'sequence';

/** A source block in its bundle's passes. */
export interface OrderedBlock {
  /** Encoding symbols of a pass. */
  readonly symbols: number;
  /** Those of the present pass that are still to be sent. */
  left: number;
}

export interface OrderedPart<B extends OrderedBlock = OrderedBlock> {
  readonly blocks: readonly B[];
  /** No pass of it was sent yet. */
  isNew: boolean;
}

/** Consecutive symbols of one block. */
export interface BlockTurn<P, B> {
  readonly part: P;
  readonly block: B;
  /** 1 or more. */
  readonly count: number;
}

/** Whose turn it is. */
export interface PartOrder<P extends OrderedPart<B>, B extends OrderedBlock> {
  /**
   * The next turn of a pass; its symbols count as sent. Undefined when the pass is complete.
   *
   * @param turns that a block takes in a pass, about: fewer turns are longer
   */
  next(parts: readonly P[], order: Order, turns: number): BlockTurn<P, B> | undefined;
}

/** Parts that are sent together in sequence, so that a fade costs each of them little. */
export const PARTS_TOGETHER = 4;
/** New parts have so many times the airtime of all others, so that content which changes all the time stops nothing. */
const NEW_SHARE = 3;

/**
 * New parts come before all others, in the order in which they matter, once. Of the parts whose turn it may be, the block
 * goes first of which the smallest share of the pass is sent.
 */
export function createPartOrder<P extends OrderedPart<B>, B extends OrderedBlock>(): PartOrder<P, B> {
  /** Symbols since there were both new parts and others. */
  let sent = { new: 0, other: 0 };
  /** Parts that are sent together until all of them are through. */
  let together: { readonly new: readonly P[]; readonly other: readonly P[] } = { new: [], other: [] };

  function turnOf(part: P, block: B, turns: number): BlockTurn<P, B> {
    const count = Math.min(block.left, Math.max(1, Math.ceil(block.symbols / turns)));
    block.left -= count;
    sent[part.isNew ? 'new' : 'other'] += count;
    if (part.blocks.every(({ left }) => left === 0)) part.isNew = false;
    return { part, block, count };
  }

  /** In sequence, the next parts begin when those before them are through; with a pass the first ones begin again. */
  function group(parts: readonly P[], isNew: boolean): readonly P[] {
    const left = together[isNew ? 'new' : 'other'].filter(
      (part) => part.isNew === isNew && isUnfinished(part) && parts.includes(part),
    );
    const now = left.some(isBegun) ? left : unfinished(parts, isNew, PARTS_TOGETHER);
    together = { ...together, [isNew ? 'new' : 'other']: now };
    return now;
  }

  return {
    next(parts, order, turns) {
      const isSequence = order === 'sequence';
      const fresh = isSequence ? group(parts, true) : unfinished(parts, true, 1);
      const others = isSequence ? group(parts, false) : unfinished(parts, false, parts.length);
      if (fresh.length === 0 || others.length === 0) sent = { new: 0, other: 0 };
      const isNewTurn = others.length === 0 || sent.new <= NEW_SHARE * sent.other;
      const least = leastSent<P, B>(isNewTurn && fresh.length > 0 ? fresh : others);
      return least && turnOf(least.part, least.block, turns);
    },
  };
}

/** The first parts that the pass is not through with. */
function unfinished<P extends OrderedPart>(parts: readonly P[], isNew: boolean, most: number): P[] {
  const found: P[] = [];
  for (const part of parts) {
    if (found.length === most) break;
    if (part.isNew === isNew && isUnfinished(part)) found.push(part);
  }
  return found;
}

function isUnfinished({ blocks }: OrderedPart): boolean {
  return blocks.some(({ left }) => left > 0);
}

function isBegun({ blocks }: OrderedPart): boolean {
  return blocks.some(({ left, symbols }) => left < symbols);
}

function leastSent<P extends OrderedPart<B>, B extends OrderedBlock>(parts: readonly P[]) {
  let least: { readonly part: P; readonly block: B } | undefined;
  let most = 0;
  for (const part of parts) {
    for (const block of part.blocks) {
      const left = block.left / block.symbols;
      if (left <= most) continue;
      most = left;
      least = { part, block };
    }
  }
  return least;
}
