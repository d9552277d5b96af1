import { parseLct } from '../../../../codecs/alc/index.js';
import { toHex, utf8Encode } from '../../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../../codecs/node/crypto.js';
import { createPrng } from '../../../../fixtures/prng.js';
import {
  type TestEdition,
  type TestFiles,
  type TestSession,
  testEditionOf,
  testPublisher,
  testSession,
} from '../../../../receiver/testing.js';
import type { Attacker } from './forge-datagrams.js';
import { STEP, type Step } from './steps.js';

/** What genuine senders have sent: SHA-256 in hexadecimal, and datagrams. */
export interface Broadcast {
  readonly indices: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
  /** Of the bundle "news". */
  readonly newest: {
    readonly sequence: number;
    /** The datagrams of each object: the only one of its table, then its symbols. */
    readonly objects: readonly (readonly string[])[];
    readonly parts: readonly string[];
  };
}

const page = (word: string, times: number) => utf8Encode(`<p>${word}</p>`.repeat(times));
const noise = (bytes: number, seed: number) => createPrng(seed).bytes(bytes);
const TREES: readonly (readonly TestFiles[])[] = [
  [{ 'index.html': page('first', 9) }, { 'a.html': noise(300, 1) }],
  [{ 'index.html': page('second', 9) }, { 'a.html': noise(300, 1) }, { 'b/c.html': noise(500, 2) }],
];

/** Two editions of a bundle, another bundle, another publisher and a file that nobody signed; and ways in which they may come. */
export async function broadcast() {
  const schemes = await loadFecSchemes();
  const publisher = await testPublisher(nodeCrypto, 7);
  const common = { crypto: nodeCrypto, schemes, publisher, tsi: 1, symbolSize: 64, depth: 1 };
  const [old, newest] = [
    await testEditionOf(TREES[0]!, { ...common, sequence: 5 }),
    await testEditionOf(TREES[1]!, { ...common, sequence: 6, blocks: 2 }),
  ];
  const other = await testEditionOf([{ 'x.txt': noise(200, 3) }], {
    ...common,
    name: 'other',
    sequence: 1,
    generation: 2,
    tsi: 2,
  });
  const plain = await testEditionOf([{ 'y.txt': noise(200, 4) }], {
    ...common,
    name: 'plain',
    fec: 'no-code',
  });
  const stranger = await testPublisher(nodeCrypto, 9);
  const strange = await testEditionOf(TREES[0]!, { ...common, publisher: stranger, tsi: 3 });
  const file = await testSession({
    crypto: nodeCrypto,
    schemes,
    object: noise(300, 5),
    tsi: 4,
    contentLocation: 'file.txt',
  });

  const all = async (edition: TestEdition) => [...(await edition.announce()), ...(await edition.send())];
  const objects = [await newest.announce()];
  for (const place of newest.parts.keys()) objects.push(await newest.send(place));
  const genuine = objects.flat();
  const repair: Uint8Array[] = [];
  for (const part of [newest.index, ...newest.parts]) {
    for (const { sbn, sourceSymbols } of part.blocks)
      repair.push(...(await part.symbols(sbn, sourceSymbols + 3, sourceSymbols + 2)));
  }
  const tables = await Promise.all([newest.index, ...newest.parts].map((part) => part.fdt()));
  const unsigned = [await file.fdt(), ...(await file.source())];
  const steps = (datagrams: readonly Uint8Array[], kind: number = STEP.push): Step[] =>
    datagrams.map((bytes) => ({ kind, bytes }));
  const pause = (kind: number): Step => ({ kind, bytes: new Uint8Array(0) });
  const editions = [old, newest, other, plain];
  const sequences: Step[][] = [
    steps(genuine),
    [...steps(await all(old)), pause(STEP.idle), ...steps(genuine)],
    [...steps(genuine).reverse(), pause(STEP.taken), ...steps(await all(old))],
    [...steps(repair.slice(0, 9)), ...steps(tables), pause(STEP.restart), ...steps(repair)],
    [...steps(await all(other)), ...steps(await all(plain)), ...steps(unsigned)],
    [...steps(await all(strange)), pause(STEP.restart), ...steps(genuine, STEP.elsewhere)],
  ];
  const sessions = editions.flatMap(({ index, parts }) => [index, ...parts]);
  const attacker: Attacker = {
    raptorq: schemes.get(6)!,
    uplinkSeed: newest.index.uplinkSeed,
    ownSeed: new Uint8Array(32).fill(66),
    objectIds: sessions.map(({ objectId }) => objectId),
    tables: tables.map(tableIn),
  };
  return { schemes, publisher, sent: sentIn(editions, newest, objects), sequences, attacker };
}

function sentIn(
  editions: readonly TestEdition[],
  newest: TestEdition,
  objects: readonly (readonly Uint8Array[])[],
): Broadcast {
  const digests = (sessions: readonly TestSession[]) => sessions.map(({ part }) => part.sha256);
  return {
    indices: new Set(editions.flatMap(({ index }) => digests([index]))),
    parts: new Set(editions.flatMap(({ parts }) => digests(parts))),
    newest: { sequence: 6, objects: objects.map((each) => each.map(toHex)), parts: digests(newest.parts) },
  };
}

/** The XML that the only symbol of a table holds. */
function tableIn(datagram: Uint8Array): Uint8Array {
  const payload = datagram.subarray(parseLct(datagram).headerLength + 4);
  const end = payload.findLastIndex((byte) => byte !== 0);
  return payload.slice(0, end + 1);
}
