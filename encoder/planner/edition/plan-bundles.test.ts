import { beforeAll, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { type PlannedBundle, planBundles } from './plan-bundles.js';
import { planEdition } from './plan-edition.js';
import { typicalEdition } from './typical.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

const LOSS = { model: 'bernoulli', loss: 0.1 } as const;
const air = { rate: 256_000, mtu: 1500, authDepth: 0, confidence: 0.99 };
const bundle = (name: string, bytes: number, weight = 1): PlannedBundle => ({
  name,
  objects: typicalEdition(bytes),
  weight,
  repair: { kind: 'loss', loss: 0.1 },
});
const plan = (...bundles: PlannedBundle[]) =>
  planBundles({ ...air, schemes, bundles, model: LOSS }).bundles.map(({ pass, stages }) => ({
    pass,
    everything: stages.at(-1)!.joining.atConfidence!,
  }));

it('plans one bundle as an edition that is mixed', () => {
  const [alone] = plan(bundle('one', 2_000_000));
  const edition = planEdition({
    ...air,
    schemes,
    objects: typicalEdition(2_000_000),
    model: LOSS,
    name: 'one',
  });
  const { joining } = edition.mixed.stages.at(-1)!;
  expect(alone!.everything / joining.atConfidence!).toBeGreaterThan(0.97);
  expect(alone!.everything / joining.atConfidence!).toBeLessThan(1.03);
});

it('gives all bundles passes of one length, and those with weight shorter ones', () => {
  const [alone] = plan(bundle('one', 2_000_000));
  const [one, other] = plan(bundle('one', 2_000_000), bundle('other', 2_000_000));
  expect(one).toEqual(other);
  expect(one!.pass / alone!.pass).toBeGreaterThan(1.95);
  expect(one!.everything).toBeGreaterThan(1.9 * alone!.everything);
  const [small, large] = plan(bundle('small', 500_000, 4), bundle('large', 2_000_000));
  expect(large!.pass / small!.pass).toBeCloseTo(4, 6);
  expect(large!.everything).toBeGreaterThan(1.5 * small!.everything);
});
