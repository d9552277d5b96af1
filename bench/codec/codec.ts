/**
 * Speed of the RaptorQ core, and of npm `raptorq` in the same process, run alternately, both warmed up. Every result is
 * checked: a benchmark of a wrong result measures nothing.
 */

import { type CoreBuild, loadRaptorQ, type Oti, type RaptorQ } from '../../codecs/raptorq/index.js';
import { createPrng } from '../../fixtures/prng.js';
import { type Summary, summarize } from '../statistics.js';
import { loadPeer, type PeerRaptorQ } from './raptorq-npm.js';

/** Repair symbols for each source symbol in the encoding benchmark. */
const REPAIR_RATIO = 1.1;

export interface CodecCase {
  /** K, source symbols. */
  readonly k: number;
  /** T, bytes of a symbol. */
  readonly symbolSize: number;
  /** Share of the source symbols that is lost and replaced by repair symbols. */
  readonly loss: number;
}

/** Milliseconds for one block. */
export interface CodecTimes {
  readonly encode: Summary;
  readonly decode: Summary;
}

export interface CodecResult extends CodecCase {
  readonly ours: CodecTimes;
  readonly peer?: CodecTimes;
  /** Milliseconds of the first block of its K', whose encoding program has to be made. */
  readonly coldEncode: number;
  /** Bytes of WebAssembly memory that an encoder and a decoder of this size take. */
  readonly encoderMemory: number;
  readonly decoderMemory: number;
}

interface Sample {
  readonly encode: number;
  readonly decode: number;
}

function time<R>(work: () => R): { result: R; ms: number } {
  const begin = performance.now();
  const result = work();
  return { result, ms: performance.now() - begin };
}

function ownOti({ k, symbolSize }: CodecCase): Oti {
  return { transferLength: k * symbolSize, symbolSize, sourceBlocks: 1, subBlocks: 1, alignment: 1 };
}

/** Which source symbols arrive: exactly (1 - loss) * K of them, spread at random. */
function arrived({ k, loss }: CodecCase): number[] {
  const random = createPrng(k);
  const order = Array.from({ length: k }, (_, esi) => esi);
  for (let i = k - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, Math.round(k * (1 - loss))).sort((a, b) => a - b);
}

function requireEqual(actual: Uint8Array | undefined, expected: Uint8Array, who: string): void {
  if (!actual || Buffer.compare(actual, expected) !== 0) throw new Error(`${who} rebuilt a block wrongly.`);
}

/** Memory for results, used again in every round as a program would; npm raptorq returns arrays of its own. */
interface Buffers {
  readonly repair: Uint8Array;
  readonly block: Uint8Array;
}

function buffersFor({ k, symbolSize }: CodecCase): Buffers {
  return {
    repair: new Uint8Array(Math.ceil(k * REPAIR_RATIO) * symbolSize),
    block: new Uint8Array(k * symbolSize),
  };
}

function encodeOwn(raptorq: RaptorQ, c: CodecCase, source: Uint8Array, into: Uint8Array): Uint8Array {
  const encoder = raptorq.createEncoder(ownOti(c), 0, source);
  const repair = encoder.symbols(c.k, Math.ceil(c.k * REPAIR_RATIO), into);
  encoder.free();
  return repair;
}

function decodeOwn(
  raptorq: RaptorQ,
  c: CodecCase,
  source: Uint8Array,
  kept: number[],
  repair: Uint8Array,
  into: Uint8Array,
): Uint8Array {
  const { k, symbolSize } = c;
  const symbol = (bytes: Uint8Array, i: number) => bytes.subarray(i * symbolSize, (i + 1) * symbolSize);
  const decoder = raptorq.createDecoder(ownOti(c), 0);
  for (const esi of kept) decoder.add(esi, symbol(source, esi));
  let next = 0;
  while (decoder.received < k || !decoder.tryDecode()) {
    decoder.add(k + next, symbol(repair, next));
    next++;
  }
  const block = decoder.data(into);
  decoder.free();
  return block;
}

function runOwn(
  raptorq: RaptorQ,
  c: CodecCase,
  source: Uint8Array,
  kept: number[],
  buffers: Buffers,
): Sample {
  buffers.block.fill(0);
  const encoded = time(() => encodeOwn(raptorq, c, source, buffers.repair));
  const decoded = time(() => decodeOwn(raptorq, c, source, kept, encoded.result, buffers.block));
  requireEqual(decoded.result, source, 'Our decoder');
  return { encode: encoded.ms, decode: decoded.ms };
}

function runPeer(peer: PeerRaptorQ, c: CodecCase, source: Uint8Array, kept: number[]): Sample {
  const { Encoder, Decoder } = peer.raw;
  const encoded = time(() => {
    const encoder = Encoder.with_defaults(source, c.symbolSize);
    const packets = encoder.encode(Math.ceil(c.k * REPAIR_RATIO));
    encoder.free();
    return packets;
  });
  const packets = encoded.result;
  const decoded = time(() => {
    const decoder = Decoder.with_defaults(BigInt(source.length), c.symbolSize);
    let object: Uint8Array | undefined;
    for (const esi of kept) object ??= decoder.decode(packets[esi]!);
    for (let next = c.k; !object && next < packets.length; next++) object = decoder.decode(packets[next]!);
    decoder.free();
    return object;
  });
  requireEqual(decoded.result, source, 'npm raptorq');
  return { encode: encoded.ms, decode: decoded.ms };
}

function summarizeSamples(samples: readonly Sample[]): CodecTimes {
  return { encode: summarize(samples.map((s) => s.encode)), decode: summarize(samples.map((s) => s.decode)) };
}

/** Rounds of one measurement. */
function roundsFor({ k, symbolSize }: CodecCase): number {
  return Math.max(4, Math.min(60, Math.round(1.5e8 / (k * symbolSize))));
}

/**
 * Our blocks in each round, one after the other as a program codes them. Beside the peer they take about as long as its
 * one block: the first of them finds the caches as the peer left them.
 */
function blocksPerRound({ k }: CodecCase, withPeer: boolean): number {
  return Math.max(withPeer ? 10 : 2, Math.min(20, Math.round(10_000 / k)));
}

/** The engine compiles hot loops anew while they first run; that work is no part of the figures. */
const WARM_UP_MS = 300;

function warmUp(run: () => void): void {
  const begin = performance.now();
  do run();
  while (performance.now() - begin < WARM_UP_MS);
}

async function memoryOf(build: CoreBuild, work: (raptorq: RaptorQ) => void): Promise<number> {
  const raptorq = await loadRaptorQ(build);
  work(raptorq);
  return raptorq.memoryBytes();
}

/** Measures one case; `withPeer` runs npm `raptorq` in turn with ours (its symbol sizes are multiples of 8, from 64). */
export async function measureCodec(c: CodecCase, build: CoreBuild, withPeer: boolean): Promise<CodecResult> {
  const random = createPrng(7);
  const source = Uint8Array.from({ length: c.k * c.symbolSize }, () => random.below(256));
  const kept = arrived(c);
  const raptorq = await loadRaptorQ(build);
  const buffers = buffersFor(c);
  const cold = time(() => encodeOwn(raptorq, c, source, buffers.repair));
  const repair = cold.result;
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  const peer = withPeer ? await loadPeer() : undefined;
  warmUp(() => runOwn(raptorq, c, source, kept, buffers));
  if (peer) warmUp(() => runPeer(peer, c, source, kept));
  for (let round = 0; round < roundsFor(c); round++) {
    for (let i = 0; i < blocksPerRound(c, withPeer); i++)
      ours.push(runOwn(raptorq, c, source, kept, buffers));
    if (peer) theirs.push(runPeer(peer, c, source, kept));
  }
  return {
    ...c,
    ours: summarizeSamples(ours),
    ...(peer && { peer: summarizeSamples(theirs) }),
    coldEncode: cold.ms,
    encoderMemory: await memoryOf(build, (own) => encodeOwn(own, c, source, buffers.repair)),
    decoderMemory: await memoryOf(build, (own) => decodeOwn(own, c, source, kept, repair, buffers.block)),
  };
}

export interface SolveTime {
  readonly k: number;
  /** Milliseconds to make an encoder whose encoding program is not there yet, for symbols of one byte. */
  readonly ms: Summary;
}

/** Time to solve the constraint matrix against K. */
export async function measureSolve(k: number, build: CoreBuild): Promise<SolveTime> {
  const times: number[] = [];
  const c = { k, symbolSize: 1, loss: 0 };
  const source = new Uint8Array(k);
  for (let round = 0; round < 5; round++) {
    const raptorq = await loadRaptorQ(build);
    raptorq.createEncoder({ ...ownOti(c), transferLength: 1 }, 0, new Uint8Array(1)).free();
    times.push(time(() => raptorq.createEncoder(ownOti(c), 0, source).free()).ms);
  }
  return { k, ms: summarize(times) };
}
