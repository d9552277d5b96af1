import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findExtension, HET, parseLct } from '../../codecs/alc/index.js';
import { copyBytes, equalBytes } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import type { ReceiverCounters } from '../../receiver/engine/ports/events.js';
import type { ReceiverLimits } from '../../receiver/engine/ports/limits.js';
import { createReceiver } from '../../receiver/engine/receiver.js';
import { createFileSinks } from '../../receiver/files/file-sink.js';
import { openDirectoryStore } from '../../receiver/stores/directory/directory.js';
import { testEdition, testPublisher } from '../../receiver/testing.js';
import { createPrng, type Prng, type Tally } from '../channel/index.js';
import { createFlood, FLOOD_KINDS, type FloodKind, type FloodTarget } from './flood-datagrams.js';

export interface FloodOptions {
  /** Forged and other useless datagrams; the genuine ones come among them. */
  readonly datagrams: number;
  readonly seed: number;
  readonly verify: 'lazy' | 'eager';
  /** The receiver takes unsigned sessions, which gives an attacker more to do. */
  readonly allowUnsigned: boolean;
  readonly limits: ReceiverLimits;
}

export interface FloodResult {
  readonly pushed: Tally<FloodKind | 'genuine'>;
  readonly counters: Readonly<ReceiverCounters>;
  /** True when the genuine part was handed out, byte for byte. */
  readonly complete: boolean;
  /** How often it was: finished objects make room for others, and may be received again. */
  readonly verified: number;
  /** Datagrams that had been pushed by the first time, of all kinds. */
  readonly completeAfter: number | undefined;
  /** The most at any time: bytes of the store, and objects. */
  readonly storedBytes: number;
  readonly objects: number;
  readonly seconds: number;
  /** Seconds of them for making the flood. */
  readonly makingSeconds: number;
  /** Bytes resident of this process: before the flood, and at most. */
  readonly memoryBefore: number;
  readonly peakMemory: number;
}

const OBJECT_BYTES = 1_400_000;
const SYMBOL_SIZE = 1388;
const BLOCKS = 2;
/** Symbols sent for each that is needed. */
const REPAIR = 1.5;
/** Of the publisher, for replays: of the same bundle and of others. */
const OLD_EDITIONS = 40;
const TABLE_SHARE = 0.05;
/** Datagrams pushed at a time. */
const BATCH = 256;

/** A genuine session in the middle of a flood, pushed into a receiver with a store and sinks on the disk. */
export async function runFlood(
  options: FloodOptions,
  onProgress: (made: number) => void = () => {},
): Promise<FloodResult> {
  const work = mkdtempSync(join(tmpdir(), 'datacast-flood-'));
  const store = await openDirectoryStore(join(work, 'store'), { maxBytes: options.limits.maxStoredBytes });
  try {
    const schemes = await loadFecSchemes();
    const prng = createPrng(options.seed);
    const session = await genuineSession(prng.fork('genuine'), schemes);
    const make = await createFlood(prng.fork('flood'), session.target);
    const receiver = createReceiver({
      crypto: nodeCrypto,
      fecSchemes: schemes,
      trust: [session.publisher],
      store,
      verify: options.verify,
      allowUnsigned: options.allowUnsigned,
      limits: options.limits,
      createSink: createFileSinks(work).create,
    });
    let complete = false;
    let completeAfter: number | undefined;
    let verified = 0;
    const checking: Promise<unknown>[] = [];
    receiver.on('part', ({ part, content }) => {
      if (part.bytes !== session.object.length) return void checking.push(content.release());
      completeAfter ??= receiver.counters.datagrams;
      verified++;
      checking.push(
        readAll(content.read()).then((bytes) => {
          complete = equalBytes(bytes, session.object);
          return content.release();
        }),
      );
    });
    receiver.on('unsigned', ({ content }) => void checking.push(content.release()));

    const pushed: Tally<FloodKind | 'genuine'> = {};
    let storedBytes = 0;
    let objects = 0;
    let making = 0;
    const memoryBefore = process.memoryUsage.rss();
    let peakMemory = memoryBefore;
    const began = performance.now();
    for (let made = 0; made < options.datagrams; made += BATCH) {
      const start = performance.now();
      const batch = await nextBatch(
        Math.min(BATCH, options.datagrams - made),
        made,
        options,
        session,
        make,
        prng,
        pushed,
      );
      making += performance.now() - start;
      for (const datagram of batch) receiver.push(datagram, { destination: '239.255.0.1:4001' });
      await receiver.taken();
      storedBytes = Math.max(storedBytes, store.usage().bytes);
      objects = Math.max(objects, receiver.objects().length);
      peakMemory = Math.max(peakMemory, process.memoryUsage.rss());
      onProgress(made);
    }
    await receiver.idle();
    await Promise.all(checking);
    const seconds = (performance.now() - began) / 1000;
    const { counters } = receiver;
    await receiver.close();
    return {
      pushed,
      counters,
      complete,
      verified,
      completeAfter,
      storedBytes,
      objects,
      seconds,
      memoryBefore,
      peakMemory,
      makingSeconds: making / 1000,
    };
  } finally {
    await store.close();
    rmSync(work, { recursive: true, force: true });
  }
}

type GenuineSession = Awaited<ReturnType<typeof genuineSession>>;

/** A bundle of one part in two blocks, as it is sent, and what an attacker knows of it. */
export async function genuineSession(prng: Prng, schemes: FecSchemes) {
  const publisher = await testPublisher(nodeCrypto, 1);
  const object = prng.bytes(OBJECT_BYTES);
  const tsi = 7;
  const common = { crypto: nodeCrypto, schemes, publisher, tsi, symbolSize: SYMBOL_SIZE };
  const edition = await testEdition({ ...common, parts: [object], sequence: 5, blocks: BLOCKS });
  const session = edition.parts[0]!;
  const table = await session.fdt();
  const symbols: Uint8Array[] = [];
  for (const { sbn, sourceSymbols } of session.blocks) {
    symbols.push(...(await session.symbols(sbn, 0, Math.ceil(REPAIR * sourceSymbols))));
  }
  const old: Uint8Array[] = [];
  for (let i = 0; i < OLD_EDITIONS; i++) {
    const name = i % 2 === 0 ? 'news' : `old ${i}`;
    const parts = [prng.bytes(3000), prng.bytes(2000)];
    const earlier = await testEdition({ ...common, parts, name, sequence: 1 + (i % 4) });
    old.push(...(await earlier.announce()), ...(await earlier.send()));
  }
  const lct = parseLct(table);
  const { offset, length } = findExtension(lct, HET.CERT)!;
  const target: FloodTarget = {
    crypto: nodeCrypto,
    schemes,
    tsi,
    toi: parseLct(symbols[0]!).toi!,
    genuine: [table, ...symbols],
    old,
    objectId: session.objectId,
    publisherKey: publisher.publicKey,
    certificate: table.slice(offset, offset + length),
  };
  return { publisher, object, tables: [...(await edition.announce()), table], symbols, target };
}

/** So many datagrams of the flood, and the genuine ones that come among them: all of them by the end of the flood. */
async function nextBatch(
  count: number,
  made: number,
  { datagrams }: FloodOptions,
  { tables, symbols }: GenuineSession,
  make: (kind: FloodKind) => Promise<Uint8Array>,
  prng: Prng,
  pushed: Tally<FloodKind | 'genuine'>,
): Promise<Uint8Array[]> {
  const batch: Uint8Array[] = [];
  const add = (kind: FloodKind | 'genuine', datagram: Uint8Array) => {
    pushed[kind] = (pushed[kind] ?? 0) + 1;
    batch.push(datagram);
  };
  const sentBy = (time: number) => Math.floor((symbols.length * time) / datagrams);
  for (let i = made; i < made + count; i++) {
    const isTime = i === 0 || prng.chance((TABLE_SHARE * symbols.length) / datagrams);
    if (isTime) for (const table of tables) add('genuine', table);
    for (let next = sentBy(i); next < sentBy(i + 1); next++) add('genuine', symbols[next]!);
    const kind = FLOOD_KINDS[prng.below(FLOOD_KINDS.length)]!;
    add(kind, await make(kind));
  }
  return batch;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(copyBytes(chunk));
  return new Uint8Array(Buffer.concat(all));
}
