import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRaptorQ, type RaptorQ } from '../../../codecs/raptorq/index.js';
import { ROOT } from '../../../fixtures/job.js';
import { createPrng, meanLoss, prepareLossModel } from '../../channel/index.js';
import { type Cell, type CellRecord, RECORD_FORMAT, SIMULATION_VERSION } from '../record.js';
import { createCarousel, runExactTrial } from './exact.js';
import { summariseTrials } from './summary.js';
import { createSender, prepareTransmission, type Sender, type Transmission } from './transmission.js';
import { runFastTrial, type Trial, tuneIn } from './trial.js';

/** A cell and how often to try it. */
export interface CellTask {
  readonly cell: Cell;
  /** 0..2^53-1. */
  readonly seed: number;
  /** 1 or more. */
  readonly trials: number;
}

/** What all cells of a process share. */
export interface TrialContext {
  readonly raptorq: RaptorQ;
  readonly sender: Sender;
}

export async function createTrialContext(): Promise<TrialContext> {
  return { raptorq: await loadRaptorQ(), sender: await createSender() };
}

/** Stands for the cell, the seed and the number of trials; independent of the order of members. */
export function taskId({ cell, seed, trials }: CellTask): string {
  const text = JSON.stringify(sortMembers({ cell, seed, trials, simulation: SIMULATION_VERSION }));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sortMembers(member)]),
  );
}

/**
 * The trials of a cell, one after the other. Trial `n` meets the same run of the channel whatever the code, the repair
 * and the order of sending are, in one draw: cells that differ in those alone are compared on the same losses.
 */
export async function runTrials(
  { cell, seed, trials }: CellTask,
  transmission: Transmission,
  { sender }: TrialContext,
): Promise<Trial[]> {
  const newModel = prepareLossModel(cell.channel);
  const { channel, draw } = cell;
  const ofChannel = createPrng(seed).fork(JSON.stringify(sortMembers(channel)));
  const random = draw === undefined ? ofChannel : ofChannel.fork(draw);
  const carousel = cell.mode === 'exact' ? await createCarousel(transmission, sender, seed) : undefined;
  const results: Trial[] = [];
  try {
    for (let trial = 0; trial < trials; trial++) {
      const ofTrial = random.fork(`trial ${trial}`);
      const tuning = tuneIn(transmission, ofTrial.fork('tuning'));
      const model = newModel(ofTrial.fork('loss'));
      results.push(
        carousel
          ? await runExactTrial(transmission, carousel, sender, tuning, model)
          : runFastTrial(transmission, tuning, model),
      );
    }
  } finally {
    carousel?.free();
  }
  return results;
}

/**
 * Runs a cell.
 *
 * @throws LossError, ChannelError or EncodeError when the cell asks for what cannot be
 */
export async function runCell(task: CellTask, context: TrialContext): Promise<CellRecord> {
  const begin = performance.now();
  const { cell, seed, trials } = task;
  const transmission = await prepareTransmission(cell, context.raptorq, context.sender);
  const results = await runTrials(task, transmission, context);
  const loss = meanLoss(cell.channel, transmission.objectPayload);
  const total = (of: (trial: Trial) => number) => results.reduce((sum, trial) => sum + of(trial), 0);
  return {
    format: RECORD_FORMAT,
    id: taskId(task),
    versions: { datacast: packageVersion(), simulation: SIMULATION_VERSION, node: process.version },
    cell,
    seed,
    trials,
    transmission: describeTransmission(transmission),
    channel: {
      model: cell.channel.model,
      meanLoss: loss,
      lost: total(({ lost }) => lost) / total(({ sent }) => sent),
    },
    ...summariseTrials(transmission, results, loss),
    elapsedSeconds: (performance.now() - begin) / 1000,
  };
}

function describeTransmission(transmission: Transmission): CellRecord['transmission'] {
  const { code, sourceSymbols, parameters, schedules, fdtDatagrams, passBytes, cell } = transmission;
  const { objectPayload, fdtPayload, session } = transmission;
  return {
    codeLabel: code.label,
    isReference: code.name !== 'raptorq',
    sourceSymbols,
    blocks: code.sourceSymbols.length,
    symbolSize: parameters.symbolSize,
    repairSymbols: schedules[0].blocks.length - fdtDatagrams - sourceSymbols,
    fdtDatagrams,
    passBytes,
    passSeconds: (8 * passBytes) / cell.rate,
    datagramBytes: objectPayload + session.packetOverhead,
    fdtDatagramBytes: fdtPayload + session.packetOverhead,
  };
}

/** Version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}
