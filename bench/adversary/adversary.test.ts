import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receiver, ReceiverOptions } from '../../receiver/engine/interface.js';
import type { KnownEdition } from '../../receiver/engine/ports/events.js';
import { createReceiver } from '../../receiver/engine/receiver.js';
import { type CampaignResult, runCampaign } from './campaign/campaign.js';
import { ALLOWED_FACTOR, judge, type Measured } from './campaign/judgement.js';
import { LIMITS } from './campaign/limits.js';
import { makePlan, type Plan } from './campaign/plan.js';
import type { MakeReceiver } from './campaign/subject.js';
import { MEANS } from './means/list.js';
import { failureText, summarize, summaryText } from './summary.js';
import { createWorld, type World } from './world/world.js';

/** Other campaigns: DATACAST_SEED=<number> npx vitest run bench/adversary */
const SEED = Number(process.env.DATACAST_SEED ?? 1);
const CAMPAIGNS = 100;
const MINUTES = 60_000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

describe('campaigns', () => {
  it(
    'leave every receiver with the newest editions',
    async () => {
      const results: CampaignResult[] = [];
      for (let seed = SEED; seed < SEED + CAMPAIGNS; seed++)
        results.push(await runCampaign(world, makePlan(seed)));
      const failed = results.filter(({ failures }) => failures.length > 0);
      expect(failed.map(failureText).join('\n')).toBe('');
      expect(results.every(({ hostile }) => hostile > 0)).toBe(true);
    },
    20 * MINUTES,
  );

  it('follow from their seeds', async () => {
    expect(makePlan(SEED)).toEqual(makePlan(SEED));
    const [once, again] = [
      await runCampaign(world, makePlan(SEED)),
      await runCampaign(world, makePlan(SEED)),
    ];
    expect(again).toEqual(once);
  });

  it('use all means, checks, limits, stores and restarts', () => {
    const plans = Array.from({ length: 10 * CAMPAIGNS }, (_, i) => makePlan(SEED + i));
    const used = new Set(plans.flatMap(({ means }) => means.map(({ name }) => name)));
    expect(MEANS.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
    const values = <K extends keyof Plan>(key: K) => [...new Set(plans.map((plan) => plan[key]))].sort();
    expect(values('verify')).toEqual(['auto', 'eager', 'lazy']);
    expect(values('limits')).toEqual(['small', 'tight', 'usual']);
    expect(values('store')).toEqual(['directory', 'memory']);
    expect(values('attacker')).toEqual(['publisher', 'publisher-thief', 'stranger', 'thief']);
    expect(new Set(plans.flatMap(({ restarts }) => restarts.map(({ how }) => how))).size).toBe(2);
  });
});

/** A campaign that any sound receiver withstands. */
const HARMLESS: Plan = {
  ...makePlan(1),
  attacker: 'stranger',
  means: MEANS.filter(({ name }) => name === 'junk: random bytes'),
  verify: 'eager',
  limits: 'usual',
  store: 'memory',
  uplink: 'first',
  loss: 0,
  earlier: { programme: 'newest', datagrams: 0 },
  isAttackedEarly: true,
  prelude: 20,
  ratio: 1,
  step: 4,
  restarts: [{ at: 0.5, how: 'kill' }],
};

/** A receiver whose datagrams go through somebody else's hands. */
function spoiled(push: (receiver: Receiver) => Receiver['push']): MakeReceiver {
  return (options: ReceiverOptions) => {
    const receiver = createReceiver(options);
    return { ...receiver, push: push(receiver), counters: receiver.counters };
  };
}

describe('the judgement', () => {
  it('holds a sound receiver', async () => {
    const { failures, factor } = await runCampaign(world, HARMLESS);
    expect(failures).toEqual([]);
    expect(factor).toBeLessThan(ALLOWED_FACTOR);
  });

  it('fails a receiver that gets too little', async () => {
    const genuine = new Set(
      await world.broadcast(world.keys.first, world.programmes.at(-1)!, HARMLESS.layout),
    );
    // 7 of 16: with the fountain code it takes 16 / 7 times as long
    let heard = 0;
    const deaf = spoiled((receiver) => (datagram, from) => {
      const isLost = genuine.has(datagram) && heard++ % 16 >= 7;
      return isLost ? 'taken' : receiver.push(datagram, from);
    });
    const { failures, factor } = await runCampaign(world, HARMLESS, deaf);
    expect(factor).toBeGreaterThan(ALLOWED_FACTOR);
    expect(failures).toEqual([expect.stringContaining('unattacked it takes')]);
  });

  it('fails a receiver that takes nothing after a while', async () => {
    let taken = 0;
    const tired = spoiled(
      (receiver) => (datagram, from) => (++taken > 200 ? 'taken' : receiver.push(datagram, from)),
    );
    const { failures } = await runCampaign(world, HARMLESS, tired);
    expect(failures).toEqual([expect.stringContaining('were not complete after')]);
  });

  it('fails a receiver that throws, or says that it has failed', async () => {
    const broken: MakeReceiver = (options) => {
      const receiver = createReceiver(options);
      return { ...receiver, counters: receiver.counters, restore: () => Promise.reject(new Error('broken')) };
    };
    const { failures } = await runCampaign(world, HARMLESS, broken);
    expect(failures[0]).toContain('The receiver has thrown: Error: broken');
  });

  it('fails a receiver that goes back to an older edition', async () => {
    const forgetful: MakeReceiver = (options) => {
      const receiver = createReceiver(options);
      const on = ((type, listener) =>
        receiver.on(type, (event) => {
          listener(event);
          if (type !== 'edition') return;
          const { edition, index, object } = event as KnownEdition & { object: Uint8Array };
          const older = { ...edition, sequence: edition.sequence - 1, sha256: '00' };
          listener({ edition: older, index, object } as never);
        })) as Receiver['on'];
      return { ...receiver, counters: receiver.counters, on };
    };
    const { failures } = await runCampaign(world, HARMLESS, forgetful);
    expect(failures).toEqual(
      expect.arrayContaining([
        'Edition 3 of news was handed out after 4.',
        expect.stringContaining('Nobody published the edition 00'),
      ]),
    );
  });

  it('fails a receiver that hands out other bytes, or keeps its sinks', async () => {
    const careless: MakeReceiver = (options) => {
      const receiver = createReceiver({
        ...options,
        async createSink(object) {
          const sink = await options.createSink!(object);
          return {
            ...sink,
            async *read() {
              for await (const bytes of sink.read()) yield bytes;
              if (
                receiver
                  .objects()
                  .some(({ object: { id }, state }) => id === object.id && state === 'verified')
              )
                yield new Uint8Array(1);
            },
            discard() {},
          };
        },
      });
      return receiver;
    };
    const { failures } = await runCampaign(world, HARMLESS, careless);
    expect(failures.join('\n')).toContain('which is not what a publisher signed');
    expect(failures.join('\n')).toContain('sinks were not given back');
  });

  it('fails whoever exceeds a limit', async () => {
    // the receiver is told of other limits than those it is judged by
    const greedy: MakeReceiver = (options) =>
      createReceiver({ ...options, limits: { ...LIMITS.usual, maxObjects: 4096, maxEditions: 64 } });
    const plan: Plan = {
      ...HARMLESS,
      limits: 'tight',
      means: MEANS.filter(({ name }) => name === 'replay of forty other bundles'),
    };
    const { failures } = await runCampaign(world, plan, greedy);
    const { maxObjects, maxEditions } = LIMITS.tight;
    expect(failures.join('\n')).toMatch(new RegExp(`\\d+ objects at a time; the limit is ${maxObjects}\\.`));
    expect(failures.join('\n')).toMatch(
      new RegExp(`\\d+ editions at a time; the limit is ${maxEditions}\\.`),
    );

    const sound: Measured = {
      unattacked: 100,
      attacked: 150,
      given: 150,
      peaks: { storedBytes: 0, waitingBytes: 0, objects: 0, editions: 0 },
      limits: LIMITS.tight,
      wrongs: [],
    };
    expect(judge(sound)).toEqual([]);
    expect(judge({ ...sound, attacked: 151 })).toHaveLength(1);
    expect(judge({ ...sound, attacked: undefined })).toHaveLength(1);
    const { maxStoredBytes, maxWaitingBytes } = LIMITS.tight;
    const peaks = { ...sound.peaks, storedBytes: maxStoredBytes + 1, waitingBytes: 3 * maxWaitingBytes + 1 };
    expect(judge({ ...sound, peaks })).toHaveLength(2);
  });
});

describe('the summary', () => {
  const result = (seed: number, factor: number, failures: string[] = []): CampaignResult => ({
    seed,
    attacker: 'stranger',
    means: ['bit errors', 'truncation'].slice(0, seed),
    verify: 'lazy',
    limits: 'usual',
    store: 'memory',
    unattacked: 100,
    attacked: 100 * factor,
    factor,
    hostile: 5,
    peaks: { storedBytes: 0, waitingBytes: 0, objects: 0, editions: 0 },
    failures,
  });

  it('counts by means, with the worst factor, and says how to repeat a failure', () => {
    const results = [result(1, 1.2), result(2, 1.6, ['Too late.'])];
    expect(summarize(results, ({ means }) => means)).toEqual([
      { name: 'bit errors', campaigns: 2, held: 1, worst: 1.6, worstSeed: 2 },
      { name: 'truncation', campaigns: 1, held: 0, worst: 1.6, worstSeed: 2 },
    ]);
    expect(summaryText(results)).toMatch(/bit errors +2 +1 +1\.60 +2\n/);
    expect(failureText(results[1]!)).toContain('adversary --seed 2 --campaigns 1');
  });
});
