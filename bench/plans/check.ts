import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { runCli } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import type { EditionPlan, OrderPlan } from '../../encoder/planner/index.js';
import { createProgram, loadCommands } from '../../encoder/program.js';
import { createPrng } from '../../fixtures/prng.js';
import { prepareLossModel } from '../channel/index.js';
import { binomialAtMost, missedWithCertainty } from './binomial.js';
import type { PlanQuestion } from './questions.js';
import { timeOfEverything } from './receive.js';
import { type Recorded, recordingOf } from './recording.js';

/** A promise, and what receivers had. */
export interface PromiseCheck {
  readonly order: 'sequence' | 'mixed';
  /** Everything by the end, or by the time that `--confidence` of them are said to need. */
  readonly what: 'by the end' | 'in time';
  readonly promised: number;
  readonly trials: number;
  readonly kept: number;
  /** The probability that so few have it when the promise is right. */
  readonly chance: number;
  /** So many times the failures that are promised would be found out in nine of ten runs. */
  readonly power: number;
}

export interface PlanCheck {
  readonly question: PlanQuestion;
  /** Of the command. */
  readonly milliseconds: number;
  /** Exit code and sentence where there is no plan. */
  readonly refused: string | undefined;
  readonly meets: boolean;
  readonly promises: readonly PromiseCheck[];
}

/** What `datacast plan --json` prints. */
type Printed = EditionPlan & Pick<Recorded, 'objects'>;

export interface CheckOptions {
  readonly schemes: FecSchemes;
  readonly seed: number;
  /** Receivers of each plan: as many as `work` datagrams give, but not more than `most`. */
  readonly most: number;
  readonly work: number;
  /** A promise is broken when it would be so by chance this seldom. */
  readonly level: number;
}

const LEAST_TRIALS = 100;
/** Exit code: the question is no question. */
const USAGE_ERROR = 2;

export async function checkPlan(question: PlanQuestion, options: CheckOptions): Promise<PlanCheck> {
  const begin = performance.now();
  const { code, stdout, stderr } = await run(['plan', ...question.options, '--json']);
  const milliseconds = performance.now() - begin;
  if (code === USAGE_ERROR) throw new Error(`datacast plan ${question.options.join(' ')}: ${stderr.trim()}`);
  if (stdout === '') {
    return { question, milliseconds, refused: `${code}: ${stderr.trim()}`, meets: false, promises: [] };
  }
  const plan = JSON.parse(stdout) as Printed;
  const promises = (['sequence', 'mixed'] as const).flatMap((order) => {
    const planned = plan[order];
    return planned === undefined ? [] : checkOrder(order, planned, plan, question, options);
  });
  return { question, milliseconds, refused: undefined, meets: code === 0, promises };
}

function checkOrder(
  order: 'sequence' | 'mixed',
  { expectLoss, probability, stages, datagrams }: OrderPlan,
  { objects, rate, confidence }: Printed,
  { channel }: PlanQuestion,
  { schemes, seed, most, work, level }: CheckOptions,
): PromiseCheck[] {
  const trials = Math.max(LEAST_TRIALS, Math.min(most, Math.floor(work / datagrams.total)));
  if (trials * datagrams.total > 10 * work) return [];
  const recording = recordingOf({ objects, order, expectLoss, rate }, schemes);
  const newRun = prepareLossModel(channel);
  const prng = createPrng(seed);
  const times = Array.from({ length: trials }, (_, trial) => {
    const receiver = prng.fork(`${trial}`);
    const isLost = newRun(receiver.fork('channel'));
    return timeOfEverything(recording, isLost, receiver, { from: 0, rounds: 0 });
  });
  const check = (what: PromiseCheck['what'], promised: number, kept: number): PromiseCheck => ({
    order,
    what,
    promised,
    trials,
    kept,
    chance: binomialAtMost(trials, promised, kept),
    power: missedWithCertainty(trials, promised, level) / (1 - promised),
  });
  const { atConfidence } = stages.find(({ kind }) => kind === 'all')!.fromStart;
  const by = (seconds: number) => times.filter((time) => time !== undefined && time <= seconds).length;
  return [
    check('by the end', probability, by(Number.POSITIVE_INFINITY)),
    ...(atConfidence === undefined ? [] : [check('in time', confidence, by(atConfidence * (1 + 1e-9)))]),
  ];
}

async function run(argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const surroundings = {
    io,
    crypto: nodeCrypto,
    passwords: { env: {}, terminal: undefined },
    words: { input: Readable.from([]), isTerminal: false },
    now: Date.now,
    interrupted: new AbortController().signal,
  };
  const code = await runCli(createProgram(surroundings, await loadCommands(argv)), argv, io);
  return { code, stdout, stderr };
}
