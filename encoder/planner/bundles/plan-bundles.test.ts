import { beforeAll, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { planEdition } from '../edition/plan-edition.js';
import { typicalEdition } from '../edition/typical.js';
import { type PlannedBundle, planBundles } from './plan-bundles.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

const LOSS = { model: 'bernoulli', loss: 0.1 } as const;
const air = { rate: 256_000, tableInterval: 2000, mtu: 1500, authDepth: 0, confidence: 0.99 };
const bundle = (name: string, bytes: number, weight = 1): PlannedBundle => ({
  name,
  objects: typicalEdition(bytes),
  weight,
  order: 'mixed',
  frontInterval: 30_000,
  rules: {},
  repair: { kind: 'loss', loss: 0.1 },
});
const plan = (...bundles: PlannedBundle[]) =>
  planBundles({ ...air, schemes, bundles, model: LOSS }).bundles.map((planned) => {
    if (planned.listening !== 'from any moment') throw new Error(planned.listening);
    return { pass: planned.pass, everything: planned.stages.at(-1)!.joining.atConfidence! };
  });

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

it('has everything of a sequence after a pass whose repair suffices, wherever in a part one joins', () => {
  const objects: PlannedBundle['objects'] = [
    { kind: 'index', bytes: 800 },
    { kind: 'front', bytes: 60_000 },
    { kind: 'text', bytes: 900_000 },
    { kind: 'picture', bytes: 1_000_000 },
    { kind: 'picture', bytes: 1_000_000 },
    { kind: 'film', bytes: 2_000_000 },
  ];
  const sequence: PlannedBundle = { ...bundle('one', 1), objects, order: 'sequence' };
  const asked = { ...air, schemes, bundles: [sequence], model: LOSS, confidence: 0.999 };
  const [planned] = planBundles(asked).bundles;
  const everything = planned!.stages.at(-1)! as { joining: { atConfidence?: number } };
  // What a row that is cut at the beginning lacks comes at the end of the pass, not with the next one.
  expect(everything.joining.atConfidence).toBeLessThan(1.03 * planned!.pass);
});

it('has no part of a bundle later than all of it', () => {
  const model = { model: 'shadowing', share: 0.02, meanSeconds: 3 } as const;
  const rules = [{}, { every: 600_000 }, { passes: 3, pause: 20_000 }];
  for (const order of ['mixed', 'sequence'] as const) {
    const bundles = rules.map((each, i) => ({ ...bundle(`${i}`, 300_000), rules: each, order }));
    const asked = { ...air, schemes, bundles, model, confidence: 0.999 };
    for (const { stages } of planBundles(asked).bundles) {
      const times = stages.map((stage) => ('joining' in stage ? stage.joining : stage.fromStart));
      const whole = times.at(-1)!.atConfidence ?? Number.POSITIVE_INFINITY;
      for (const { atConfidence = Number.POSITIVE_INFINITY } of times) {
        expect(atConfidence).toBeLessThanOrEqual(whole);
      }
    }
  }
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

it('lets those share the rate that may be on the air at the same time', () => {
  const hours = (start: number, expires: number) => ({
    start: start * 3_600_000,
    expires: expires * 3_600_000,
  });
  const of = (name: string, rules: PlannedBundle['rules']) => ({ ...bundle(name, 1_000_000), rules });
  const days = [of('mon', hours(0, 24)), of('tue', hours(24, 48)), of('wed', hours(48, 72))];
  const passes = plan(of('news', {}), ...days, of('late', hours(60, 61))).map(({ pass }) => pass);
  // On Wednesday three of them are there.
  expect(passes[1]! / passes[0]!).toBeCloseTo(2 / 3, 6);
  expect(passes[2]).toBeCloseTo(passes[1]!, 6);
  expect(passes[3]).toBeCloseTo(passes[0]!, 6);
  expect(passes[4]).toBeCloseTo(passes[0]!, 6);
});

it('gives programmes their parts of the rate', () => {
  const [news, school] = [
    { name: 'News', weight: 3 },
    { name: 'School', weight: 1 },
  ];
  const of = (name: string, programme: PlannedBundle['programme'], bytes: number) => ({
    ...bundle(name, bytes),
    programme,
  });
  const three = [of('a', news, 1_000_000), of('b', school, 500_000), of('c', school, 1_000_000)];
  const [a, b, c] = plan(...three).map(({ pass }) => pass);
  expect(b).toBeCloseTo(c!, 6);
  // Three quarters for 1 MB, one quarter for 1.5 MB.
  expect(c! / a!).toBeGreaterThan(4.4);
  expect(c! / a!).toBeLessThan(4.6);
});

it('says of a bundle with two passes what they give', () => {
  const rules = { passes: 2, pause: 60_000 };
  const { bundles } = planBundles({
    ...air,
    schemes,
    bundles: [{ ...bundle('exams', 1_000_000), rules }],
    model: { model: 'bernoulli', loss: 0.4 },
  });
  const [exams] = bundles;
  if (exams?.listening !== 'from the start') throw new Error(exams?.listening);
  expect(exams.end).toBeCloseTo(2 * exams.pass + 60, 6);
  expect(exams.probability).toBeGreaterThan(0.99);
  // One pass has repair for a loss of a tenth.
  for (const { fromStart } of exams.stages) expect(fromStart.atConfidence).toBeCloseTo(exams.end, 6);
});

it('promises nothing through windows where windows and what is sent may miss each other', () => {
  const model = { model: 'pass', periodSeconds: 5700, windowSeconds: 480 } as const;
  const { bundles } = planBundles({
    ...air,
    schemes,
    model,
    bundles: [
      bundle('always', 500_000),
      { ...bundle('sequence', 500_000), order: 'sequence' },
      { ...bundle('rounds', 500_000), rules: { every: 3_600_000 } },
      { ...bundle('once', 500_000), rules: { passes: 3 } },
    ],
  });
  expect(bundles.map(({ unplanned }) => unplanned)).toEqual([
    undefined,
    'sequence through windows',
    'silences through windows',
    'silences through windows',
  ]);
  expect(JSON.stringify(bundles.slice(1).map(({ stages }) => stages))).not.toMatch(/"atConfidence":\d/);
});
