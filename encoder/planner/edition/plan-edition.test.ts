import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { EncodeError } from '../../error.js';
import { blockFailure } from '../../session/repair.js';
import { createEffort } from '../completion/effort.js';
import { PlanError } from '../question/error.js';
import type { PlanModel } from '../question/model.js';
import { type EditionParameters, type EditionPlan, planEdition, planEditionWith } from './plan-edition.js';
import { prepareEdition } from './prepare.js';
import { OBJECTS } from './testing.js';
import { typicalEdition } from './typical.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

function parameters(model: PlanModel, changes: Partial<EditionParameters> = {}): EditionParameters {
  const sizes = { rate: 256_000, mtu: 1500, authDepth: 0, name: 'bundle', confidence: 0.99 };
  return { schemes, objects: typicalEdition(2_000_000), model, ...sizes, ...changes };
}

const independent = (loss: number): PlanModel => ({ model: 'bernoulli', loss });
const all = (plan: EditionPlan, order: 'sequence' | 'mixed') => plan[order]!.stages.at(-1)!;

describe('the plan of an edition', () => {
  it('gives the front first, and in sequence one class after the other', () => {
    const { stages } = planEdition(parameters(independent(0.1))).sequence!;
    expect(stages.map(({ kind }) => kind)).toEqual(['front', 'text', 'picture', 'sound', 'film', 'all']);
    const times = stages.map(({ fromStart }) => Number(fromStart.expected!.toFixed(6)));
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(times[0]).toBeLessThan(0.15 * times.at(-1)!);
  });

  it('takes longer with more loss, more confidence and more edits', () => {
    const rising = (values: (number | undefined)[]) => {
      for (const [i, value] of values.slice(1).entries()) expect(value).toBeGreaterThan(values[i]!);
    };
    const at = (loss: number, changes = {}) => planEdition(parameters(independent(loss), changes));
    rising([0.01, 0.1, 0.3].map((loss) => all(at(loss), 'mixed').joining.expected));
    rising([0.9, 0.99, 0.9999].map((confidence) => at(0.1, { confidence }).mixed.airtime));
    rising([7200, 3600, 1800].map((editEvery) => at(0.1, { editEvery }).mixed.edits!.unchanged.expected));
  });

  it('counts every table of a message once: the product of what may fail', () => {
    const loss = 0.2;
    const asked = parameters(independent(loss), { objects: typicalEdition(1000), rate: 2000 });
    const { probability, expectLoss, datagrams } = planEdition(asked).sequence!;
    const objects = prepareEdition(asked).coded({ kind: 'loss', loss: expectLoss / 100 });
    const rebuilt = objects.map(
      ({ coding: { sourceSymbols, repairSymbols } }) =>
        1 - blockFailure(sourceSymbols, sourceSymbols + repairSymbols, loss),
    );
    expect(probability).toBeCloseTo(
      rebuilt.reduce((all, one) => all * one, 1 - loss ** datagrams.fdt),
      9,
    );
  });

  it('has an answer for moments at round intervals', () => {
    const moments = { model: 'pass', periodSeconds: 5, windowSeconds: 1 } as const;
    const plan = planEdition(parameters(moments, { confidence: 0.999 }));
    expect(plan.unmet).toBeUndefined();
    expect(all(plan, 'mixed').joining.atConfidence).toBeLessThan(900);
  });

  it('sends mixed where fades take whole parts of a sequence', () => {
    const shadows = { model: 'shadowing', share: 0.02, meanSeconds: 20 } as const;
    // its front is small enough to be repeated
    const plan = planEdition(parameters(shadows, { objects: OBJECTS }));
    expect(plan.order).toBe('mixed');
    expect(plan.unmet).toBeUndefined();
    expect(plan.mixed.airtime).toBeLessThan(plan.sequence!.airtime);
  });

  it('knows that a front is sent once where it is not repeated', () => {
    const fades: PlanModel = { model: 'shadowing', share: 0.08, meanSeconds: 8 };
    const asked = parameters(fades, { objects: typicalEdition(500_000), rate: 352_000, confidence: 0.999 });
    const { sequence, mixed } = planEdition(asked);
    // the front decides, and in both orders it is sent alike
    expect(mixed.airtime / sequence!.airtime).toBeGreaterThan(0.9);
  });

  it('counts an index and its repetition, which bursts take apart', () => {
    const bursts = { model: 'gilbert-elliott', loss: 0.1, burst: 20 } as const;
    const asked = parameters(bursts, { objects: typicalEdition(5_000_000), confidence: 0.999 });
    const { sequence, mixed } = planEdition(asked);
    // The few symbols of a repeated index stand among those of the front: counted as a row of their own they took 72 %.
    expect(sequence!.expectLoss).toBeLessThan(35);
    expect(mixed.expectLoss).toBeLessThan(35);
  });

  it('promises nothing of a sequence through windows', () => {
    const plan = planEdition(parameters({ model: 'pass', periodSeconds: 5700, windowSeconds: 480 }));
    expect(plan).toMatchObject({ order: 'mixed', sequence: undefined, unmet: undefined });
  });

  it('says what would meet a goal out of reach', () => {
    const free = planEdition(parameters(independent(0.2)));
    const duration = 0.8 * free.sequence!.airtime;
    const { unmet } = planEdition(parameters(independent(0.2), { duration }));
    expect(unmet).toMatchObject({ limit: 'duration' });
    expect(planEdition(parameters(independent(0.2), { duration: unmet!.duration! })).unmet).toBeUndefined();
    expect(planEdition(parameters(independent(0.2), { duration, rate: unmet!.rate! })).unmet).toBeUndefined();
  });

  it('refuses what cannot be', () => {
    expect(() => planEdition(parameters(independent(1)))).toThrow(PlanError);
    expect(() => planEdition(parameters(independent(0.1), { editEvery: 0 }))).toThrow(/above 0/);
    expect(() => planEdition(parameters(independent(0.1), { editBytes: 0 }))).toThrow(/1 or more/);
  });
});

/** Long rain on a content of some minutes: no recording meets a goal of 99.9 %. */
const RAIN: PlanModel = { model: 'rain-fade', share: 0.034, meanSeconds: 366 };

describe('a goal that no recording meets', () => {
  const within = (duration: number) => {
    const changes = { objects: typicalEdition(5_000_000), confidence: 0.999, duration };
    return planEdition(parameters(RAIN, changes));
  };

  it('uses the duration that there is, and gets the more the longer it is', () => {
    const plans = [400, 1800, 7200, 21_600].map((duration) => ({ duration, plan: within(duration) }));
    let before = 0.9;
    for (const { duration, plan } of plans) {
      expect(plan.unmet).toMatchObject({ limit: 'duration', probability: plan[plan.order]!.probability });
      expect(plan.mixed.airtime).toBeLessThanOrEqual(duration);
      expect(plan.mixed.probability).toBeGreaterThan(before);
      before = plan.mixed.probability;
    }
    expect(before).toBeGreaterThan(0.995);
  });

  it('does not take the longest recording where a shorter one is better', () => {
    const [short, long] = [within(220), within(1800)].map(({ sequence }) => sequence!);
    expect(long!.probability).toBeGreaterThanOrEqual(short!.probability);
  });
});

/** Stages of which a part is said to come later than the whole. */
function tooLate({ sequence, mixed }: EditionPlan): string[] {
  const isLater = (part = Number.POSITIVE_INFINITY, whole = part) => part > whole;
  return [sequence, mixed].flatMap((of) => {
    if (of === undefined) return [];
    const everything = of.stages.at(-1)!;
    return of.stages.flatMap(({ kind, ...times }) =>
      (['fromStart', 'joining'] as const)
        .filter((when) => {
          const [part, whole] = [times[when], everything[when]];
          return (
            isLater(part.expected, whole.expected) ||
            isLater(part.atConfidence, whole.atConfidence) ||
            // with edits it is what those have that join
            (when === 'joining' && isLater(whole.atConfidence, of.edits?.everything.atConfidence))
          );
        })
        .map((when) => `${kind} ${when}`),
    );
  });
}

it('has no part of an edition later than the whole', () => {
  const rain: PlanModel = { model: 'rain-fade', share: 0.006, meanSeconds: 168 };
  const changes = { objects: typicalEdition(5_000_000), confidence: 0.999 };
  const plan = planEdition(parameters(rain, changes));
  expect(all(plan, 'mixed').fromStart.atConfidence).toBeDefined();
  expect(tooLate(plan)).toEqual([]);
});

/** Numbers that are not finite, by their place. */
function notFinite(value: unknown, place = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place}: ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => notFinite(each, `${place}.${key}`));
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const scale = (min: number, max: number) => number(Math.log(min), Math.log(max)).map(Math.exp);
const models: fc.Arbitrary<PlanModel> = fc.oneof(
  number(0, 0.9).map(independent),
  fc.tuple(number(0, 0.5), scale(1, 1e6)).map(([loss, burst]): PlanModel => {
    return { model: 'gilbert-elliott', loss, burst: Math.max(burst, 1 / (1 - loss)) };
  }),
  fc
    .tuple(number(0, 0.5), scale(1e-3, 1e5))
    .map(([share, meanSeconds]): PlanModel => ({ model: 'rain-fade', share, meanSeconds })),
  fc
    .tuple(number(0, 0.5), scale(1e-3, 1e5))
    .map(([share, meanSeconds]): PlanModel => ({ model: 'shadowing', share, meanSeconds })),
  fc
    .tuple(number(0, 0.5), scale(1, 100))
    .map(([loss, packetsPerFrame]): PlanModel => ({ model: 'dvb-s2', loss, packetsPerFrame })),
  fc.tuple(scale(1, 1e5), scale(1e-3, 1)).map(
    ([periodSeconds, share]): PlanModel => ({
      model: 'pass',
      periodSeconds,
      windowSeconds: share * periodSeconds,
    }),
  ),
  fc
    .tuple(number(0, 0.3), number(0, 100))
    .map(([loss, startSeconds]): PlanModel => ({ model: 'recorder', loss, startSeconds })),
);

describe('every question about an edition', () => {
  it('has an answer in numbers, within bounded steps', () => {
    const questions = fc.record({
      model: models,
      bytes: scale(1, 2e7).map(Math.round),
      rate: scale(1e3, 1e9),
      confidence: number(0.01, 0.9999),
      editEvery: scale(0.1, 1e6),
      duration: fc.option(scale(1, 1e6), { nil: undefined }),
    });
    fc.assert(
      fc.property(questions, ({ bytes, duration, ...rest }) => {
        const objects = typicalEdition(bytes);
        const changes = { ...rest, objects, ...(duration !== undefined && { duration }) };
        const effort = createEffort(2 ** 20);
        try {
          const plan = planEditionWith(parameters(rest.model, changes), effort);
          expect(notFinite(plan)).toEqual([]);
          expect(tooLate(plan)).toEqual([]);
          if (plan.unmet === undefined)
            expect(plan[plan.order]!.probability).toBeGreaterThanOrEqual(rest.confidence);
        } catch (error) {
          if (!(error instanceof PlanError || error instanceof EncodeError)) throw error;
          expect(error.message).not.toMatch(/fault of datacast|NaN|Infinity/);
        }
        expect(effort.spent()).toBeLessThan(2 ** 28);
      }),
      { numRuns: 40, seed: 20_264 },
    );
  });
});
