import { beforeAll, describe, expect, it } from 'vitest';
import { type ChannelSpec, createPrng, prepareLossModel } from '../../../../bench/channel/index.js';
import { timeOfEverything } from '../../../../bench/plans/receive.js';
import { recordingOf } from '../../../../bench/plans/recording.js';
import { type FecSchemes, loadFecSchemes } from '../../../../codecs/fec/index.js';
import { createEffort } from '../../completion/effort.js';
import type { PlanModel } from '../../question/model.js';
import { planEditionWith } from '../plan-edition.js';
import { typicalEdition } from '../typical.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

/** Twice as many as the largest of the cases takes. */
const MOST_STEPS = 2 ** 26;
const SEED = 7;

const rain = (share: number, meanSeconds: number): PlanModel => ({ model: 'rain-fade', share, meanSeconds });

/** Questions of which a promise was twice to thirty times too long when failures of phases were bounded by denser symbols. */
const cases = [
  // Index, front and text are each as short as a fade.
  { bytes: 1626, rate: 1000, confidence: 0.99, model: rain(0.043, 12.4), times: 1.5 },
  { bytes: 40_266, rate: 2993, confidence: 0.99, model: rain(0.026, 11.6), times: 1.3 },
  // Fades longer than what is sent without repair.
  { bytes: 3133, rate: 1000, confidence: 0.9, model: rain(0.193, 1064), times: 1.8 },
  // Index and front take two seconds, and are repeated.
  { bytes: 12_422_163, rate: 1_118_310, confidence: 0.9, model: rain(0.107, 60.9), times: 1.5 },
  { bytes: 265_321, rate: 3638, confidence: 0.95, model: rain(0.033, 545), times: 1.3 },
];

describe('rain', () => {
  it.each(cases)(
    'takes not much more airtime than is needed: %o',
    ({ bytes, rate, confidence, model, times }) => {
      const objects = typicalEdition(bytes);
      const effort = createEffort();
      const parameters = {
        schemes,
        objects,
        rate,
        mtu: 1500,
        authDepth: 0,
        name: 'bundle',
        model,
        confidence,
      };
      const { order, unmet, ...plans } = planEditionWith(parameters, effort);
      expect(effort.spent()).toBeLessThan(MOST_STEPS);
      expect(unmet).toBeUndefined();
      const { expectLoss, probability, airtime } = plans[order]!;
      const trials = bytes > 1e6 ? 300 : 1000;
      const recordingFor = (loss: number) => recordingOf({ objects, order, expectLoss: loss, rate }, schemes);
      const makeModel = prepareLossModel(model as ChannelSpec);
      const failures = (loss: number) => {
        const recording = recordingFor(loss);
        let failed = 0;
        for (let trial = 0; trial < trials; trial++) {
          const prng = createPrng(SEED).fork(`${trial}`);
          const isLost = makeModel(prng.fork('channel'));
          if (timeOfEverything(recording, isLost, prng, { from: 0, rounds: 0 }) === undefined) failed++;
        }
        return failed;
      };
      const allowed = trials * (1 - probability);
      expect(failures(expectLoss)).toBeLessThanOrEqual(allowed + 4 * Math.sqrt(allowed));
      // With so much less airtime too many fail.
      let less = expectLoss;
      while (recordingFor(less).airtime * times > airtime) less = 100 - (100 - less) * 1.05;
      expect(failures(less)).toBeGreaterThan(trials * (1 - confidence));
    },
  );
});
