import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { symbolsToSend } from '../../session/repair.js';
import { PlanError } from '../question/error.js';
import type { PlanModel } from '../question/model.js';
import type { PlanParameters } from '../question/parameters.js';
import { plan } from './plan.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

function planFor(model: PlanModel, changes: Partial<PlanParameters> = {}) {
  return plan({
    schemes,
    model,
    transferLength: 2_000_000,
    rate: 256_000,
    confidence: 0.999,
    mtu: 1500,
    authDepth: 0,
    name: 'bundle',
    ...changes,
  });
}

const bernoulli = (loss: number): PlanModel => ({ model: 'bernoulli', loss });

describe('plan', () => {
  it('takes the least repair that is enough', () => {
    for (const loss of [0.05, 0.2, 0.5]) {
      const { code, fromStart } = planFor(bernoulli(loss));
      // The table may be missed too, so the blocks alone need no more than this.
      const least = symbolsToSend(code.sourceSymbols, loss, 1e-3) - code.sourceSymbols;
      expect(code.repairSymbols).toBeGreaterThanOrEqual(least);
      expect(code.repairSymbols).toBeLessThanOrEqual(least * 1.003 + 3);
      expect(fromStart.probability).toBeGreaterThanOrEqual(0.999);
    }
  });

  it('needs no repair where nothing is lost', () => {
    for (const model of [
      bernoulli(0),
      { model: 'gilbert-elliott', loss: 0, burst: 5 },
      { model: 'rain-fade', share: 0, meanSeconds: 10 },
      { model: 'dvb-s2', loss: 0, packetsPerFrame: 20 },
    ] as PlanModel[]) {
      expect(planFor(model)).toMatchObject({
        code: { repairSymbols: 0 },
        fromStart: { probability: 1 },
        passes: 1,
      });
    }
  });

  it('is monotone: more loss, longer bursts and more confidence take more airtime', () => {
    const rising = (plans: { airtime: number }[]) => {
      for (const [index, { airtime }] of plans.slice(1).entries()) {
        expect(airtime).toBeGreaterThan(plans[index]!.airtime);
      }
    };
    rising([0.01, 0.1, 0.3, 0.6, 0.9].map((loss) => planFor(bernoulli(loss))));
    rising([2, 10, 100, 1000].map((burst) => planFor({ model: 'gilbert-elliott', loss: 0.1, burst })));
    rising([0.9, 0.99, 0.999, 0.999_99].map((confidence) => planFor(bernoulli(0.1), { confidence })));
    rising([1, 3, 30].map((meanSeconds) => planFor({ model: 'shadowing', share: 0.05, meanSeconds })));
    rising([20, 60, 200].map((meanSeconds) => planFor({ model: 'rain-fade', share: 0.05, meanSeconds })));
    rising([0.01, 0.05, 0.2].map((loss) => planFor({ model: 'dvb-s2', loss, packetsPerFrame: 30 })));
  });

  it('makes passes of twice the object at most', () => {
    const { passes, code, joining } = planFor(bernoulli(0.9));
    expect(passes).toBe(Math.ceil((1 + code.repairSymbols / code.sourceSymbols) / 2));
    expect(joining.probability).toBeGreaterThan(0);
  });

  it('fits packets and signatures', () => {
    const small = planFor(bernoulli(0.1), { mtu: 576, authDepth: 2 });
    expect(small.code.symbolSize).toBe(576 - 28 - 12 - 68 - 32 - 4);
    expect(small.fromStart.probability).toBeGreaterThanOrEqual(0.999);
  });

  it.each<[string, PlanModel]>([
    ['independent loss', bernoulli(0.2)],
    ['bursts', { model: 'gilbert-elliott', loss: 0.2, burst: 20 }],
    ['fades', { model: 'rain-fade', share: 0.02, meanSeconds: 20 }],
    ['shadows', { model: 'shadowing', share: 0.02, meanSeconds: 20 }],
    ['lost frames', { model: 'dvb-s2', loss: 0.02, packetsPerFrame: 20 }],
    ['passes', { model: 'pass', periodSeconds: 300, windowSeconds: 120 }],
    ['a recorder', { model: 'recorder', loss: 0.02, startSeconds: 5 }],
  ])('says what would meet a goal out of reach: %s', (_, model) => {
    const free = planFor(model);
    expect(free.unmet).toBeUndefined();
    const duration = free.airtime * 0.8;
    const short = planFor(model, { duration });
    expect(short.unmet).toMatchObject({ limit: 'duration' });
    expect(short.withinDuration).toBeLessThan(0.999);
    expect(planFor(model, { duration: short.unmet!.duration! }).unmet).toBeUndefined();
    expect(planFor(model, { duration, rate: short.unmet!.rate! * 1.002 }).unmet).toBeUndefined();
  });

  it('says when no rate helps', () => {
    const { unmet, withinDuration } = planFor(
      { model: 'shadowing', share: 0.05, meanSeconds: 3600 },
      { duration: 1000, rate: 64_000 },
    );
    expect(unmet).toMatchObject({ limit: 'duration', rate: undefined });
    expect(unmet!.duration).toBeGreaterThan(3600);
    expect(withinDuration).toBeGreaterThan(0.95);
    // A receiver that sees nothing but the fade that it begins in gets nothing at any rate.
    expect(withinDuration).toBeLessThan(1 - 0.05 * Math.exp(-1000 / 3600));
  });

  it('says when the code has no more symbols', () => {
    const { unmet } = planFor(
      { model: 'pass', periodSeconds: 1e6, windowSeconds: 10 },
      { transferLength: 1000, rate: 1e9 },
    );
    expect(unmet).toMatchObject({ limit: 'symbols' });
  });

  it('uses what is left of the duration', () => {
    const { unmet, withinDuration, fromStart } = planFor(bernoulli(0.1), { duration: 600 });
    expect(unmet).toBeUndefined();
    expect(withinDuration).toBeGreaterThan(fromStart.probability);
  });

  it.each<[PlanModel, RegExp]>([
    [bernoulli(1), /100 %: nothing arrives/],
    [bernoulli(0.995), /99\.5 % is beyond planning/],
    [bernoulli(-0.1), /loss is -0\.1/],
    [{ model: 'gilbert-elliott', loss: 1, burst: 3 }, /nothing arrives/],
    [
      { model: 'gilbert-elliott', loss: 0.9, burst: 3 },
      /mean burst is 3 datagrams.* it is 10, and bursts are not shorter/,
    ],
    [
      { model: 'gilbert-elliott', loss: 0.4, burst: 1 },
      /it is 1\.67, and bursts are not shorter.*independent loss/,
    ],
    [{ model: 'recorder', loss: 0.4, burst: 1.5 }, /mean burst is 1\.5 packets/],
    [
      { model: 'dvb-s2', loss: 0.1, packetsPerFrame: 20, packetsPerSecond: 10 },
      /carrier has 10 transport stream/,
    ],
    [{ model: 'rain-fade', share: 0.1, meanSeconds: 0 }, /above 0/],
    [{ model: 'pass', periodSeconds: 10, windowSeconds: 11 }, /does not fit/],
    [{ model: 'pass', periodSeconds: 10, windowSeconds: 0 }, /windows are empty/],
    [
      { model: 'trace', path: 'x' } as unknown as PlanModel,
      /no formula for the model trace.*datacast-bench loss/,
    ],
    [
      {
        model: 'all',
        of: [
          { model: 'pass', periodSeconds: 10, windowSeconds: 5 },
          { model: 'recorder', loss: 0.1 },
        ],
      },
      /pass and recorder together/,
    ],
  ])('refuses %j', (model, message) => {
    expect(() => planFor(model)).toThrow(PlanError);
    expect(() => planFor(model)).toThrow(message);
  });

  it('refuses goals that cannot be', () => {
    for (const confidence of [0, 1, Number.NaN]) {
      expect(() => planFor(bernoulli(0.1), { confidence })).toThrow(PlanError);
    }
    expect(() => planFor(bernoulli(0.1), { duration: 0 })).toThrow(PlanError);
  });
});
