import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { isWaiting, TABLE_GROUP } from '../../engine/ports/store.js';
import { testPublisher, testSession } from '../../testing.js';
import { openDirectoryStore } from './directory.js';

/** Receptions at a time, each with a store of its own. */
const LANES = 2;
/** Of each reception. */
const KILLS = 100;
const SEED = Number(process.env.DATACAST_KILL_SEED ?? 20_260_101);
const BLOCKS = 4;
const BLOCK_SYMBOLS = 500;
/** Each symbol beyond K makes a failure to decode a hundred times less likely. */
const CODE_OVERHEAD = 3;
/** Of the reception whose table comes at the end; enough for every block. */
const LATE_SYMBOLS = BLOCKS * (BLOCK_SYMBOLS + 10);
const LATE_KILLS = 30;
const TABLE_KILLS = 8;

let directory = '';
let program = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-kill-'));
  program = join(directory, 'stored-reception.js');
  // one file is read many times as fast as a hundred
  const ssr = fileURLToPath(new URL('../../../fixtures/stored-reception.ts', import.meta.url));
  const options = { ssr, outDir: directory, emptyOutDir: false, target: 'node20' };
  await build({ configFile: false, logLevel: 'error', ssr: { noExternal: true }, build: options });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Life {
  readonly restored: number | undefined;
  /** Datagrams before this one were given to the receiver; some of the last burst may not have been. */
  readonly pushed: number;
  /** Datagrams before this one were safe. */
  readonly synced: number;
  readonly verified: string | undefined;
}

/** Runs the program until it ends or, some milliseconds after it began to receive, is killed. */
async function live(args: readonly string[], milliseconds: number | undefined): Promise<Life> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('pushing')) resolve();
    });
  });
  if (milliseconds !== undefined) {
    await Promise.race([begun, ended]);
    await setTimeout(milliseconds);
    child.kill('SIGKILL');
  }
  const code = await ended;
  if (code !== 0 && code !== null) throw new Error(`The program failed: ${complaints}`);
  // a line that the kill cut off was not said
  const lines = output.split('\n').slice(0, -1);
  const last = (word: string) => lines.findLast((line) => line.startsWith(`${word} `))?.split(' ')[1];
  const restored = last('restored');
  return {
    restored: restored === undefined ? undefined : Number(restored),
    pushed: Number(last('pushing') ?? 0),
    synced: Number(last('synced') ?? 0),
    verified: last('verified'),
  };
}

/** What is sent: a table, then the blocks in turn, as a carousel sends them, many more symbols than are needed. */
interface Transmission {
  readonly args: readonly [datagrams: string, key: string, sha256: string, bytes: string];
  /** Of each datagram. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly sha256: string;
}

const textOf = (datagram: Uint8Array) => Buffer.from(datagram).toString('latin1');

async function prepare(): Promise<Transmission> {
  const schemes = await loadFecSchemes();
  const publisher = await testPublisher(nodeCrypto, 1);
  const digests = Array.from({ length: 2 * BLOCKS * BLOCK_SYMBOLS }, (_, i) =>
    nodeCrypto.sha256(Uint8Array.of(i, i >> 8)),
  );
  const object = concatBytes(...digests);
  const session = await testSession({
    crypto: nodeCrypto,
    schemes,
    publisher,
    object,
    symbolSize: 64,
    blocks: BLOCKS,
    depth: 3,
  });
  expect(session.blocks.map((block) => block.sourceSymbols)).toEqual(Array(BLOCKS).fill(BLOCK_SYMBOLS));
  const rounds = 3 * BLOCK_SYMBOLS;
  const byBlock = await Promise.all(session.blocks.map(({ sbn }) => session.symbols(sbn, 0, rounds)));
  const datagrams = [await session.fdt()];
  for (let esi = 0; esi < rounds; esi++) for (const symbols of byBlock) datagrams.push(symbols[esi]!);
  const file = join(directory, 'datagrams');
  const records = datagrams.flatMap((each) => [Uint8Array.of(each.length >> 8, each.length & 255), each]);
  writeFileSync(file, concatBytes(...records));
  const numbers = new Map(datagrams.map((each, number) => [textOf(each), number]));
  const sha256 = toHex(nodeCrypto.sha256(object));
  return { args: [file, toHex(publisher.publicKey), sha256, String(object.length)], numbers, sha256 };
}

/** Numbers of the datagrams in a store. */
async function storedIn(path: string, { numbers }: Transmission): Promise<number[]> {
  const store = await openDirectoryStore(path, { maxBytes: 2 ** 30 });
  const stored: number[] = [];
  for await (const { datagram, group } of store.restore()) {
    if (group !== TABLE_GROUP) stored.push(numbers.get(textOf(datagram)) ?? Number.NaN);
  }
  await store.close();
  return stored;
}

/** Receives with many interruptions; the numbers of the datagrams that were held in the end. */
async function receiveKilled(transmission: Transmission, path: string, seed: number): Promise<number[]> {
  const [file, ...part] = transmission.args;
  let random = seed;
  let next = 1;
  let held: number[] = [];
  for (let kills = 0; ; kills++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const wait = kills < KILLS ? (random / 2 ** 32) * 12 : undefined;
    const moment = `seed ${seed}, kill ${kills}, after datagram ${next}`;
    const life = await live([path, file, String(next), ...part], wait);
    const stored = await storedIn(path, transmission);
    // whatever the earlier runs held is there, and then one datagram after the other of this one
    expect(stored.slice(0, held.length).join(), moment).toBe(held.join());
    const added = stored.slice(held.length);
    expect(added.join(), moment).toBe(added.map((_, i) => next + i).join());
    expect(life.restored ?? held.length, moment).toBe(held.length);
    held = stored;
    if (life.verified !== undefined) {
      expect(life.verified).toBe(transmission.sha256);
      expect(kills).toBe(KILLS);
      return held;
    }
    // what was safe is there, and nothing else was lost than what came after it
    const end = next + added.length;
    expect(end, moment).toBeGreaterThanOrEqual(Math.max(life.synced, next));
    expect(end, moment).toBeLessThanOrEqual(Math.max(life.pushed, next));
    // some more are sent while nobody listens
    next = Math.max(life.pushed, next) + BLOCKS;
  }
}

/** Files with only the symbols, and with the table after them; the program takes the first datagram for a table. */
async function prepareLateTable(): Promise<Transmission & { readonly withTable: string }> {
  const { args, numbers, sha256 } = await prepare();
  const [table, ...symbols] = numbers.keys();
  const late = ['no table', ...symbols.slice(0, LATE_SYMBOLS), table!];
  const records = late.map((each) =>
    Buffer.from([each.length >> 8, each.length & 255, ...Buffer.from(each, 'latin1')]),
  );
  const [file, withTable] = [join(directory, 'early symbols'), join(directory, 'late table')];
  writeFileSync(file, Buffer.concat(records.slice(0, -1)));
  writeFileSync(withTable, Buffer.concat(records));
  const lateNumbers = new Map(late.map((each, number) => [each, number]));
  const [, ...part] = args;
  return { args: [file, ...part], withTable, numbers: lateNumbers, sha256 };
}

it('loses nothing of what comes before its table, whenever it is killed', async () => {
  const transmission = await prepareLateTable();
  const [file, ...part] = transmission.args;
  const path = join(directory, 'store of a late table');
  let random = SEED;
  let next = 1;
  let held: number[] = [];
  for (let kills = 0; kills <= LATE_KILLS; kills++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const moment = `seed ${SEED}, kill ${kills}, after datagram ${next}`;
    const wait = kills < LATE_KILLS ? (random / 2 ** 32) * 12 : undefined;
    const life = await live([path, file, String(next), ...part], wait);
    expect(life.restored ?? held.length, moment).toBe(held.length);
    const stored = await storedIn(path, transmission);
    expect(stored.slice(0, held.length).join(), moment).toBe(held.join());
    const added = stored.slice(held.length);
    expect(added.join(), moment).toBe(added.map((_, i) => next + i).join());
    held = stored;
    const end = next + added.length;
    expect(end, moment).toBeGreaterThanOrEqual(Math.max(life.synced, next));
    expect(end, moment).toBeLessThanOrEqual(Math.max(life.pushed, next));
    next = end;
  }
  expect(held.length).toBe(LATE_SYMBOLS);
  // killed while they are handed to their object, too
  const withTable = [path, transmission.withTable, String(next), ...part];
  for (let kills = 0; kills < TABLE_KILLS; kills++) await live(withTable, 4 * kills);
  expect((await live(withTable, undefined)).verified).toBe(transmission.sha256);
  const store = await openDirectoryStore(path, { maxBytes: 2 ** 30 });
  for await (const { object } of store.restore()) expect(isWaiting(object)).toBe(false);
  await store.close();
});

it(`completes although it is killed ${LANES * KILLS} times, and loses nothing that was safe`, async () => {
  const transmission = await prepare();
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    receiveKilled(transmission, join(directory, `store ${lane}`), SEED + lane),
  );
  for (const held of await Promise.all(lanes)) {
    const perBlock = Array.from({ length: BLOCKS }, (_, sbn) =>
      held.filter((number) => (number - 1) % BLOCKS === sbn),
    );
    // the block that was complete last needed no more than a reception without interruption
    const least = Math.min(...perBlock.map(({ length }) => length));
    expect(least).toBeGreaterThanOrEqual(BLOCK_SYMBOLS);
    expect(least).toBeLessThanOrEqual(BLOCK_SYMBOLS + CODE_OVERHEAD);
  }
});
