import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFdt } from '../../../codecs/fdt/index.js';
import { type FecScheme, type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createKeys, type Keys, loadKeys } from '../../keys/keys.js';
import type { ChannelBundle } from '../channel/channel.js';
import type { UplinkEvent } from '../monitoring/events.js';
import { sent, type TestSession, testSession } from '../testing-session.js';

let work: string;
let keys: Keys;
let schemes: FecSchemes;
let states = 0;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-session-'));
  const now = Date.UTC(2026, 5, 1);
  await createKeys(join(work, 'keys'), nodeCrypto, { now });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), now);
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

/** Bytes that do not compress, different for each seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Writes a file of a bundle. @returns the directory of the bundle */
function content(name: string, file: string, bytes: Uint8Array): string {
  const directory = join(work, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, file), bytes);
  return directory;
}

let made = 0;
/** A bundle that has one part of so many bytes. */
function bundleOf(bytes: number, changes: Partial<ChannelBundle> = {}) {
  const name = `bundle-${made++}`;
  return { name, path: content(name, 'data.bin', noise(bytes, made)), ...changes };
}

async function sessionOf(
  bundles: readonly (Partial<ChannelBundle> & { name: string; path: string })[],
  rate: number,
  listen: (event: UplinkEvent) => void = () => {},
) {
  const session = await testSession(join(work, `state-${states++}`), { keys, schemes, rate }, listen);
  const tois: { parts: number[]; index: number }[] = [];
  for (const bundle of bundles) tois.push(await session.put(bundle));
  return { session, tois };
}

const takeFrom = (session: TestSession, rate: number) => sent(session, rate, schemes);

/** Bytes of IP packets by TOI, up to a time in milliseconds. */
async function bytesByToi(session: TestSession, rate: number, until: number): Promise<Map<number, number>> {
  const bytes = new Map<number, number>();
  for await (const { time, packet, bytes: length } of takeFrom(session, rate)) {
    if (time > until) break;
    bytes.set(packet.lct.toi!, (bytes.get(packet.lct.toi!) ?? 0) + length);
  }
  return bytes;
}

describe('session', () => {
  it('gives bundles airtime in proportion to their size and weight', async () => {
    const rate = 4e6;
    const sizes = [400_000, 200_000, 100_000, 100_000];
    const weights = [1, 1, 1, 3];
    const bundles = sizes.map((size, i) => bundleOf(size, { weight: weights[i]! }));
    const { session, tois } = await sessionOf(bundles, rate);
    const bytes = await bytesByToi(session, rate, 25_000);
    const all = sizes.reduce((sum, size, i) => sum + size * weights[i]!, 0);
    const parts = tois.map(({ parts }) => bytes.get(parts[0]!)!);
    const total = parts.reduce((sum, each) => sum + each, 0);
    for (const [i, size] of sizes.entries()) {
      expect(Math.abs(parts[i]! / total / ((size * weights[i]!) / all) - 1)).toBeLessThan(0.03);
    }
    await session.multiplex.close();
  });

  it('gives programmes airtime by their weights, and bundles their part of it', async () => {
    const rate = 4e6;
    const news = { name: 'News', weight: 3 };
    const school = { name: 'School', weight: 1 };
    const bundles = [
      bundleOf(50_000, { programme: news }),
      bundleOf(300_000, { programme: school }),
      bundleOf(100_000, { programme: school }),
    ];
    const { session, tois } = await sessionOf(bundles, rate);
    const bytes = await bytesByToi(session, rate, 15_000);
    const parts = tois.map(({ parts }) => bytes.get(parts[0]!)!);
    const total = parts.reduce((sum, each) => sum + each, 0);
    for (const [i, share] of [0.75, 0.1875, 0.0625].entries()) {
      expect(Math.abs(parts[i]! / total / share - 1)).toBeLessThan(0.03);
    }
    // what a programme does not need goes to the other
    await session.multiplex.remove(bundles[0]!.name, 'removed');
    const after = await bytesByToi(session, rate, session.clock.now() + 10_000);
    const [large, small] = tois.slice(1).map(({ parts }) => after.get(parts[0]!)!);
    expect(Math.abs(large! / small! / 3 - 1)).toBeLessThan(0.05);
    await session.multiplex.close();
  });

  it('gives tiny bundles no more than their repetition beside a large one', async () => {
    const rate = 512_000;
    const tiny = [27, 27].map((bytes, i) => {
      const name = `tiny-${i}`;
      return { name, path: content(name, 'index.html', noise(bytes, i)) };
    });
    const { session, tois } = await sessionOf([...tiny, bundleOf(1_500_000)], rate);
    const bytes = await bytesByToi(session, rate, 120_000);
    const total = [...bytes.values()].reduce((sum, each) => sum + each, 0);
    for (const { parts } of tois.slice(0, 2)) expect(bytes.get(parts[0]!)! / total).toBeLessThan(0.005);
    expect(bytes.get(tois[2]!.parts[0]!)! / total).toBeGreaterThan(0.94);
    await session.multiplex.close();
  });

  it('sends each table within its interval, in between the symbols', async () => {
    const rate = 4e6;
    const { session } = await sessionOf([bundleOf(50_000), bundleOf(50_000), bundleOf(50_000)], rate);
    const tables = new Map<number, number[]>();
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 11_000) break;
      if (packet.lct.toi !== 0) continue;
      const id = packet.fdt!.instanceId;
      tables.set(id, [...(tables.get(id) ?? []), time]);
    }
    // One for the index and one for the part of each bundle.
    expect(tables.size).toBe(6);
    for (const times of tables.values()) {
      expect(times.length).toBeGreaterThanOrEqual(5);
      for (const [i, time] of times.slice(1).entries()) expect(time - times[i]!).toBeLessThanOrEqual(2050);
    }
    await session.multiplex.close();
  });

  it('spends no more than a tenth of a low rate on tables and index', async () => {
    const rate = 2000;
    const { session, tois } = await sessionOf([bundleOf(60_000)], rate);
    const bytes = await bytesByToi(session, rate, 2_000_000);
    const total = [...bytes.values()].reduce((sum, each) => sum + each, 0);
    const share = (bytes.get(0)! + bytes.get(tois[0]!.index)!) / total;
    expect(share).toBeLessThan(0.12);
    expect(share).toBeGreaterThan(0.06);
    await session.multiplex.close();
  });

  it('repeats index and front, within 3.5 % of the airtime', async () => {
    const rate = 256_000;
    const name = 'repeated';
    content(name, 'index.html', noise(20_000, 1));
    for (let i = 0; i < 8; i++) content(name, `picture-${i}.jpg`, noise(300_000, i));
    const { session, tois } = await sessionOf([{ name, path: join(work, name) }], rate);
    const { index, parts } = tois[0]!;
    const times = { index: [] as number[], front: [] as number[] };
    let repeated = 0;
    let total = 0;
    let end = 0;
    for await (const { time, bytes, packet } of takeFrom(session, rate)) {
      if (time > 600_000) break;
      total += bytes;
      end = time;
      const { toi } = packet.lct;
      if (toi === 0 || toi === index || toi === parts[0]) repeated += bytes;
      if (toi === index) times.index.push(time);
      if (toi === parts[0]) times.front.push(time);
    }
    expect(end).toBeGreaterThan(590_000);
    // The front has 0.9 % as a part of the passes.
    expect(repeated / total).toBeLessThan(0.044);
    /** When so many symbols begin to follow one another. */
    const bursts = (all: number[], symbols: number) =>
      all.filter((time, i) => {
        const isBurst = all[i + symbols - 1]! - time < 2000;
        return isBurst && !(all[i + symbols - 2]! - all[i - 1]! < 2000);
      });
    const longest = (all: number[]) => Math.max(...all.slice(1).map((time, i) => time - all[i]!));
    expect(times.index.length).toBeGreaterThan(15);
    expect(longest(times.index)).toBeLessThan(40_000);
    // Each burst brings as many symbols as the front has, and some more.
    const fronts = bursts(times.front, Math.ceil(20_000 / 1400) + 1);
    expect(fronts.length).toBeGreaterThan(10);
    expect(longest(fronts)).toBeLessThan(60_000);
    await session.multiplex.close();
  });

  it('does not repeat a front that keeps all else waiting', async () => {
    const rate = 64_000;
    const path = content('long', 'index.html', noise(256_000, 1));
    content('long', 'film.mp4', noise(1 << 20, 2));
    const { session, tois } = await sessionOf([{ name: 'long', path, first: ['index.html'] }], rate);
    const [front] = tois[0]!.parts;
    let since = 0;
    let longest = 0;
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 400_000) break;
      // New parts come first, once.
      if (time < 200_000 || packet.lct.toi === 0) continue;
      since = packet.lct.toi === front ? since + 1 : 0;
      longest = Math.max(longest, since);
    }
    expect(longest).toBeLessThan(20);
    await session.multiplex.close();
  });

  it('follows starts, pauses, rounds and expiry', async () => {
    const rate = 1e6;
    const begin = Date.UTC(2026, 5, 1);
    const { session, tois } = await sessionOf(
      [
        bundleOf(1000, { rules: { start: begin + 5000, expires: begin + 60_000 } }),
        bundleOf(1000, { rules: { every: 10_000, passes: 2, pause: 3000 } }),
      ],
      rate,
    );
    const [later, rounds] = tois.map(({ parts }) => parts[0]);
    const times = { later: [] as number[], rounds: [] as number[] };
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 65_000) break;
      if (packet.lct.toi === later) times.later.push(time);
      else if (packet.lct.toi === rounds) times.rounds.push(time);
    }
    expect(times.later[0]).toBeGreaterThanOrEqual(5000);
    expect(times.later[0]).toBeLessThan(5100);
    expect(times.later.at(-1)).toBeGreaterThan(59_900);
    expect(times.later.at(-1)).toBeLessThan(60_000 + 50);
    const starts = times.rounds.filter((time, i) => i === 0 || time - times.rounds[i - 1]! > 1000);
    expect(starts.map((time) => Math.round(time / 1000))).toEqual([
      0, 3, 10, 13, 20, 23, 30, 33, 40, 43, 50, 53, 60, 63,
    ]);
    expect(session.events.filter(({ type }) => type === 'withdrawn')).toMatchObject([{ reason: 'expired' }]);
    await session.multiplex.close();
  });

  it('sends an index at once whose parts were sent before it was signed, also between rounds', async () => {
    const rate = 1e6;
    // beside one that never ends
    const { session } = await sessionOf([bundleOf(50_000)], rate);
    const bundle = bundleOf(5000, { rules: { every: 600_000 } });
    const { index } = await session.put(bundle, async () => void (await bytesByToi(session, rate, 5000)));
    const bytes = await bytesByToi(session, rate, 10_000);
    expect(bytes.get(index)).toBeGreaterThan(0);
    await session.multiplex.close();
  });

  it('keeps its rounds when the clock of the machine is set back, and starts when it is set forward', async () => {
    const rate = 1e6;
    const begin = Date.UTC(2026, 5, 1);
    const { session, tois } = await sessionOf(
      [
        bundleOf(1000, { rules: { every: 10_000 } }),
        bundleOf(1000, { rules: { start: begin + 1e9, every: 20_000 } }),
      ],
      rate,
    );
    const [rounds, later] = tois.map(({ parts }) => parts[0]);
    const times = { rounds: [] as number[], later: [] as number[] };
    let sets = 0;
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 95_000) break;
      if (time > 15_000 && sets === 0) {
        session.clock.set(-86_400_000);
        sets++;
      }
      if (time > 35_000 && sets === 1) {
        session.clock.set(86_400_000 + 1e9);
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
    await session.multiplex.close();
  });

  it('ends when it is told to at the very moment at which nothing is left to send', async () => {
    const stop = new AbortController();
    const rules = { expires: Date.UTC(2026, 5, 1) };
    const { session } = await sessionOf([bundleOf(1000, { rules })], 1e6, ({ type }) => {
      if (type === 'withdrawn') stop.abort();
    });
    expect(await session.multiplex.batches(stop.signal).next()).toEqual({ done: true, value: undefined });
    await session.multiplex.close();
  });

  it('ends with the last pass, after which index and tables come once more', async () => {
    const rate = 1e6;
    const { session, tois } = await sessionOf([bundleOf(60_000, { rules: { passes: 2 } })], rate);
    session.multiplex.finish();
    const { parts, index } = tois[0]!;
    let symbols = 0;
    const after = { index: 0, tables: 0 };
    for await (const { packet } of takeFrom(session, rate)) {
      const { toi } = packet.lct;
      if (parts.includes(toi!)) {
        symbols++;
        Object.assign(after, { index: 0, tables: 0 });
      }
      if (toi === index) after.index++;
      if (toi === 0) after.tables++;
    }
    const { passDatagrams } = session.events.find(({ type }) => type === 'edition') as {
      passDatagrams: number;
    };
    expect(symbols).toBe(2 * passDatagrams);
    expect(after.index).toBeGreaterThan(0);
    expect(after.tables).toBe(2);
    expect(session.events.at(-1)).toMatchObject({ type: 'withdrawn', reason: 'finished' });
    await session.multiplex.close();
  });

  it('sends of a new edition what has changed, and goes on with fresh symbols of all else', async () => {
    const rate = 2e6;
    const name = 'edited';
    const names = ['a.jpg', 'b.mp3', 'c.mp4', 'd.bin'];
    for (const [i, file] of names.entries()) content(name, file, noise(100_000, i));
    const bundle = { name, path: join(work, name) };
    const { session, tois } = await sessionOf([bundle], rate);
    const seen = new Map<number, Set<string>>();
    const order: number[] = [];
    let second: { parts: number[]; index: number } | undefined;
    let end = Number.POSITIVE_INFINITY;
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (second === undefined && time > 3000) {
        content(name, 'c.mp4', noise(100_000, 99));
        second = await session.put(bundle);
        end = session.clock.now() + 4000;
      }
      if (time > end) break;
      const { toi } = packet.lct;
      if (toi === 0) continue;
      if (second !== undefined) order.push(toi!);
      const id = JSON.stringify(packet.payloadId);
      const ids = seen.get(toi!) ?? new Set();
      // No symbol of any object is ever sent twice.
      expect(ids.has(id)).toBe(false);
      seen.set(toi!, ids.add(id));
    }
    const before = tois[0]!;
    const changed = second!.parts.filter((toi) => !before.parts.includes(toi));
    expect(changed).toHaveLength(1);
    expect(second!.index).not.toBe(before.index);
    expect(session.events.filter(({ type }) => type === 'edition').at(-1)).toMatchObject({
      parts: 4,
      changed: 1,
    });
    // Behind what was on its way come the index and most of the new part, before all else is through.
    const withdrawn = before.parts.find((toi) => !second!.parts.includes(toi))!;
    expect(order.slice(20).includes(withdrawn) || order.slice(20).includes(before.index)).toBe(false);
    expect(order.slice(0, 20)).toContain(second!.index);
    const first = order.filter((toi) => second!.parts.includes(toi)).slice(0, 80);
    expect(first.filter((toi) => toi === changed[0]).length).toBeGreaterThan(55);
    await session.multiplex.close();
  });

  it('shares the symbols of an object that two bundles have', async () => {
    const rate = 1e6;
    const bytes = noise(30_000, 5);
    const bundles = ['a', 'b'].map((name) => ({ name, path: content(`shared-${name}`, 'data.bin', bytes) }));
    const { session, tois } = await sessionOf(bundles, rate);
    expect(tois[0]!.parts).toEqual(tois[1]!.parts);
    expect(tois[0]!.index).not.toBe(tois[1]!.index);
    const seen = new Set<string>();
    let symbols = 0;
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 5000) break;
      if (packet.lct.toi === 0) continue;
      symbols++;
      seen.add(JSON.stringify([packet.lct.toi, packet.payloadId]));
    }
    expect(seen.size).toBe(symbols);
    await session.multiplex.remove('a', 'removed');
    expect(session.multiplex.status().map(({ name }) => name)).toEqual(['b']);
    await session.multiplex.close();
  });

  it('has one encoder at a time, and few symbols that wait, at a high rate', async () => {
    const rate = 100e6;
    const name = 'many';
    for (let i = 0; i < 10; i++) content(name, `film-${i}.mp4`, noise(1 << 20, 50 + i));
    const count = { alive: 0, most: 0, made: 0, symbols: 0 };
    const raptorq = schemes.get(6)!;
    const counting: FecScheme = {
      ...raptorq,
      createBlockEncoder(parameters, block, source) {
        const encoder = raptorq.createBlockEncoder(parameters, block, source);
        // Tables have one symbol, and the index few.
        count.most = Math.max(count.most, ++count.alive);
        count.made++;
        return {
          symbol: encoder.symbol,
          symbols(firstEsi, symbols, into) {
            count.symbols += symbols;
            return encoder.symbols(firstEsi, symbols, into);
          },
          free() {
            count.alive--;
            encoder.free();
          },
        };
      },
    };
    const counted = new Map(schemes).set(6, counting);
    const session = await testSession(join(work, `state-${states++}`), { keys, schemes: counted, rate });
    const { parts } = await session.put({ name, path: join(work, name) });
    const passes = 3;
    let repair = 0;
    for await (const { packet } of takeFrom(session, rate)) {
      if (session.multiplex.status()[0]!.passes >= passes) break;
      if (parts.includes(packet.lct.toi!) && packet.payloadId!.esi >= 756) repair++;
    }
    expect(count).toMatchObject({ most: 1, alive: 0 });
    // In the first pass one for the repair of each part, later ten groups a pass.
    expect(count.made).toBeLessThan(10 + 10 * 11 * (passes - 1) + 30);
    const symbols = 10 * 832;
    expect(count.symbols - repair).toBeLessThan(symbols / 10 + 200);
    await session.multiplex.close();
  });

  it('announces every part, in tables of one datagram each', async () => {
    const rate = 1e6;
    const name = 'announced';
    content(name, 'index.html', noise(3000, 1));
    for (let i = 0; i < 20; i++) content(name, `film-${i}.mp4`, noise(1 << 20, 1000 + i));
    const { session, tois } = await sessionOf([{ name, path: join(work, name) }], rate);
    const announced = new Set<number>();
    let sequence: number | undefined;
    for await (const { time, packet } of takeFrom(session, rate)) {
      if (time > 10_000) break;
      if (packet.lct.toi !== 0) continue;
      for (const file of parseFdt(packet.payload).files) {
        announced.add(file.toi);
        sequence ??= file.sequence;
      }
    }
    expect([...announced].sort()).toEqual([...tois[0]!.parts, tois[0]!.index].sort());
    expect(sequence).toBeGreaterThan(0);
    await session.multiplex.close();
  });
});
