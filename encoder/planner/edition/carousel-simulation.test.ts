import { beforeAll, describe, expect, it } from 'vitest';
import { type ChannelSpec, createPrng, type Prng, prepareLossModel } from '../../../bench/channel/index.js';
import { wilson } from '../../../bench/loss/interval.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { symbolPacketBytes } from '../../session/object-coding.js';
import type { PlanModel } from '../question/model.js';
import { carouselEdition } from './carousel.js';
import type { StageKind } from './chances/stages.js';
import type { Times } from './chances/times.js';
import { type EditionParameters, planEdition } from './plan-edition.js';
import { type PlannedTable, prepareEdition } from './prepare.js';
import { OBJECTS } from './testing.js';

/** Two-sided 99.9 %. */
const Z999 = 3.2905;
const RATE = 512_000;
const SEED = 20_263;
const CONFIDENCE = 0.95;

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

function parametersOf(model: PlanModel, editEvery?: number): EditionParameters {
  return {
    schemes,
    objects: OBJECTS,
    model,
    confidence: CONFIDENCE,
    rate: RATE,
    mtu: 1500,
    authDepth: 0,
    name: 'bundle',
    ...(editEvery !== undefined && { editEvery }),
  };
}

/** What is on the air, one after the other: a symbol, a table with the versions that it announces, or a word of an edit. */
type Event =
  | { readonly kind: 'symbol'; readonly block: number; readonly version: number; readonly bytes: number }
  | {
      readonly kind: 'table';
      readonly objects: readonly number[];
      readonly versions: readonly number[];
      readonly bytes: number;
    }
  | { readonly kind: 'edit'; readonly object: number };

type Datagram = Exclude<Event, { readonly kind: 'edit' }>;

interface Block {
  readonly object: number;
  readonly needed: number;
  /** Symbols of a pass, and of a turn. */
  readonly count: number;
  readonly turn: number;
  /** Share of the pass that was sent, and how much is left of its turn or of its first pass. */
  sent: number;
  fresh: number;
}

/**
 * A sender that lets all parts take turns: the block of which least was sent goes first, for 1/64 of its pass. Tables, index
 * and front come at their intervals. What an edit changes is sent first, three symbols of four.
 */
function onAir(parameters: EditionParameters, expectLoss: number, seconds: number, prng: Prng) {
  const prepared = prepareEdition(parameters);
  const objects = prepared.coded({ kind: 'loss', loss: expectLoss / 100 });
  // When something comes again is what the rules say for the sender; how soon receivers are complete is not.
  const { airings } = carouselEdition(prepared, objects);
  const blocks = objects.flatMap(({ coding }, object) =>
    coding.blocks.map(({ sourceSymbols }, i): Block => {
      const count = sourceSymbols + coding.repair[i]!;
      return {
        object,
        needed: sourceSymbols,
        count,
        turn: Math.ceil(count / 64),
        sent: prng.uniform() / 64,
        fresh: 0,
      };
    }),
  );
  const version = objects.map(() => 0);
  const { ofFirst, others: ofOthers } = prepared.carouselTables;
  const groups = [ofFirst, ofOthers].map((tables, i) => ({
    tables,
    interval: airings[i === 0 ? 0 : prepared.first]!.table.period,
    due: 0,
    turn: 0,
  }));
  const repetitions = airings
    .slice(0, prepared.first)
    .flatMap(({ repetition }, object) =>
      repetition === undefined
        ? []
        : [{ object, interval: repetition.period, count: repetition.row, due: 0 }],
    );
  const packetBytes = objects.map(({ coding }) => symbolPacketBytes(coding, prepared.session));
  const events: Event[] = [];
  let edited = prng.uniform() * (parameters.editEvery ?? 0);
  let queue: Block[] = [];
  let newSymbols = 0;
  const symbol = (block: Block): Datagram => ({
    kind: 'symbol',
    block: blocks.indexOf(block),
    version: version[block.object]!,
    bytes: packetBytes[block.object]!,
  });
  const table = ({ objects: list, packetBytes: bytes }: PlannedTable): Datagram => ({
    kind: 'table',
    objects: list,
    versions: list.map((object) => version[object]!),
    bytes,
  });
  const blocksOf = (object: number) => blocks.filter((block) => block.object === object);
  let bytes = 0;
  const add = (event: Datagram) => {
    events.push(event);
    bytes += event.bytes;
  };
  for (let time = 0; time < seconds; time = (8 * bytes) / RATE) {
    if (parameters.editEvery !== undefined && time >= edited) {
      edited += parameters.editEvery;
      const object = 2 + prng.below(3);
      for (const changed of [object, 0]) {
        version[changed]!++;
        events.push({ kind: 'edit', object: changed });
        for (const block of blocksOf(changed)) block.fresh = block.count;
      }
      for (const { tables } of groups) {
        for (const each of tables) {
          if (each.objects.includes(object) || each.objects.includes(0)) add(table(each));
        }
      }
      for (const block of blocksOf(0)) for (; block.fresh > 0; block.fresh--) queue.push(block);
      continue;
    }
    for (const group of groups) {
      if (group.due > time || group.tables.length === 0) continue;
      group.due = time + group.interval / group.tables.length;
      add(table(group.tables[group.turn++ % group.tables.length]!));
    }
    for (const again of repetitions) {
      if (again.due > time) continue;
      again.due = time + again.interval;
      for (const block of blocksOf(again.object)) queue.push(...Array<Block>(again.count).fill(block));
    }
    const next = queue.shift();
    const fresh = blocks.find((block) => block.fresh > 0);
    if (next !== undefined) add(symbol(next));
    else if (fresh !== undefined && newSymbols++ % 4 < 3) {
      fresh.fresh--;
      // It goes on where the others are.
      fresh.sent = mean(blocks.map((block) => block.sent));
      add(symbol(fresh));
    } else {
      const others = blocks.filter((block) => block.object > 0 && block.fresh === 0);
      const least = others.reduce((found, block) => (block.sent < found.sent ? block : found));
      least.sent += least.turn / least.count;
      queue = [...queue, ...Array<Block>(fresh === undefined ? least.turn : 1).fill(least)];
    }
  }
  return { events, blocks, kinds: objects.map(({ kind }) => kind) };
}

type OnAir = ReturnType<typeof onAir>;

/** When a receiver that joins has each stage, all of its current version. */
function listen(
  { events, blocks, kinds }: OnAir,
  stages: readonly StageKind[],
  isLost: ReturnType<ReturnType<typeof prepareLossModel>>,
  prng: Prng,
): Map<StageKind, number> {
  const join = prng.below(Math.floor(events.length / 3));
  const version = kinds.map(() => 0);
  for (const event of events.slice(0, join)) if (event.kind === 'edit') version[event.object]!++;
  const wanted = blocks.map(({ needed }) => {
    let extra = 0;
    while (prng.chance(0.01)) extra++;
    return needed + extra;
  });
  const received = blocks.map(() => 0);
  const announced = kinds.map(() => -1);
  const has = (object: number) =>
    announced[object] === version[object] &&
    blocks.every((block, i) => block.object !== object || received[i]! >= wanted[i]!);
  const found = new Map<StageKind, number>();
  let bytes = 0;
  for (let i = join; i < events.length && found.size < stages.length; i++) {
    const event = events[i]!;
    if (event.kind === 'edit') {
      version[event.object]!++;
      for (const [b, block] of blocks.entries()) if (block.object === event.object) received[b] = 0;
      continue;
    }
    const seconds = (8 * bytes) / RATE;
    bytes += event.bytes;
    if (isLost({ seconds, length: event.bytes - 28 })) continue;
    if (event.kind === 'symbol') {
      const { object } = blocks[event.block]!;
      if (event.version !== version[object] || ++received[event.block]! !== wanted[event.block]) continue;
    } else {
      let isNew = false;
      for (const [k, object] of event.objects.entries()) {
        if (announced[object] === event.versions[k]) continue;
        announced[object] = event.versions[k]!;
        isNew = true;
      }
      if (!isNew) continue;
    }
    for (const stage of stages) {
      if (found.has(stage)) continue;
      const isThere =
        has(0) && kinds.every((kind, object) => (stage !== 'all' && kind !== stage) || has(object));
      if (isThere) found.set(stage, (8 * bytes) / RATE);
    }
  }
  return found;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What is promised comes in time, and not much earlier. */
function expectHeld(
  name: string,
  { expected, atConfidence }: Times,
  times: readonly number[],
  tooLong: number,
): void {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = mean(times);
  const error = 4 * Math.sqrt(mean(times.map((time) => (time - middle) ** 2)) / times.length);
  const quantile = sorted[Math.ceil(CONFIDENCE * times.length) - 1]!;
  const seen = `${name}, seed ${SEED}: promised ${expected} s on average and ${atConfidence} s, seen ${middle} s and ${quantile} s`;
  if (process.env.FIGURES) console.log(seen);
  const inTime = times.filter((time) => time <= atConfidence!).length;
  expect(wilson(inTime, times.length, Z999).high, seen).toBeGreaterThanOrEqual(CONFIDENCE);
  expect(expected, seen).toBeGreaterThanOrEqual(0.99 * middle - error);
  expect(expected, seen).toBeLessThanOrEqual((1 + tooLong) * middle + error + 30);
}

const cases: { name: string; model: PlanModel; tooLong: number }[] = [
  { name: 'independent loss of 10 %', model: { model: 'bernoulli', loss: 0.1 }, tooLong: 0.03 },
  { name: 'independent loss of 1 %', model: { model: 'bernoulli', loss: 0.01 }, tooLong: 0.03 },
  { name: 'bursts of 10', model: { model: 'gilbert-elliott', loss: 0.05, burst: 10 }, tooLong: 0.1 },
  { name: 'shadows', model: { model: 'shadowing', share: 0.02, meanSeconds: 1 }, tooLong: 0.1 },
  { name: 'fades of rain', model: { model: 'rain-fade', share: 0.05, meanSeconds: 20 }, tooLong: 0.3 },
  { name: 'lost frames', model: { model: 'dvb-s2', loss: 0.02, packetsPerFrame: 21.4 }, tooLong: 0.1 },
  { name: 'passes', model: { model: 'pass', periodSeconds: 400, windowSeconds: 60 }, tooLong: 0.8 },
];

function listenOften(air: OnAir, stages: readonly StageKind[], model: PlanModel, trials: number) {
  const times = new Map(stages.map((kind) => [kind, [] as number[]]));
  const makeModel = prepareLossModel(model as ChannelSpec);
  const prng = createPrng(SEED);
  for (let trial = 0; trial < trials; trial++) {
    const seed = prng.fork(`${trial}`);
    const found = listen(air, stages, makeModel(seed.fork('channel')), seed);
    for (const kind of stages) times.get(kind)!.push(found.get(kind) ?? Number.POSITIVE_INFINITY);
  }
  return times;
}

describe.each(cases)('a carousel through $name', ({ model, tooLong }) => {
  const passes = model.model === 'pass' || model.model === 'rain-fade' ? 60 : 8;

  it('gives what is promised to those that join', () => {
    const parameters = parametersOf(model);
    const { mixed } = planEdition(parameters);
    const air = onAir(parameters, mixed.expectLoss, passes * mixed.airtime, createPrng(SEED).fork('air'));
    const kinds = mixed.stages.map(({ kind }) => kind);
    const times = listenOften(air, kinds, model, model.model === 'pass' ? 150 : 400);
    for (const { kind, joining } of mixed.stages) expectHeld(kind, joining, times.get(kind)!, tooLong);
  });

  it('gives everything while edits go on', () => {
    if (model.model === 'pass') return;
    for (const every of [50, 400]) {
      const parameters = parametersOf(model, every);
      const { mixed } = planEdition(parameters);
      const { edits } = mixed;
      const air = onAir(parameters, mixed.expectLoss, 12 * mixed.airtime, createPrng(SEED).fork('air'));
      const times = listenOften(air, ['all'], model, 300);
      expect(edits!.share).toBeLessThan(0.2);
      // Losses in bursts take too many of the few datagrams of an index for a promise between two edits.
      if (edits!.everything.atConfidence === undefined) {
        expect([model.model, every]).not.toEqual(['bernoulli', 400]);
        continue;
      }
      expectHeld(`every ${every} s`, edits!.everything, times.get('all')!, 0.6);
    }
  });
});
