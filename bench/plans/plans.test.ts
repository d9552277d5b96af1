import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { runCli } from '../../codecs/node/command.js';
import { createPrng } from '../../fixtures/prng.js';
import { type ChannelSpec, prepareLossModel } from '../channel/index.js';
import { createBenchProgram } from '../program.js';
import { binomialAtMost, missedWithCertainty } from './binomial.js';
import { checkPlan, type PlanCheck, type PromiseCheck } from './check.js';
import { randomQuestions } from './questions.js';
import { timeOfEverything } from './receive.js';
import { type Recorded, recordingOf } from './recording.js';
import { brokenPromises } from './text.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

describe('the binomial test', () => {
  it('knows the distribution', () => {
    // 1 - 0.999^1000 and its neighbours, by hand
    expect(binomialAtMost(1000, 0.999, 999)).toBeCloseTo(1 - 0.999 ** 1000, 9);
    expect(binomialAtMost(10, 0.5, 2)).toBeCloseTo((1 + 10 + 45) / 1024, 12);
    expect(binomialAtMost(5, 1, 4)).toBe(0);
    expect(binomialAtMost(5, 0, 0)).toBe(1);
  });

  it('says what it would find', () => {
    const share = missedWithCertainty(1000, 0.99, 1e-5);
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.06);
    expect(missedWithCertainty(1, 0.5, 1e-5)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('questions', () => {
  it('are the same for a seed, and of every model', () => {
    const asked = randomQuestions(60, createPrng(1));
    expect(randomQuestions(60, createPrng(1))).toEqual(asked);
    expect(randomQuestions(60, createPrng(2))).not.toEqual(asked);
    const text = asked.map(({ options }) => options.join(' ')).join('\n');
    for (const model of ['gilbert-elliott', 'rain-fade', 'shadowing', 'recorder', 'dvb-s2']) {
      expect(text).toContain(`--model ${model}`);
    }
    for (const { channel } of asked) prepareLossModel(channel);
  });
});

describe('the simulation', () => {
  const recorded: Recorded = {
    objects: [
      { kind: 'index', bytes: 300 },
      { kind: 'front', bytes: 20_000 },
      { kind: 'film', bytes: 30_000 },
    ],
    order: 'sequence',
    expectLoss: 5,
    rate: 64_000,
  };

  it('has everything at the end when nothing is lost, and nothing when all is', () => {
    const recording = recordingOf(recorded, schemes);
    const listen = (lost: boolean) =>
      timeOfEverything(recording, () => lost, createPrng(1), { from: 0, rounds: 0 });
    expect(listen(true)).toBeUndefined();
    expect(listen(false)).toBeLessThanOrEqual(recording.airtime);
    // The last part ends last: its source symbols alone take most of the rest.
    expect(listen(false)).toBeGreaterThan(0.7 * recording.airtime);
  });

  it('misses a block without a symbol too many, and a table', () => {
    const recording = recordingOf(recorded, schemes);
    const film = recording.objectOf.indexOf(2);
    const sent = recording.what.filter((each) => each === film).length;
    const without = (lost: (each: number) => boolean) => {
      let index = 0;
      return timeOfEverything(recording, () => lost(recording.what[index++]!), createPrng(5), {
        from: 0,
        rounds: 0,
      });
    };
    let left = sent - recording.needed[film]! + 1;
    expect(without((each) => each === film && left-- > 0)).toBeUndefined();
    expect(without((each) => each < 0)).toBeUndefined();
    expect(without(() => false)).toBeDefined();
  });
});

describe('datacast-bench plans', () => {
  const question = randomQuestions(1, createPrng(1))[0]!;
  const promise: PromiseCheck = {
    order: 'mixed',
    what: 'by the end',
    promised: 0.999,
    trials: 1000,
    kept: 999,
    chance: 0.6,
    power: 10,
  };
  const checkOf = (changes: Partial<PromiseCheck>): PlanCheck => ({
    question,
    milliseconds: 1,
    refused: undefined,
    meets: true,
    promises: [{ ...promise, ...changes }],
  });

  it('finds a broken promise, and many that are a little too high', () => {
    expect(brokenPromises([checkOf({})])).toEqual([]);
    const broken = brokenPromises([checkOf({ kept: 980, chance: binomialAtMost(1000, 0.999, 980) })]);
    expect(broken[0]).toMatch(/0\.999 was promised by the end \(mixed\), and 980 of 1000 had everything/);
    // None is a proof by itself.
    expect(brokenPromises(Array.from({ length: 100 }, () => checkOf({ kept: 998 })))).toEqual([
      expect.stringMatching(/^All promises together: 200 receivers failed where 100\.0 may/),
    ]);
  });

  it.each([
    // What is short has short symbols, of which a burst takes several.
    ['--size 1848 --rate 1000 --confidence 0.99 --model recorder --loss 1.6565% --burst 1.89', 'recorder'],
    ['--size 6382 --rate 1000 --confidence 0.99 --model recorder --loss 4.2685% --burst 1.581', 'recorder'],
    ['--size 15375 --rate 5917 --confidence 0.999 --model dvb-s2 --loss 0.2082% --modcod qpsk-1/2', 'dvb-s2'],
  ])('promises no more than is kept of short messages: %s', async (text, model) => {
    const options = text.split(' ');
    const numberOf = (name: string) => Number.parseFloat(options[options.indexOf(name) + 1]!);
    const loss = numberOf('--loss') / 100;
    const channel: ChannelSpec =
      model === 'recorder'
        ? { model, loss, burst: numberOf('--burst') }
        : { model: 'dvb-s2', loss, packetsPerFrame: 32_128 / 1504 };
    const asked = { options, channel, rate: numberOf('--rate'), confidence: numberOf('--confidence') };
    const check = { schemes, seed: 1, most: 4000, work: 1e6, level: 1e-5 };
    const { promises } = await checkPlan(asked, check);
    expect(promises).toHaveLength(4);
    for (const { chance } of promises) expect(chance).toBeGreaterThan(1e-4);
  });

  it('asks a few questions, and the promises are kept', async () => {
    let stdout = '';
    let stderr = '';
    const io = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
    };
    const argv = ['plans', '--questions', '12', '--trials', '100', '--seed', '3'];
    expect({ code: await runCli(createBenchProgram(io), argv, io), stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^all +12 +\d+ +\d+ +\d+ +0 +/m);
    expect(stdout).toMatch(/Time of datacast plan: median .* s, 99 % within .* s, longest/);
  });
});
