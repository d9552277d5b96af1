import type { FdtFile } from '../../codecs/fdt/index.js';
import type { AuthCounts, ObjectState } from './session-state.js';

export interface InspectedBlock {
  readonly sbn: number;
  /** K; undefined when no table describes the object. */
  readonly sourceSymbols: number | undefined;
  /** Different symbols, those with a wrong signature left out; without K all are counted as source symbols. */
  readonly sourceReceived: number;
  readonly repairReceived: number;
}

export interface InspectedObject {
  readonly toi: number;
  readonly datagrams: number;
  readonly auth: Readonly<AuthCounts>;
  readonly file: FdtFile | undefined;
  readonly blocks: readonly InspectedBlock[];
}

export function describeObject({
  toi,
  datagrams,
  auth,
  described,
  blocks,
  received,
}: ObjectState): InspectedObject {
  const numbers = [...new Set([...blocks.keys(), ...received.keys()])].sort((a, b) => a - b);
  return {
    toi,
    datagrams,
    auth,
    file: described[0]?.file,
    blocks: numbers.map((sbn) => {
      const sourceSymbols = blocks.get(sbn)?.sourceSymbols;
      let sourceReceived = 0;
      const esis = received.get(sbn) ?? [];
      for (const esi of esis) if (esi < (sourceSymbols ?? Number.POSITIVE_INFINITY)) sourceReceived++;
      const repairReceived = (received.get(sbn)?.size ?? 0) - sourceReceived;
      return { sbn, sourceSymbols, sourceReceived, repairReceived };
    }),
  };
}

/** True when each block has as many symbols as it has source symbols. */
export function hasEnough({ blocks }: InspectedObject): boolean {
  return blocks.length > 0 && blocks.every((block) => missingSymbols(block) === 0);
}

/** Symbols that a block lacks at least; undefined when its length is unknown. */
export function missingSymbols({
  sourceSymbols,
  sourceReceived,
  repairReceived,
}: InspectedBlock): number | undefined {
  return sourceSymbols && Math.max(0, sourceSymbols - sourceReceived - repairReceived);
}
