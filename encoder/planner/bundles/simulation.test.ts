import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ChannelSpec, createPrng, type Prng, prepareLossModel } from '../../../bench/channel/index.js';
import { wilson } from '../../../bench/loss/interval.js';
import { parseFdt } from '../../../codecs/fdt/index.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createKeys, type Keys, loadKeys } from '../../keys/keys.js';
import { CHANNEL_DEFAULTS, type ChannelBundle } from '../../send/channel/channel.js';
import { sent, testSession } from '../../send/testing-session.js';
import { measureEdition } from '../command/size.js';
import type { StageKind } from '../edition/chances/stages.js';
import { prepareEdition } from '../edition/prepare.js';
import type { PlanModel } from '../question/model.js';
import { type PlannedBundle, planBundles } from './plan-bundles.js';

/** Two-sided 99.9 %. */
const Z999 = 3.2905;
const SEED = 20_264;
const CONFIDENCE = 0.95;
const RATE = 256_000;
const REPAIR = { kind: 'loss', loss: 0.1 } as const;
const LOSS: PlanModel = { model: 'bernoulli', loss: 0.1 };
const TRIALS = 300;

let work: string;
let keys: Keys;
let schemes: FecSchemes;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-channel-'));
  const now = Date.UTC(2026, 5, 1);
  await createKeys(join(work, 'keys'), nodeCrypto, { now });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), now);
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

/** A directory with files of so many bytes that do not compress. */
function content(name: string, files: Readonly<Record<string, number>>, prng: Prng): string {
  const directory = join(work, name);
  mkdirSync(directory, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    writeFileSync(
      join(directory, file),
      Uint8Array.from({ length: bytes }, () => prng.below(256)),
    );
  }
  return directory;
}

type Settings = Partial<ChannelBundle>;
interface Channel {
  readonly bundles: readonly {
    readonly files: Readonly<Record<string, number>>;
    readonly settings: Settings;
  }[];
  /** Of simulated time. */
  readonly seconds: number;
  readonly tableInterval?: number;
}

interface Sent {
  /** Seconds at which it begins and ends. */
  readonly begin: number;
  readonly end: number;
  readonly bytes: number;
  readonly toi: number;
  readonly sbn: number;
  /** TOIs that a table announces. */
  readonly announces: readonly number[];
}

interface Block {
  readonly toi: number;
  readonly sbn: number;
  readonly needed: number;
}

/** A bundle as receivers want it. */
interface Wanted {
  readonly name: string;
  readonly objects: readonly { readonly toi: number; readonly kind: string }[];
  readonly blocks: readonly Block[];
}

/** What `datacast send` puts on the air, datagram after datagram, and what is planned. */
async function broadcast(
  title: string,
  { bundles, seconds, tableInterval = 2000 }: Channel,
  model: PlanModel,
  confidence = CONFIDENCE,
) {
  const prng = createPrng(SEED).fork(title);
  const session = await testSession(join(work, `state-${title}`), { keys, schemes, rate: RATE });
  session.multiplex.configure({ tableInterval });
  const wanted: Wanted[] = [];
  const planned: PlannedBundle[] = [];
  for (const [i, { files, settings }] of bundles.entries()) {
    const name = `${title}-${i}`;
    const path = content(name, files, prng);
    const bundle = { repair: REPAIR, ...settings, name, path };
    const { objects } = await measureEdition(path, nodeCrypto, () => {}, { ...bundle, level: 3 });
    const {
      weight = 1,
      order = 'mixed',
      rules = {},
      frontInterval = CHANNEL_DEFAULTS.frontInterval,
    } = settings;
    planned.push({ name, objects, weight, order, rules, frontInterval, repair: REPAIR });
    const { parts, index, edition } = await session.put(bundle);
    const tois = [index, ...parts];
    const lengths = [edition.index, ...edition.parts].map(({ length }) => length);
    // What is packed and what is measured are alike, but for the digits of the sequence number.
    for (const [k, { bytes }] of objects.entries())
      expect(Math.abs(bytes - lengths[k]!)).toBeLessThan(k === 0 ? 20 : 1);
    const prepared = prepareEdition({ schemes, objects, rate: RATE, mtu: 1500, authDepth: 0, name });
    const blocks = prepared
      .coded(REPAIR)
      .flatMap(({ coding }, k) =>
        coding.blocks.map(({ sourceSymbols }, sbn) => ({ toi: tois[k]!, sbn, needed: sourceSymbols })),
      );
    wanted.push({ name, objects: tois.map((toi, k) => ({ toi, kind: objects[k]!.kind })), blocks });
  }
  // What has no pass left ends the session.
  session.multiplex.finish();
  const events: Sent[] = [];
  for await (const { time, bytes, packet } of sent(session, RATE, schemes)) {
    if (time > 1000 * seconds) break;
    const toi = packet.lct.toi!;
    const announces = toi === 0 ? parseFdt(packet.payload).files.map((file) => file.toi) : [];
    const begin = time / 1000;
    const sbn = toi === 0 ? 0 : packet.payloadId!.sbn;
    events.push({ begin, end: begin + (8 * bytes) / RATE, bytes, toi, sbn, announces });
  }
  await session.multiplex.close();
  const plan = planBundles({
    ...{ schemes, bundles: planned, tableInterval, model, confidence },
    ...{ rate: RATE, mtu: 1500, authDepth: 0 },
  });
  return { events, wanted, plan };
}

/** How long a receiver that joins at a moment takes for each stage. */
function listen(
  events: readonly Sent[],
  { objects, blocks }: Wanted,
  stages: readonly StageKind[],
  join: number,
  isLost: ReturnType<ReturnType<typeof prepareLossModel>>,
  prng: Prng,
): Map<StageKind, number> {
  const left = blocks.map(({ needed }) => {
    let symbols = needed;
    while (prng.chance(0.01)) symbols++;
    return symbols;
  });
  const isAnnounced = new Set<number>();
  const found = new Map<StageKind, number>();
  const has = (toi: number) =>
    isAnnounced.has(toi) && blocks.every((block, i) => block.toi !== toi || left[i]! <= 0);
  const blockOf = new Map(blocks.map(({ toi, sbn }, i) => [`${toi} ${sbn}`, i]));
  for (let i = events.findIndex(({ begin }) => begin >= join); i < events.length; i++) {
    const { begin, end, bytes, toi, sbn, announces } = events[i]!;
    if (isLost({ seconds: begin - join, length: bytes - 28 })) continue;
    for (const each of announces) isAnnounced.add(each);
    const block = blockOf.get(`${toi} ${sbn}`) ?? -1;
    if (block >= 0) left[block]!--;
    else if (announces.length === 0) continue;
    if (block >= 0 && left[block] !== 0) continue;
    const there = new Set(objects.filter((object) => has(object.toi)));
    for (const stage of stages) {
      if (found.has(stage)) continue;
      const isThere = objects.every((each) => {
        return there.has(each) || !(stage === 'all' || each.kind === 'index' || each.kind === stage);
      });
      if (isThere) found.set(stage, end - join);
    }
    if (found.size === stages.length) break;
  }
  return found;
}

/** Nothing comes later than promised, and not all of it much sooner. */
function expectHeld(name: string, promised: number | undefined, times: readonly number[], tooLong: number) {
  const sorted = [...times].sort((a, b) => a - b);
  const quantile = sorted[Math.ceil(CONFIDENCE * times.length) - 1]!;
  const seen = `${name}, seed ${SEED}: ${promised} s promised, ${quantile} s seen`;
  if (process.env.FIGURES) console.log(seen);
  const inTime = times.filter((time) => time <= promised!).length;
  expect(wilson(inTime, times.length, Z999).high, seen).toBeGreaterThanOrEqual(CONFIDENCE);
  expect(promised, seen).toBeLessThanOrEqual((1 + tooLong) * quantile + 2);
}

type Aired = Awaited<ReturnType<typeof broadcast>>;

function expectJoining(
  { events, wanted, plan }: Aired,
  model: PlanModel,
  tooLong: Readonly<Record<string, number>>,
) {
  const makeModel = prepareLossModel(model as ChannelSpec);
  for (const [i, bundle] of plan.bundles.entries()) {
    if (bundle.listening !== 'from any moment') continue;
    const prng = createPrng(SEED).fork(bundle.name);
    const stages = bundle.stages.map(({ kind }) => kind);
    const times = new Map(stages.map((kind) => [kind, [] as number[]]));
    const last = events.at(-1)!.end;
    for (let trial = 0; trial < TRIALS; trial++) {
      const seed = prng.fork(`${trial}`);
      // Not while the first pass goes on, in which parts come one by one.
      const join = last * (0.25 + 0.35 * seed.uniform());
      const found = listen(events, wanted[i]!, stages, join, makeModel(seed.fork('channel')), seed);
      for (const kind of stages) times.get(kind)!.push(found.get(kind) ?? Number.POSITIVE_INFINITY);
    }
    for (const { kind, joining } of bundle.stages) {
      expectHeld(
        `${bundle.name}: ${kind}`,
        joining.atConfidence,
        times.get(kind)!,
        tooLong[kind] ?? tooLong.all!,
      );
    }
  }
}

const PAGES = { 'index.html': 12_000, 'today.txt': 40_000, 'photo.jpg': 60_000, 'film.mp4': 150_000 };
const SMALL = { 'index.html': 6000, 'map.png': 30_000 };
const MINUTE = 60_000;

it('plans parts in sequence, those first that the file names, without what it leaves out', async () => {
  const files = { ...PAGES, 'more.txt': 50_000, 'other.txt': 45_000, 'raw.tiff': 400_000 };
  const settings: Settings = { order: 'sequence', first: ['today.txt'], exclude: ['*.tiff'] };
  const aired = await broadcast('sequence', { bundles: [{ files, settings }], seconds: 400 }, LOSS);
  expect(aired.plan.bundles[0]!.bytes).toBeLessThan(370_000);
  expectJoining(aired, LOSS, { front: 0.15, all: 0.15 });
});

it('plans a sequence of which one pass is just enough', async () => {
  const texts = { 'a.txt': 300_000, 'b.txt': 300_000, 'c.txt': 300_000 };
  const pictures = { 'd.jpg': 500_000, 'e.jpg': 500_000, 'f.jpg': 500_000, 'g.jpg': 500_000 };
  const files = { 'index.html': 60_000, ...texts, ...pictures, 'film.mp4': 2_000_000 };
  const bundles = [{ files, settings: { order: 'sequence', first: ['index.html'] } as Settings }];
  const { events, wanted, plan } = await broadcast('enough', { bundles, seconds: 1000 }, LOSS, 0.999);
  const [bundle] = plan.bundles;
  if (bundle?.listening !== 'from any moment') throw new Error(bundle?.listening);
  const promised = bundle.stages.at(-1)!.joining.atConfidence!;
  const makeModel = prepareLossModel(LOSS as ChannelSpec);
  const prng = createPrng(SEED).fork('enough');
  const times = Array.from({ length: 4 * TRIALS }, (_, trial) => {
    const seed = prng.fork(`${trial}`);
    const join = 1000 * (0.25 + 0.35 * seed.uniform());
    return listen(events, wanted[0]!, ['all'], join, makeModel(seed.fork('channel')), seed).get('all')!;
  });
  const inTime = times.filter((time) => time <= promised).length;
  const seen = `seed ${SEED}: ${promised} s promised, a pass of ${bundle.pass} s, ${Math.max(...times)} s seen at most`;
  if (process.env.FIGURES) console.log(seen);
  expect(wilson(inTime, times.length, Z999).high, seen).toBeGreaterThanOrEqual(0.999);
  expect(promised, seen).toBeLessThan(1.05 * bundle.pass);
});

it('plans a front in sequence that is repeated more often than passes bring it', async () => {
  const files = { ...PAGES, 'index.html': 3000, 'long.mp4': 1_200_000 };
  const settings: Settings = { order: 'sequence', first: ['index.html'], frontInterval: 10_000 };
  const aired = await broadcast('repeated', { bundles: [{ files, settings }], seconds: 900 }, LOSS);
  expectJoining(aired, LOSS, { front: 1, all: 0.15 });
});

it.each([5000, 60_000])('plans index and front that come every %d ms', async (frontInterval) => {
  const files = { ...PAGES, 'index.html': 3000, 'long.mp4': 1_500_000 };
  const bundles = [{ files, settings: { frontInterval, first: ['index.html'] } }];
  const aired = await broadcast(`front-${frontInterval}`, { bundles, seconds: 800 }, LOSS);
  expectJoining(aired, LOSS, { front: 0.3, all: 0.1 });
});

it.each([500, 20_000])('plans tables that come every %d ms', async (tableInterval) => {
  const files = { ...PAGES, 'index.html': 3000, 'long.mp4': 600_000 };
  const bundles = [{ files, settings: { frontInterval: 5000, first: ['index.html'] } }];
  const aired = await broadcast(`tables-${tableInterval}`, { bundles, seconds: 600, tableInterval }, LOSS);
  expectJoining(aired, LOSS, { front: 0.3, all: 0.15 });
});

it('plans rounds, and passes of a round with pauses, beside a bundle that is always on the air', async () => {
  const bundles = [
    { files: PAGES, settings: {} },
    { files: SMALL, settings: { rules: { every: 2 * MINUTE } } },
    {
      files: { ...SMALL, 'b.txt': 90_000 },
      settings: { rules: { every: 4 * MINUTE, passes: 2, pause: 40_000 } },
    },
  ];
  const aired = await broadcast('rounds', { bundles, seconds: 1800 }, LOSS);
  expectJoining(aired, LOSS, { all: 0.8 });
});

it('plans pauses between passes without end', async () => {
  const bundles = [
    { files: PAGES, settings: { rules: { pause: MINUTE } } },
    {
      files: { ...SMALL, 'c.txt': 50_000 },
      settings: { rules: { pause: 15_000 }, order: 'sequence' as const },
    },
  ];
  const aired = await broadcast('pauses', { bundles, seconds: 1200 }, LOSS);
  expectJoining(aired, LOSS, { all: 0.8 });
});

it('plans rounds that may take longer than the time from one to the next', async () => {
  const rules = { every: 40_000, passes: 2, pause: 10_000 };
  const bundles = [
    { files: PAGES, settings: { rules } },
    { files: PAGES, settings: { rules: { every: 3 * MINUTE } } },
    { files: SMALL, settings: { rules: { every: 20_000 }, weight: 0.5 } },
  ];
  const aired = await broadcast('long', { bundles, seconds: 1200 }, LOSS);
  expectJoining(aired, LOSS, { all: 1.5 });
});

it('plans rounds through shadows', async () => {
  const model: PlanModel = { model: 'shadowing', share: 0.05, meanSeconds: 1 };
  const bundles = [
    { files: PAGES, settings: { rules: { every: MINUTE } } },
    { files: PAGES, settings: {} },
  ];
  const aired = await broadcast('shadows', { bundles, seconds: 1200 }, model);
  expectJoining(aired, model, { all: 1 });
});

it.each([1, 2])('plans %d passes for who listens to all of them', async (passes) => {
  const bundles = [
    { files: PAGES, settings: { rules: { passes, pause: 20_000 } } },
    { files: SMALL, settings: { rules: { passes: passes + 1 } } },
  ];
  const { events, wanted, plan } = await broadcast(`once-${passes}`, { bundles, seconds: 200 }, LOSS);
  for (const [i, bundle] of plan.bundles.entries()) {
    if (bundle.listening !== 'from the start') throw new Error(bundle.listening);
    const prng = createPrng(SEED).fork(bundle.name);
    const makeModel = prepareLossModel(LOSS as ChannelSpec);
    const stages = bundle.stages.map(({ kind }) => kind);
    const found = Array.from({ length: TRIALS }, (_, trial) => {
      const seed = prng.fork(`${trial}`);
      return listen(events, wanted[i]!, stages, 0, makeModel(seed.fork('channel')), seed);
    });
    const complete = found.filter((each) => each.has('all')).length;
    const seen = `${bundle.name}, seed ${SEED}: ${bundle.probability} promised, ${complete} of ${TRIALS} seen`;
    if (process.env.FIGURES) console.log(seen, bundle.stages);
    expect(wilson(complete, TRIALS, Z999).high, seen).toBeGreaterThanOrEqual(bundle.probability);
    expect(bundle.probability, seen).toBeGreaterThan(complete / TRIALS - 0.08);
    for (const { kind, fromStart } of bundle.stages) {
      if (fromStart.atConfidence === undefined) continue;
      const inTime = found.filter(
        (each) => (each.get(kind) ?? Infinity) <= fromStart.atConfidence! + 2,
      ).length;
      expect(wilson(inTime, TRIALS, Z999).high, `${seen}: ${kind}`).toBeGreaterThanOrEqual(CONFIDENCE);
    }
  }
});
