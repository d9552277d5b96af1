/** What a loss-rate experiment is asked (a cell of the grid) and what it answers: one JSON line for each cell. */

import type { RepairGoal } from '../../encoder/session/repair.js';
import type { ChannelSpec } from '../channel/index.js';
import type { Interval } from './interval.js';

export const RECORD_FORMAT = 'datacast-loss/1';
/** Raised whenever the same cell and seed would give other results, or more of them. */
export const SIMULATION_VERSION = 3;

/** N1 of LDPC-Staircase (RFC 5170 section 3.2). */
export type LeftDegree = 5 | 7;
/** Ours, and the reference models it is compared with. */
export const CODES = [
  'raptorq',
  'repetition',
  'reed-solomon',
  'reed-solomon-16',
  'ldpc-staircase-5',
  'ldpc-staircase-7',
] as const;
export type CodeName = (typeof CODES)[number];

/** fast: symbols counted, decodability by the rank of the real matrix. exact: real encoder and receiver, bytes compared. */
export type Mode = 'fast' | 'exact';
/** A receiver that is there when the first pass begins, or one that joins a running carousel at a random moment. */
export type Join = 'start' | 'random';

/** A point of the grid, as plain data. */
export interface Cell {
  /** The question it belongs to, such as `efficiency`; groups the cells of a plot. */
  readonly set: string;
  readonly mode: Mode;
  readonly code: CodeName;
  readonly channel: ChannelSpec;
  /** Bytes of the transfer object, 1 or more. */
  readonly objectBytes: number;
  /** Most source symbols of a block; reference models have their own blocks. */
  readonly blockSymbols: number;
  readonly repair: RepairGoal;
  /** Blocks take turns; otherwise one block is sent after the other. */
  readonly interleave: boolean;
  /** Passes that a receiver listens to at most, 1 or more. */
  readonly passes: number;
  readonly join: Join;
  /** Depth of the signature tree, 0..7. */
  readonly authDepth: number;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Cells of different draws on one channel meet different losses; without one all meet the same. */
  readonly draw?: string;
}

/** Summary of a quantity over trials; quantiles by the nearest rank. With fewer than 1,000 trials p999 is the largest. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation; 0 of one value. */
  readonly deviation: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** How many trials were complete after so much airtime. */
export interface CompletionPoint extends Interval {
  /** Seconds since the receiver began to listen. */
  readonly seconds: number;
  /** The same airtime in units of the object's bits at the channel's capacity: 1 is what no code can beat on average. */
  readonly ideal: number;
  readonly completed: number;
}

/** Shares of the IP bytes that arrived until completion, over all trials that completed; they add up to 1. */
export interface CostShares {
  /** The object itself. */
  readonly object: number;
  /** Zeroes that fill the last symbol. */
  readonly padding: number;
  /** Symbols beyond K that a block needed because its equations were not independent, or its code asks for more. */
  readonly fecOverhead: number;
  /** Symbols that had arrived before: codes with few symbols repeat them. */
  readonly duplicates: number;
  /** Symbols of blocks that were complete while others were not: blocks finish apart. */
  readonly surplus: number;
  /** IP, UDP and ALC headers of the object's datagrams. */
  readonly headers: number;
  /** Their signatures. */
  readonly authentication: number;
  /** The datagrams of the file delivery table, with all their headers. */
  readonly fdt: number;
}

export interface Efficiency {
  /** Bundle bits / ((1 - mean loss) x IP bits sent until completion). Trials that fail count with all they heard. */
  readonly total: number;
  /** The same where only the symbols of the object's datagrams count as airtime. */
  readonly afterHeaders: number;
  /** Standard error of `afterHeaders`: it is a ratio of means over random trials. */
  readonly afterHeadersError: number;
}

/** One line of a results file. */
export interface CellRecord {
  readonly format: typeof RECORD_FORMAT;
  /** 16 hexadecimal digits that stand for cell, seed, number of trials and simulation version. */
  readonly id: string;
  readonly versions: {
    readonly datacast: string;
    readonly simulation: number;
    readonly node: string;
  };
  readonly cell: Cell;
  /** All chance follows from it. */
  readonly seed: number;
  readonly trials: number;
  readonly transmission: {
    /** As a plot names it, such as `RaptorQ` or `Reed-Solomon (255,223)`. */
    readonly codeLabel: string;
    /** A model at symbol level of another code, not an implementation of it. */
    readonly isReference: boolean;
    /** K over all blocks. */
    readonly sourceSymbols: number;
    readonly blocks: number;
    /** T in bytes. */
    readonly symbolSize: number;
    /** Datagrams of a pass that are not source symbols of the first one. */
    readonly repairSymbols: number;
    readonly fdtDatagrams: number;
    /** IP bytes of a pass. */
    readonly passBytes: number;
    readonly passSeconds: number;
    /** IP bytes of a datagram of the object, and of one of the table. */
    readonly datagramBytes: number;
    readonly fdtDatagramBytes: number;
  };
  readonly channel: {
    readonly model: ChannelSpec['model'];
    /** In the long run, in closed form. */
    readonly meanLoss: number;
    /** Share of the datagrams lost in these trials. */
    readonly lost: number;
  };
  readonly completed: number;
  /** Completed within `cell.passes`, with a 95 % Wilson interval. */
  readonly completion: Interval;
  readonly completionByAirtime: readonly CompletionPoint[];
  /** Datagrams of the object received until completion, beyond K. */
  readonly overheadSymbols: Distribution | null;
  /** The same in bins, [first value, trials]. */
  readonly overheadHistogram: readonly (readonly [symbols: number, trials: number])[];
  /** From the moment the receiver joins, of trials that completed. */
  readonly secondsToComplete: Distribution | null;
  /** Null when no trial completed. */
  readonly efficiency: Efficiency | null;
  readonly costs: CostShares | null;
  /** Time from the cell's begin to its end by the clock, not processor time; of no meaning for the results. */
  readonly elapsedSeconds: number;
}
