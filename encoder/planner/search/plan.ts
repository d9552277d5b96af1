import { createEffort, type Effort } from '../completion/effort.js';
import { requireGoal, requireReception } from '../question/goal.js';
import { type PlanModel, takeApart } from '../question/model.js';
import type { PlanParameters } from '../question/parameters.js';
import { prepareAir } from './air.js';
import { type Choice, fewestSymbols, mostSymbols, outline, type Search } from './choice.js';
import { joinedInTime, listenTo, timeFromJoining, timeFromStart } from './listening.js';
import { sufficientRate } from './remedy.js';

/** A transmission, and what receivers may expect of it. Times in seconds. */
export interface Plan {
  readonly model: PlanModel;
  readonly transferLength: number;
  readonly rate: number;
  readonly mtu: number;
  readonly authDepth: number;
  readonly confidence: number;
  readonly duration: number | undefined;
  readonly code: {
    /** K, over all blocks. */
    readonly sourceSymbols: number;
    /** Z. */
    readonly sourceBlocks: number;
    /** T. */
    readonly symbolSize: number;
    readonly repairSymbols: number;
    /** Repair symbols in percent of the source symbols, as `datacast encode --repair` takes it. */
    readonly repairPercent: number;
  };
  /** The symbols divided so that one pass is at most twice the object; no pass repeats a symbol of another. */
  readonly passes: number;
  readonly datagrams: {
    readonly source: number;
    readonly repair: number;
    readonly fdt: number;
    readonly total: number;
  };
  /** Bytes of IP packets. */
  readonly packetBytes: number;
  readonly airtime: number;
  /** A receiver that is there from the first datagram on. */
  readonly fromStart: {
    /** Complete by the end of the transmission. */
    readonly probability: number;
    /** Mean time to completion of those that complete; undefined when none does. */
    readonly expectedSeconds: number | undefined;
  };
  /** A receiver that joins at a moment that is equally likely all through the transmission. */
  readonly joining: {
    /** Complete by the end of the transmission. */
    readonly probability: number;
    /** Mean time from joining to completion when the sender goes on with fresh symbols; undefined beyond reckoning. */
    readonly expectedSeconds: number | undefined;
  };
  /** Complete within `duration` when the sender goes on with fresh symbols to its end; undefined without a duration. */
  readonly withinDuration: number | undefined;
  /** Undefined when the goal is met. */
  readonly unmet: Unmet | undefined;
}

/** Why the confidence is not reached. */
export interface Unmet {
  /** `duration`: it is too short; `symbols`: the code has no more symbols. */
  readonly limit: 'duration' | 'symbols';
  /** The duration that would do at this rate. */
  readonly duration: number | undefined;
  /** The rate that would do within the duration, bits per second. */
  readonly rate: number | undefined;
}

/**
 * Chooses repair, and with it airtime, so that a receiver present from the start completes with the confidence asked for.
 * Probabilities are exact or lower bounds (docs/planner.md).
 *
 * @throws PlanError when nothing can be planned for the parameters, EncodeError when the code has no room for the object
 */
export function plan(parameters: PlanParameters): Plan {
  return planWith(parameters, createEffort());
}

/** The same, with the steps counted. */
export function planWith(parameters: PlanParameters, effort: Effort): Plan {
  requireGoal(parameters);
  const channel = takeApart(parameters.model);
  requireReception(channel);
  const air = prepareAir(parameters);
  const { confidence, duration = Number.POSITIVE_INFINITY } = parameters;
  const search: Search = { air, channel, effort };
  const choice = fewestSymbols(search, confidence, duration);
  if (choice !== undefined) return report(parameters, search, choice, undefined);
  const most = mostSymbols(air, duration);
  if (most === air.maxSymbols) {
    const unmet: Unmet = { limit: 'symbols', duration: undefined, rate: undefined };
    return report(parameters, search, outline(search, most), unmet);
  }
  const free = effort.attempt(() => fewestSymbols(search, confidence, Number.POSITIVE_INFINITY));
  const unmet: Unmet = {
    limit: 'duration',
    duration: free?.cost.seconds,
    rate: effort.attempt(() => sufficientRate({ ...parameters, duration }, search, free)),
  };
  const best = outline(search, Math.max(most, air.longest), Math.floor);
  return report(parameters, search, best, unmet);
}

function report(
  parameters: PlanParameters,
  { air, channel, effort }: Search,
  choice: Choice,
  unmet: Unmet | undefined,
): Plan {
  const { model, transferLength, rate, mtu, authDepth, confidence, duration } = parameters;
  const { symbols, repairPercent, cost, reception } = choice;
  const { sourceSymbols, blocks, parameters: code } = air.source;
  const repair = cost.objectDatagrams - sourceSymbols;
  const listening = listenTo(channel, reception, symbols, cost);
  return {
    model,
    transferLength,
    rate,
    mtu,
    authDepth,
    confidence,
    duration,
    code: {
      sourceSymbols,
      sourceBlocks: blocks.length,
      symbolSize: code.symbolSize,
      repairSymbols: repair,
      repairPercent,
    },
    passes: Math.ceil(symbols / (2 * air.longest)),
    datagrams: {
      source: sourceSymbols,
      repair,
      fdt: cost.tables,
      total: cost.objectDatagrams + cost.tables,
    },
    packetBytes: cost.packetBytes,
    airtime: cost.seconds,
    fromStart: {
      probability: listening.completeBy(cost.seconds),
      expectedSeconds: effort.attempt(() => timeFromStart(listening, air.longest)),
    },
    joining: {
      probability: joinedInTime(listening, air.longest),
      expectedSeconds: effort.attempt(() => timeFromJoining(listening, air.longest)),
    },
    withinDuration: duration === undefined ? undefined : listening.carriedOn(duration),
    unmet,
  };
}
