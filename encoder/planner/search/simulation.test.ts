import { beforeAll, describe, expect, it } from 'vitest';
import { type ChannelSpec, createPrng, type Prng, prepareLossModel } from '../../../bench/channel/index.js';
import { wilson } from '../../../bench/loss/interval.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { interleave } from '../../recording/schedule/interleave.js';
import { tablesInOrder } from '../../recording/schedule/table-turns.js';
import { designLoss, repairSymbols } from '../../session/repair.js';
import { tableDatagrams } from '../../session/tables.js';
import type { PlanModel } from '../question/model.js';
import type { PlanParameters } from '../question/parameters.js';
import { prepareAir } from './air.js';
import { type Plan, plan } from './plan.js';

/** Two-sided 99.9 %. */
const Z999 = 3.2905;
const RATE = 1e6;
const SEED = 20_260;

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

function parametersOf(model: PlanModel, transferLength: number, confidence: number): PlanParameters {
  const sizes = { rate: RATE, mtu: 1500, authDepth: 0, name: 'bundle' };
  return { schemes, model, transferLength, confidence, ...sizes };
}

/** A transmission as the encoder sends it. */
interface Sent {
  /** K of each block. */
  readonly needed: readonly number[];
  /** Block of each datagram, -1 for the table. */
  readonly blocks: Int16Array;
  readonly seconds: Float64Array;
  readonly lengths: Uint16Array;
  readonly airtime: number;
  readonly isSource: Uint8Array;
}

const TABLE = -1;

function send(parameters: PlanParameters, { code }: Plan): Sent {
  const { source, packetBytes, tablePacketBytes, tableSymbols } = prepareAir(parameters);
  expect(tableSymbols).toBe(1);
  const needed = source.blocks.map(({ sourceSymbols }) => sourceSymbols);
  const goal = { kind: 'fraction', fraction: code.repairPercent / 100 } as const;
  const repair = repairSymbols(source.blocks, goal, 1, () => 2 ** 24 - 1);
  const turns = [needed, repair].map((counts) => [...interleave(counts)]);
  const total = turns.flat().length;
  const symbols = Array.from({ length: total }, () => ({ object: 0 }));
  const tables = tablesInOrder(() => symbols, [packetBytes], {
    tableOf: [0],
    tables: 1,
    least: 2,
    datagrams: tableDatagrams(total, [{ sourceSymbols: tableSymbols }], designLoss(goal)),
  });
  const sent = { blocks: [] as number[], lengths: [] as number[], isSource: [] as number[] };
  const seconds: number[] = [];
  let bytes = 0;
  const add = (block: number, size: number, isSource: boolean) => {
    sent.blocks.push(block);
    sent.lengths.push(size - 28);
    sent.isSource.push(isSource ? 1 : 0);
    seconds.push((8 * bytes) / RATE);
    bytes += size;
  };
  let position = 0;
  let tablesSent = 0;
  const dueTables = () => {
    for (; tablesSent < tables.length && tables[tablesSent]!.after <= position; tablesSent++) {
      add(TABLE, tablePacketBytes, false);
    }
  };
  for (const [phase, lanes] of turns.entries()) {
    for (const { lane } of lanes) {
      dueTables();
      add(lane, packetBytes, phase === 0);
      position++;
    }
  }
  dueTables();
  return {
    needed,
    seconds: Float64Array.from(seconds),
    airtime: (8 * bytes) / RATE,
    blocks: Int16Array.from(sent.blocks),
    lengths: Uint16Array.from(sent.lengths),
    isSource: Uint8Array.from(sent.isSource),
  };
}

/**
 * One receiver that counts symbols: K + h of a block rebuild it except with probability 10^-2(h+1), whole source blocks
 * always.
 *
 * @param join datagram from which on it listens
 * @param carousel the sender goes on with fresh symbols, the source symbols among them
 * @returns the time from joining to completion, or undefined
 */
function receive(
  { needed, blocks, seconds, lengths, airtime, isSource }: Sent,
  isLost: ReturnType<ReturnType<typeof prepareLossModel>>,
  prng: Prng,
  join = 0,
  carousel = false,
): number | undefined {
  // The symbols that a block needs for its luck; drawn once, as more symbols never hurt.
  const wanted = needed.map((count) => {
    let extra = 0;
    while (prng.chance(0.01)) extra++;
    return count + extra;
  });
  const received = needed.map(() => 0);
  const sources = needed.map(() => 0);
  let incomplete = needed.length;
  const done = needed.map(() => false);
  let hasTable = false;
  const begin = seconds[join]!;
  // One for all, as there are millions.
  const datagram = { seconds: 0, length: 0 };
  for (let index = join, round = 0; ; index++) {
    if (index === blocks.length) {
      if (!carousel || round > 1000) return undefined;
      round++;
      index = 0;
    }
    const elapsed = seconds[index]! + round * airtime - begin;
    datagram.seconds = elapsed;
    datagram.length = lengths[index]!;
    if (isLost(datagram)) continue;
    const block = blocks[index]!;
    if (block === TABLE) hasTable = true;
    else {
      received[block]!++;
      if (isSource[index] && round === 0) sources[block]!++;
      if (!done[block] && (received[block]! >= wanted[block]! || sources[block]! === needed[block]!)) {
        done[block] = true;
        incomplete--;
      }
    }
    if (hasTable && incomplete === 0) return elapsed + (8 * (lengths[index]! + 28)) / RATE;
  }
}

interface Case {
  readonly name: string;
  readonly model: PlanModel;
  /** Bytes of the object. */
  readonly bytes: number;
  readonly confidence: number;
  readonly trials: number;
  /** Failures promised, at most, by the upper end of the failures that the interval allows: 1 by default. */
  readonly margin?: number;
}

const ONE_BLOCK = 800 * 1388;
const TWO_BLOCKS = 8000 * 1388;
const THREE_BLOCKS = 12_000 * 1388;
const NINE_BLOCKS = 33_000 * 1388;

const independent = (loss: number): PlanModel => ({ model: 'bernoulli', loss });
const bursts = (loss: number, burst: number): PlanModel => ({ model: 'gilbert-elliott', loss, burst });
const shadows = (share: number, meanSeconds: number): PlanModel => ({
  model: 'shadowing',
  share,
  meanSeconds,
});
const fades = (share: number, meanSeconds: number): PlanModel => ({ model: 'rain-fade', share, meanSeconds });
const frames = (loss: number, packetsPerFrame: number): PlanModel => ({
  model: 'dvb-s2',
  loss,
  packetsPerFrame,
});
const windows = (periodSeconds: number, windowSeconds: number): PlanModel => ({
  model: 'pass',
  periodSeconds,
  windowSeconds,
});
const recorder = (
  loss: number,
  more: { burst?: number; startSeconds?: number; endSeconds?: number } = {},
): PlanModel => ({ model: 'recorder', loss, ...more });
const both = (...of: PlanModel[]): PlanModel => ({ model: 'all', of });

const caseOf = (
  name: string,
  model: PlanModel,
  bytes: number,
  confidence: number,
  trials: number,
  margin?: number,
): Case => ({ name, model, bytes, confidence, trials, ...(margin !== undefined && { margin }) });

const cases: Case[] = [
  ...[0.01, 0.1, 0.5].map((loss) =>
    caseOf(`independent loss of ${loss}`, independent(loss), ONE_BLOCK, 0.9, 2000),
  ),
  caseOf('independent loss, two blocks', independent(0.2), TWO_BLOCKS, 0.9, 300),
  ...[3, 30, 300].map((burst) => caseOf(`bursts of ${burst}`, bursts(0.1, burst), ONE_BLOCK, 0.95, 2000)),
  ...[2, 20, 1000].map((burst) => {
    const bytes = burst === 20 ? THREE_BLOCKS : TWO_BLOCKS;
    return caseOf(`bursts of ${burst}, several blocks`, bursts(0.2, burst), bytes, 0.9, 300);
  }),
  caseOf('bursts of 20, nine blocks', bursts(0.2, 20), NINE_BLOCKS, 0.9, 300, 1.3),
  // The shortest bursts that there are: those of independent loss.
  caseOf('the shortest bursts, two blocks', bursts(0.4, 1 / 0.6), TWO_BLOCKS, 0.9, 300),
  caseOf('shadows', shadows(0.05, 4), ONE_BLOCK, 0.95, 2000),
  caseOf('shadows longer than the object takes', shadows(0.03, 200), ONE_BLOCK, 0.97, 4000),
  caseOf('fades of rain', fades(0.05, 20), ONE_BLOCK, 0.95, 4000, 1.3),
  caseOf('fades of rain longer than the object takes', fades(0.03, 200), ONE_BLOCK, 0.98, 4000, 1.1),
  caseOf(
    'fades of rain, two blocks, independent loss besides',
    both(fades(0.05, 60), independent(0.05)),
    TWO_BLOCKS,
    0.9,
    500,
    1.3,
  ),
  caseOf('lost frames', frames(0.02, 21.4), ONE_BLOCK, 0.95, 2000, 1.3),
  caseOf('lost frames of one datagram', frames(0.1, 8), ONE_BLOCK, 0.9, 2000, 1.6),
  ...[3000, 10_000, 80_000].map((packetsPerSecond) =>
    caseOf(
      `lost frames of a carrier of ${packetsPerSecond} packets in a second`,
      { model: 'dvb-s2', loss: 0.01, packetsPerFrame: 21.4, packetsPerSecond },
      ONE_BLOCK,
      0.9,
      2000,
      1.6,
    ),
  ),
  caseOf('lost frames, two blocks', both(frames(0.01, 38.6), independent(0.02)), TWO_BLOCKS, 0.9, 500, 1.3),
  caseOf(
    'shadows, two blocks, independent loss besides',
    both(shadows(0.05, 20), independent(0.05)),
    TWO_BLOCKS,
    0.9,
    300,
  ),
  caseOf('passes', windows(30, 8), ONE_BLOCK, 0.9, 1000),
  caseOf('passes with independent loss', both(windows(30, 8), independent(0.2)), ONE_BLOCK, 0.8, 1000),
  caseOf('passes, two blocks', windows(120, 72), TWO_BLOCKS, 0.7, 300),
  caseOf('a recorder', recorder(0.02), ONE_BLOCK, 0.95, 2000),
  caseOf(
    'a recorder that loses packets in bursts and cuts off both ends',
    recorder(0.02, { burst: 50, startSeconds: 1, endSeconds: 2 }),
    ONE_BLOCK,
    0.95,
    2000,
    1.1,
  ),
  caseOf('a recorder, two blocks', recorder(0.01, { burst: 20 }), TWO_BLOCKS, 0.9, 300),
];

/** A case, its plan and what is sent, for both tests of it. */
function prepare({ model, bytes, confidence }: Case) {
  const parameters = parametersOf(model, bytes, confidence);
  const planned = plan(parameters);
  return { planned, sent: send(parameters, planned) };
}
const prepared = new Map<Case, ReturnType<typeof prepare>>();
function prepareOnce(given: Case) {
  const known = prepared.get(given) ?? prepare(given);
  prepared.set(given, known);
  return known;
}

/** The same channel for the simulation, which knows the share of a carrier and where a transmission ends. */
function channelOf(model: PlanModel, airtime: number): ChannelSpec {
  if (model.model === 'dvb-s2' && model.packetsPerSecond !== undefined) {
    const { packetsPerSecond, ...frames } = model;
    // Full datagrams: UDP payload, MPE and section headers in packets of 184 bytes.
    const packets = (1472 + 45) / 184;
    return { ...frames, share: (packets * RATE) / (8 * 1500) / packetsPerSecond };
  }
  return model.model === 'recorder' && model.endSeconds
    ? { ...model, durationSeconds: airtime }
    : (model as ChannelSpec);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function standardError(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}

const isRain = (model: PlanModel) => model.model === 'rain-fade';

describe('what the planner promises holds in the simulation', () => {
  it.each(cases)('$name', (given) => {
    const { model, confidence, trials, margin = 1 } = given;
    const { planned, sent } = prepareOnce(given);
    expect(planned.unmet).toBeUndefined();
    expect(planned.fromStart.probability).toBeGreaterThanOrEqual(confidence);
    // The plan is what the encoder sends.
    expect(sent.blocks.length).toBe(planned.datagrams.total);
    expect(sent.airtime).toBeCloseTo(planned.airtime, 6);

    const makeModel = prepareLossModel(channelOf(model, planned.airtime));
    const prng = createPrng(SEED);
    const times: number[] = [];
    for (let trial = 0; trial < trials; trial++) {
      const seed = prng.fork(`${trial}`);
      const time = receive(sent, makeModel(seed.fork('channel')), seed);
      if (time !== undefined) times.push(time);
    }
    const { low, high } = wilson(times.length, trials, Z999);
    const { probability, expectedSeconds } = planned.fromStart;
    const seen = `seed ${SEED}: promised ${probability}, seen ${times.length} of ${trials} (${low} to ${high})`;
    expect(probability, seen).toBeLessThanOrEqual(high);
    expect(1 - probability, seen).toBeLessThanOrEqual(margin * (1 - low));
    const tolerance = 4 * standardError(times) + 0.01 * expectedSeconds!;
    expect(Math.abs(mean(times) - expectedSeconds!), `${expectedSeconds}, ${mean(times)}`).toBeLessThan(
      tolerance,
    );
  });

  // A recorder whose end is missing is there from the start.
  const joined = cases.filter(
    ({ bytes, model }) => bytes === ONE_BLOCK && !(model.model === 'recorder' && model.endSeconds),
  );
  it.each(joined)('for those that join: $name', (given) => {
    const { model } = given;
    const { planned, sent } = prepareOnce(given);
    const makeModel = prepareLossModel(channelOf(model, planned.airtime));
    const prng = createPrng(SEED);
    const trials = 1500;
    const times: number[] = [];
    let inTime = 0;
    for (let trial = 0; trial < trials; trial++) {
      const seed = prng.fork(`${trial}`);
      const join = seed.below(sent.blocks.length);
      const time = receive(sent, makeModel(seed.fork('channel')), seed, join, true);
      if (time === undefined) continue;
      times.push(time);
      if (time <= sent.airtime - sent.seconds[join]!) inTime++;
    }
    const { low, high } = wilson(inTime, trials, Z999);
    const { probability, expectedSeconds } = planned.joining;
    const seen = `seed ${SEED}: promised ${probability}, seen ${inTime} of ${trials} (${low} to ${high})`;
    expect(probability, seen).toBeLessThanOrEqual(high);
    expect(probability, seen).toBeGreaterThanOrEqual((isRain(model) ? 0.9 : 1) * (low / 1.02 - 0.002));
    expect(times.length).toBe(trials);
    const tolerance = 4 * standardError(times) + 0.01 * mean(times);
    if (isRain(model)) {
      // Fades count longer than they are; where they last long there is no mean to tell.
      expect(expectedSeconds ?? Number.POSITIVE_INFINITY).toBeGreaterThan(mean(times) - tolerance);
      expect(expectedSeconds ?? 0).toBeLessThan(1.5 * mean(times) + tolerance);
      return;
    }
    expect(Math.abs(mean(times) - expectedSeconds!), `${expectedSeconds}, ${mean(times)}`).toBeLessThan(
      tolerance,
    );
  });
});
