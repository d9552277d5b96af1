import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { EncodeError } from '../../error.js';
import { ALLOWANCE, createEffort } from '../completion/effort.js';
import { PlanError } from '../question/error.js';
import type { PlanModel } from '../question/model.js';
import type { PlanParameters } from '../question/parameters.js';
import { type Plan, planWith } from './plan.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

type Question = Omit<PlanParameters, 'schemes'>;

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** Every power of ten as often as the others. */
const scale = (min: number, max: number) => number(Math.log(min), Math.log(max)).map(Math.exp);

/** As the command line takes them: whole percents, and all between. */
const losses = fc.oneof(
  fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100),
  number(0, 0.99),
  scale(1e-8, 0.99),
);
const seconds = scale(1e-3, 1e6);
/** A mean burst that the loss allows. */
const bursts = fc.oneof(fc.constantFrom(1, 10), scale(1, 1e12));
const leastBurst = (loss: number) => 1 / (1 - loss);

const structures: fc.Arbitrary<PlanModel> = fc.oneof(
  losses.map((loss): PlanModel => ({ model: 'bernoulli', loss })),
  fc.tuple(losses, bursts).map(
    ([loss, burst]): PlanModel => ({
      model: 'gilbert-elliott',
      loss,
      burst: Math.max(burst, leastBurst(loss)),
    }),
  ),
  fc
    .tuple(losses, seconds)
    .map(([share, meanSeconds]): PlanModel => ({ model: 'shadowing', share, meanSeconds })),
  fc
    .tuple(losses, seconds, fc.option(number(0.01, 3), { nil: undefined }))
    .map(([share, meanSeconds, sigma]): PlanModel => {
      return { model: 'rain-fade', share, meanSeconds, ...(sigma !== undefined && { sigma }) };
    }),
  fc
    .tuple(losses, scale(1, 100), fc.option(scale(1, 1e6), { nil: undefined }))
    .map(([loss, packetsPerFrame, packetsPerSecond]): PlanModel => {
      const frames = { model: 'dvb-s2', loss, packetsPerFrame } as const;
      return packetsPerSecond === undefined ? frames : { ...frames, packetsPerSecond };
    }),
  fc.tuple(seconds, fc.oneof(fc.constant(1), number(0, 1), scale(1e-6, 1))).map(
    ([periodSeconds, share]): PlanModel => ({
      model: 'pass',
      periodSeconds,
      windowSeconds: share * periodSeconds,
    }),
  ),
  fc
    .record({
      loss: losses,
      burst: fc.option(bursts, { nil: undefined }),
      startSeconds: fc.oneof(fc.constant(0), seconds),
      endSeconds: fc.oneof(fc.constant(0), seconds),
    })
    .map(({ loss, burst, startSeconds, endSeconds }): PlanModel => {
      const cut = { model: 'recorder', loss, startSeconds, endSeconds } as const;
      return burst === undefined ? cut : { ...cut, burst: Math.max(burst, leastBurst(loss)) };
    }),
);

const models: fc.Arbitrary<PlanModel> = fc.oneof(
  { weight: 3, arbitrary: structures },
  {
    weight: 1,
    arbitrary: fc
      .tuple(structures, losses)
      .map(([model, loss]): PlanModel => ({ model: 'all', of: [model, { model: 'bernoulli', loss }] })),
  },
);

/** All that the command line takes. */
const questions: fc.Arbitrary<Question> = fc
  .record({
    model: models,
    transferLength: fc.oneof(scale(1, 2 ** 40 - 1), scale(1e4, 1e8)).map(Math.round),
    rate: scale(100, 1e12),
    confidence: fc.oneof(
      fc.constant(0.999),
      scale(1e-12, 1),
      scale(1e-9, 1).map((rest) => 1 - rest),
    ),
    mtu: fc.oneof(fc.constant(1500), fc.integer({ min: 576, max: 65_535 })),
    authDepth: fc.integer({ min: 0, max: 7 }),
    duration: fc.option(scale(1e-3, 1e9), { nil: undefined }),
  })
  .map(({ duration, ...rest }) => ({ ...rest, name: 'bundle', ...(duration !== undefined && { duration }) }));

/** Parts of a question that have an allowance of their own: the goal, two remedies, two means. */
const PARTS = 5;
/** Symbols are computed by chunks of 1024, and a bound for each of them may be one sum over 255 blocks. */
const OVERSHOT = 2 ** 20;

/** Paths of numbers that are none, or infinite. */
function notFinite(value: unknown, path = 'plan'): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => notFinite(part, `${path}.${key}`));
}

/** Demands a plan or a sentence, in a number of steps that is known beforehand. */
function answer(question: Question, allowance = ALLOWANCE): Plan | undefined {
  const effort = createEffort(allowance);
  try {
    const plan = planWith({ ...question, schemes }, effort);
    expect(notFinite(plan)).toEqual([]);
    const { fromStart, joining, withinDuration = 0 } = plan;
    for (const probability of [fromStart.probability, joining.probability, withinDuration]) {
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
    if (plan.unmet === undefined) expect(fromStart.probability).toBeGreaterThanOrEqual(question.confidence);
    return plan;
  } catch (error) {
    if (!(error instanceof PlanError || error instanceof EncodeError)) throw error;
    expect(error.message).toMatch(/^[A-Z].*\.$/);
    expect(error.message).not.toMatch(/fault of datacast|NaN|Infinity/);
    return undefined;
  } finally {
    expect(effort.spent()).toBeLessThanOrEqual(PARTS * (allowance + OVERSHOT));
  }
}

describe('every question of the command line', () => {
  it('has an answer in numbers, within bounded steps', () => {
    // A small allowance, as it is the same code that ends at a larger one. fast-check prints seed and path to repeat.
    fc.assert(
      fc.property(questions, (question) => {
        answer(question, 2 ** 20);
      }),
      { numRuns: 400, seed: 20_261 },
    );
  });

  const sizes = { transferLength: 5_000_000, rate: 256_000, name: 'bundle', confidence: 0.999 };
  const question = (model: PlanModel): Question => ({ ...sizes, mtu: 1500, authDepth: 0, model });

  it('has an answer for a recorder at every loss up to 99 %', () => {
    for (let percent = 0; percent <= 99; percent++) {
      const plan = answer(question({ model: 'recorder', loss: percent / 100 }), 2 ** 21);
      // Beyond, so many sections have a lost packet that a block needs millions of symbols.
      if (percent <= 20) expect(plan, `${percent} %`).toMatchObject({ unmet: undefined });
    }
  });

  it('has a plan for the shortest bursts and shadows of a millisecond', () => {
    for (const loss of [0.01, 0.1, 0.3, 0.5]) {
      expect(answer(question({ model: 'gilbert-elliott', loss, burst: leastBurst(loss) }))).toMatchObject({
        unmet: undefined,
      });
      expect(answer(question({ model: 'shadowing', share: loss, meanSeconds: 0.001 }))).toMatchObject({
        unmet: undefined,
      });
    }
  });

  it('takes short shadows for what they are at any rate', () => {
    // Shadows of 1 ms between packets of 12 microseconds lose many in a row, as those of 1 s do at a thousandth of the rate.
    const shadows = (meanSeconds: number, rate: number) =>
      answer({ ...question({ model: 'shadowing', share: 0.1, meanSeconds }), rate })!.code.repairPercent;
    expect(shadows(0.001, 1e9)).toBeCloseTo(shadows(1, 1e6), 6);
  });
});
