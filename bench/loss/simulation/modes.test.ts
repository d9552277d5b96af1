import { beforeAll, describe, expect, it } from 'vitest';
import { createPace } from '../../../encoder/recording/pace.js';
import { TABLE } from '../../../encoder/recording/record-job.js';
import { numberLanes, recordJobs } from '../../../encoder/recording/record-jobs.js';
import type { RecordedObject } from '../../../encoder/recording/recorded-object.js';
import { lanesOf } from '../../../encoder/recording/schedule/lanes.js';
import { symbolsInOrder } from '../../../encoder/recording/schedule/order.js';
import { tablesInOrder } from '../../../encoder/recording/schedule/table-turns.js';
import type { Transmission as Recorded } from '../../../encoder/recording/transmission.js';
import { planBlocks } from '../../../encoder/session/blocks.js';
import { designLoss } from '../../../encoder/session/repair.js';
import type { ChannelSpec } from '../../channel/index.js';
import type { Cell } from '../record.js';
import { createTrialContext, runTrials, type TrialContext } from './cell.js';
import { FDT } from './schedule.js';
import { prepareTransmission } from './transmission.js';
import type { Trial } from './trial.js';

let context: TrialContext;
beforeAll(async () => {
  context = await createTrialContext();
});

const BASE: Cell = {
  set: 'test',
  mode: 'fast',
  code: 'raptorq',
  channel: { model: 'bernoulli', loss: 0.3 },
  objectBytes: 30_000,
  blockSymbols: 16_384,
  repair: { kind: 'loss', loss: 0.2 },
  interleave: true,
  passes: 4,
  join: 'start',
  authDepth: 0,
  mtu: 1500,
  rate: 1e6,
};

const CASES: [string, Partial<Cell>][] = [
  ['one block from the start', {}],
  ['one pass with too little repair', { passes: 1, repair: { kind: 'fraction', fraction: 0.4 } }],
  ['several blocks, joined at random', { blockSymbols: 7, join: 'random' }],
  ['one block after the other', { blockSymbols: 7, interleave: false, join: 'random' }],
  ['bursts', { channel: { model: 'gilbert-elliott', loss: 0.4, burst: 5 }, passes: 6 }],
  ['fades by time', { channel: { model: 'shadowing', share: 0.4, meanSeconds: 0.1 }, passes: 12 }],
  [
    'a recorder, by length and time',
    { channel: { model: 'recorder', loss: 0.02, startSeconds: 0.1 }, join: 'random' },
  ],
  ['signature trees', { authDepth: 3, passes: 2 }],
  ['a single symbol', { objectBytes: 100, passes: 1, channel: { model: 'bernoulli', loss: 0.8 } }],
];

describe('fast mode', () => {
  it.each(CASES)('agrees with exact mode trial by trial: %s', async (_name, changes) => {
    const fast: Cell = { ...BASE, ...changes };
    const run = async (cell: Cell) =>
      runTrials(
        { cell, seed: 7, trials: 12 },
        await prepareTransmission(cell, context.raptorq, context.sender),
        context,
      );
    // Which symbols a receiver without a table needs is known to the fast mode alone.
    const received = ({ used, surplus, ...trial }: Trial) => ({ ...trial, symbols: used + surplus });
    const exact = await run({ ...fast, mode: 'exact' });
    expect((await run(fast)).map(received)).toEqual(exact.map(received));
    expect(exact.some(({ completed }) => completed)).toBe(true);
  });

  it('meets the same losses whatever the code', async () => {
    const lossesOf = async (changes: Partial<Cell>) => {
      const cell: Cell = { ...BASE, ...changes, passes: 1, objectBytes: 1_000_000 };
      const task = {
        cell: { ...cell, channel: { model: 'bernoulli', loss: 0.9 } as ChannelSpec },
        seed: 1,
        trials: 3,
      };
      const cellTransmission = await prepareTransmission(task.cell, context.raptorq, context.sender);
      return (await runTrials(task, cellTransmission, context)).map(({ lost }) => lost);
    };
    const symbols = { repair: { kind: 'fraction', fraction: 0 } } as const;
    expect(await lossesOf({ ...symbols, code: 'repetition' })).toEqual(await lossesOf(symbols));
  });
});

it('schedules the first pass as the encoder does', async () => {
  const cell: Cell = { ...BASE, objectBytes: 123_456, blockSymbols: 20 };
  const cellTransmission = await prepareTransmission(cell, context.raptorq, context.sender);
  const { session, scheme, parameters, blocks, fdtDatagrams, fdtPayload, objectPayload, schedules } =
    cellTransmission;
  const repair = cellTransmission.code.phases(0)[1]!.map(({ count }) => count);
  const source = blocks.map(({ sourceSymbols }) => sourceSymbols);
  const headerLength = objectPayload - parameters.symbolSize;
  const never = { objects: [], symbols: [], times: 0 };
  const object: RecordedObject = {
    kind: 'other',
    toi: 1,
    contentLocation: 'x',
    sha256: new Uint8Array(32),
    objectId: new Uint8Array(16),
    position: 0,
    coding: {
      fec: 'raptorq',
      scheme,
      parameters,
      blocks,
      repair,
      sourceSymbols: cellTransmission.sourceSymbols,
      repairSymbols: repair.reduce((sum, count) => sum + count, 0),
      goal: cell.repair,
      designLoss: designLoss(cell.repair),
      headerLength,
    },
  };
  const lanes = lanesOf([object], never);
  const symbols = () =>
    symbolsInOrder([{ source, repair }], { order: 'sequence', first: 1, repetition: never });
  const fdt = {
    sourceSymbols: 1,
    datagramLength: fdtPayload,
    next: () => new Uint8Array(fdtPayload),
    free() {},
  };
  const transmission: Recorded = {
    session,
    objects: [object],
    lanes,
    symbols,
    objectDatagrams: [...symbols()].length,
    tables: [fdt],
    tableTurns: tablesInOrder(symbols, [1], { tableOf: [0], tables: 1, least: 2, datagrams: fdtDatagrams }),
  };
  const sent: [number, number][] = [];
  let bytes = 0;
  for (const job of recordJobs(transmission, createPace(0, cell.rate), session.packetOverhead, 0)) {
    bytes += job.length;
    for (let i = 0; i < job.symbols.length; i += 2) {
      const lane = numberLanes(lanes).all[job.symbols[i]!];
      sent.push(job.symbols[i] === TABLE ? [FDT, 0] : [lane!.sbn, lane!.firstEsi + job.symbols[i + 1]!]);
    }
  }
  expect(Array.from(schedules[0].blocks, (block, i) => [block, schedules[0].esis[i]])).toEqual(sent);
  expect(cellTransmission.passBytes).toBe(bytes);
  expect(planBlocks('raptorq', cell.objectBytes, parameters.symbolSize)).toEqual({
    ...parameters,
    sourceBlocks: 1,
  });
});
