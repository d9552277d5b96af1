import type { FecScheme, FecSchemes, ObjectParameters, SourceBlock } from '../../codecs/fec/index.js';
import { ENCODING_ID, type FecName, planBlocks } from './blocks.js';
import { objectHeaderLength } from './object-header.js';
import { designLoss, type RepairGoal, repairSymbols } from './repair.js';
import type { Session } from './session.js';
import { objectSymbolSize } from './symbol-size.js';

/** How an object is cut and coded. */
export interface ObjectCoding {
  readonly fec: FecName;
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  readonly blocks: readonly SourceBlock[];
  /** Repair symbols of each block. */
  readonly repair: readonly number[];
  /** K, over all blocks. */
  readonly sourceSymbols: number;
  readonly repairSymbols: number;
  /** Undefined without a code. */
  readonly goal: RepairGoal | undefined;
  /** Independent loss that the repair is made for. */
  readonly designLoss: number;
  /** Bytes of an object datagram before its symbol. */
  readonly headerLength: number;
}

/**
 * Chooses symbols, blocks, and repair symbols to reach the goal.
 *
 * @param transferLength bytes of the object, 1 or more
 * @param repair ignored without a code; the objects that are to be rebuilt together, this one included, share its
 *   allowance
 * @throws EncodeError when the code has no room for the object
 */
export function chooseObjectCoding(
  transferLength: number,
  session: Session,
  schemes: FecSchemes,
  fec: FecName,
  { goal: repair, objects }: { readonly goal: RepairGoal; readonly objects: number },
): ObjectCoding {
  const scheme = schemes.get(ENCODING_ID[fec])!;
  const headerLength = objectHeaderLength(session, scheme);
  const size = objectSymbolSize(fec, transferLength, session.mtu, session.packetOverhead + headerLength);
  const parameters = planBlocks(fec, transferLength, size);
  const blocks = scheme.blocks(parameters);
  const goal = fec === 'raptorq' ? repair : undefined;
  const counts = goal
    ? repairSymbols(blocks, goal, objects, (block) => scheme.maxEsi(parameters, block))
    : blocks.map(() => 0);
  return {
    fec,
    scheme,
    parameters,
    blocks,
    goal,
    headerLength,
    repair: counts,
    sourceSymbols: blocks.reduce((sum, { sourceSymbols }) => sum + sourceSymbols, 0),
    repairSymbols: counts.reduce((sum, count) => sum + count, 0),
    designLoss: goal ? designLoss(goal) : 0,
  };
}

/** Bytes of an IP packet with a symbol of an object. */
export function symbolPacketBytes(
  { headerLength, parameters }: ObjectCoding,
  { packetOverhead }: Session,
): number {
  return packetOverhead + headerLength + parameters.symbolSize;
}
