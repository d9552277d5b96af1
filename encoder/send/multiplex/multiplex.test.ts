import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlc } from '../../../codecs/alc/index.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createKeys, type Keys, loadKeys } from '../../keys/keys.js';
import type { ChannelBundle } from '../channel/channel.js';
import { packHere } from '../content/pack.js';
import { type PrepareOptions, prepareFlow, prepareObject } from '../content/prepare.js';
import type { UplinkEvent } from '../monitoring/events.js';
import { openState } from '../state/state.js';
import { type TestClock, testClock } from '../testing.js';
import { createMultiplex } from './multiplex.js';

let work: string;
let keys: Keys;
let schemes: FecSchemes;
let count = 0;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-session-'));
  const now = Date.UTC(2026, 5, 1);
  await createKeys(join(work, 'keys'), nodeCrypto, { now });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), now);
  schemes = await loadFecSchemes();
  writeFileSync(
    join(work, 'large'),
    Uint8Array.from({ length: 60_000 }, (_, i) => (i * 2654435761) >>> 13),
  );
  writeFileSync(join(work, 'small'), 'a few bytes');
});
afterAll(() => rmSync(work, { recursive: true }));

const OVERHEAD = 28;

/** A session in time of its own; its signatures are not looked at here. */
async function sessionOf(
  bundles: Partial<ChannelBundle>[],
  rate: number,
  listen: (event: UplinkEvent) => void = () => {},
) {
  const clock = testClock();
  const events: UplinkEvent[] = [];
  const session = { tsi: keys.certificate.tsi, authDepth: 0, mtu: 1500, packetOverhead: OVERHEAD };
  const key = { seed: keys.uplinkSeed, tsi: session.tsi, depth: 0 };
  const crypto = { ...nodeCrypto, ed25519Sign: () => new Uint8Array(64) };
  const onEvent = (event: UplinkEvent) => {
    events.push(event);
    listen(event);
  };
  const multiplex = createMultiplex({ clock, crypto, key, session, rate, tableInterval: 2000, onEvent });
  const directory = join(work, `state-${count++}`);
  const options: PrepareOptions = {
    keys,
    schemes,
    session,
    onEvent,
    pack: packHere,
    now: clock.unix,
    onPacking: () => {},
    state: await openState(directory, 'state.json'),
    objects: join(directory, 'objects'),
    shard: { index: 0, count: 1 },
    memoryLimit: 2 ** 28,
  };
  const taken = new Set<number>();
  for (const changes of bundles) {
    const bundle: ChannelBundle = {
      name: 'large',
      path: join(work, 'large'),
      weight: 1,
      level: 3,
      rules: {},
      repair: { kind: 'fraction', fraction: 0.1 },
      ...changes,
    };
    const record = await prepareObject(bundle, taken, options);
    const setup = await prepareFlow(bundle, record, options);
    taken.add(setup.edition.toi);
    multiplex.put(setup);
  }
  return { clock, multiplex, events };
}

/** Takes datagrams as a link of the rate would: with bytes of IP packets, and the time at which each leaves. */
async function* sent(
  { clock, multiplex }: { clock: TestClock; multiplex: ReturnType<typeof createMultiplex> },
  rate: number,
) {
  const stop = new AbortController();
  const batches = multiplex.batches(stop.signal);
  try {
    for (;;) {
      const next = batches.next();
      let taken = false;
      void next.finally(() => {
        taken = true;
      });
      // Time goes by when nothing is due, but not while a disk is waited for.
      while (!taken) await clock.advance(clock.sleepers > 0 ? 10 : 0);
      const { value, done } = await next;
      if (done) return;
      for (const datagram of value) {
        const bytes = datagram.length + OVERHEAD;
        yield { time: clock.now(), bytes, packet: parseAlc(datagram, schemes) };
        await clock.advance((8000 * bytes) / rate);
      }
    }
  } finally {
    stop.abort();
  }
}

describe('session', () => {
  it('shares the rate by weight at the level of datagrams, within 1 %', async () => {
    const weights = [5, 3, 1, 1];
    const rate = 2e6;
    const setUp = await sessionOf(
      weights.map((weight, i) => ({ name: `b${i}`, weight, ...(i === 3 && { path: join(work, 'small') }) })),
      rate,
    );
    let time = 0;
    for await (const datagram of sent(setUp, rate)) {
      time = datagram.time;
      if (time > 20_000) break;
    }
    const flows = setUp.multiplex.status();
    const total = flows.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [i, weight] of weights.entries()) {
      expect(Math.abs(flows[i]!.bytes / total / (weight / 10) - 1)).toBeLessThan(0.01);
    }
    await setUp.multiplex.close();
  });

  it('sends each table within its interval, in between the symbols', async () => {
    const rate = 2e6;
    const setUp = await sessionOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }], rate);
    const tables = new Map<number, number[]>();
    for await (const { time, packet } of sent(setUp, rate)) {
      if (time > 11_000) break;
      if (packet.lct.toi !== 0) continue;
      const id = packet.fdt!.instanceId;
      tables.set(id, [...(tables.get(id) ?? []), time]);
    }
    expect(tables.size).toBe(3);
    for (const times of tables.values()) {
      expect(times.length).toBeGreaterThanOrEqual(5);
      for (const [i, time] of times.slice(1).entries()) expect(time - times[i]!).toBeLessThanOrEqual(2020);
    }
    await setUp.multiplex.close();
  });

  it('spends no more than a tenth of a low rate on tables', async () => {
    const rate = 2000;
    const setUp = await sessionOf([{ name: 'a' }], rate);
    let bytes = 0;
    let tables = 0;
    for await (const datagram of sent(setUp, rate)) {
      if (datagram.time > 1_000_000) break;
      bytes += datagram.bytes;
      if (datagram.packet.lct.toi === 0) tables += datagram.bytes;
    }
    expect(tables / bytes).toBeLessThan(0.11);
    expect(tables / bytes).toBeGreaterThan(0.08);
    await setUp.multiplex.close();
  });

  it('follows starts, pauses, rounds and expiry', async () => {
    const rate = 1e6;
    const begin = Date.UTC(2026, 5, 1);
    const setUp = await sessionOf(
      [
        { name: 'later', path: join(work, 'small'), rules: { start: begin + 5000, expires: begin + 60_000 } },
        { name: 'rounds', path: join(work, 'small'), rules: { every: 10_000, passes: 2, pause: 3000 } },
      ],
      rate,
    );
    const [later, rounds] = setUp.multiplex.status().map(({ toi }) => toi);
    const times = { later: [] as number[], rounds: [] as number[], tables: [] as number[] };
    for await (const { time, packet } of sent(setUp, rate)) {
      if (time > 65_000) break;
      if (packet.lct.toi === later) times.later.push(time);
      else if (packet.lct.toi === rounds) times.rounds.push(time);
      else times.tables.push(time);
    }
    expect(times.later[0]).toBeGreaterThanOrEqual(5000);
    expect(times.later[0]).toBeLessThan(5100);
    expect(times.later.at(-1)).toBeGreaterThan(59_900);
    expect(times.later.at(-1)).toBeLessThan(60_000 + 50);
    const starts = times.rounds.filter((time, i) => i === 0 || time - times.rounds[i - 1]! > 1000);
    expect(starts.map((time) => Math.round(time / 1000))).toEqual([
      0, 3, 10, 13, 20, 23, 30, 33, 40, 43, 50, 53, 60, 63,
    ]);
    expect(setUp.events.filter(({ type }) => type === 'withdrawn')).toMatchObject([
      { bundle: 'later', reason: 'expired' },
    ]);
    await setUp.multiplex.close();
  });

  it('keeps its rounds when the clock of the machine is set back, and starts when it is set forward', async () => {
    const rate = 1e6;
    const begin = Date.UTC(2026, 5, 1);
    const setUp = await sessionOf(
      [
        { name: 'rounds', path: join(work, 'small'), rules: { every: 10_000 } },
        { name: 'later', path: join(work, 'small'), rules: { start: begin + 1e9, every: 20_000 } },
      ],
      rate,
    );
    const [rounds, later] = setUp.multiplex.status().map(({ toi }) => toi);
    const times = { rounds: [] as number[], later: [] as number[] };
    let sets = 0;
    for await (const { time, packet } of sent(setUp, rate)) {
      if (time > 95_000) break;
      if (time > 15_000 && sets === 0) {
        setUp.clock.set(-86_400_000);
        sets++;
      }
      if (time > 35_000 && sets === 1) {
        setUp.clock.set(86_400_000 + 1e9);
        sets++;
      }
      if (packet.lct.toi === rounds) times.rounds.push(time);
      if (packet.lct.toi === later) times.later.push(time);
    }
    const startsOf = (all: number[]) => all.filter((time, i) => i === 0 || time - all[i - 1]! > 1000);
    const seconds = (all: number[]) => startsOf(all).map((time) => Math.round(time / 1000));
    expect(seconds(times.rounds)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(times.later[0]).toBeGreaterThan(35_000);
    expect(times.later[0]).toBeLessThan(38_000);
    expect(seconds(times.later)).toHaveLength(3);
    await setUp.multiplex.close();
  });

  it('ends when it is told to at the very moment at which nothing is left to send', async () => {
    const stop = new AbortController();
    const rules = { expires: Date.UTC(2026, 5, 1) };
    const { multiplex } = await sessionOf([{ name: 'a', rules }], 1e6, ({ type }) => {
      if (type === 'withdrawn') stop.abort();
    });
    expect(await multiplex.batches(stop.signal).next()).toEqual({ done: true, value: undefined });
    await multiplex.close();
  });

  it('ends with the last pass', async () => {
    const rate = 1e6;
    const setUp = await sessionOf([{ name: 'a', rules: { passes: 2 } }], rate);
    setUp.multiplex.finish();
    let symbols = 0;
    for await (const { packet } of sent(setUp, rate)) if (packet.lct.toi !== 0) symbols++;
    const { passDatagrams } = setUp.events.find(({ type }) => type === 'edition') as {
      passDatagrams: number;
    };
    expect(symbols).toBe(2 * passDatagrams);
    expect(setUp.events.at(-1)).toMatchObject({ type: 'withdrawn', reason: 'finished' });
    await setUp.multiplex.close();
  });
});
