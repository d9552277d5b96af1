/**
 * Speed of each stage between a directory and a recording, and back, alone on one thread; and of the executables with
 * everything together. The content does not compress, which is the most that coding and signing can get to do.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAlc, buildLct, parseAlc } from '../../codecs/alc/index.js';
import {
  authExtensionLength,
  createRootCache,
  objectIdOf,
  signBatch,
  verifyDatagram,
  writeAuthPlaceholder,
} from '../../codecs/auth/index.js';
import { concatBytes, copyBytes } from '../../codecs/bytes.js';
import { type PartCut, packPart, readPart, type TreeFile } from '../../codecs/edition/index.js';
import { type FecSchemes, loadFecSchemes, type SourceBlock } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPcapFlow, createPcapReader, pcapHeader } from '../../codecs/pcap/index.js';
import { compress, decompress } from '../../codecs/zstd/index.js';
import { compareDirectories, runProgram } from '../../fixtures/job.js';
import { writeLargeDirectory } from '../../fixtures/large-directory.js';
import { createPrng } from '../../fixtures/prng.js';
import { type Summary, summarize } from '../statistics.js';

/** Time of a stage for the whole content. */
export interface Stage {
  readonly side: 'send' | 'receive';
  readonly name: string;
  readonly ms: Summary;
}

export interface StageReport {
  readonly contentBytes: number;
  readonly authDepth: number;
  readonly stages: readonly Stage[];
}

const FILE_BYTES = 4_000_000;
const TSI = 1;
const TOI = 1;
const AUTH_OFFSET = 12;
const SYMBOL_SIZE = 1384;
const BLOCK_SYMBOLS = 4096;
/** Share of repair symbols sent, and of source symbols lost. */
const REPAIR = 0.1;
const FLOW = { source: '192.0.2.1', destination: '239.255.0.1', sourcePort: 4001, destinationPort: 4001 };

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(copyBytes(chunk));
  return concatBytes(...all);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 2 ** 20) yield bytes.subarray(at, at + 2 ** 20);
}

interface StageFile extends TreeFile {
  open(): AsyncIterable<Uint8Array>;
}

/** One part of many files. */
function randomPart(bytes: number): PartCut<StageFile> {
  const random = createPrng(1);
  const files = Array.from({ length: Math.ceil(bytes / FILE_BYTES) }, (_, i): StageFile => {
    const content = random.bytes(Math.min(FILE_BYTES, bytes - i * FILE_BYTES));
    const path = `${String(i).padStart(6, '0')}.bin`;
    return { kind: 'file', path, size: content.length, open: () => once(content) };
  });
  return { class: 'other', label: '/', files, directories: [], unpacked: bytes };
}

/** Every job and every stage is measured so many times. */
const ROUNDS = 3;

type Timed = <R>(side: Stage['side'], name: string, work: () => R | Promise<R>) => Promise<R>;

/** Measures all stages over `bytes` bytes of content, in rounds. */
export async function measureStages(bytes: number, authDepth: number): Promise<StageReport> {
  const times = new Map<string, { side: Stage['side']; name: string; ms: number[] }>();
  const timed: Timed = async (side, name, work) => {
    const begin = performance.now();
    const result = await work();
    const stage = times.get(side + name) ?? { side, name, ms: [] };
    times.set(side + name, stage);
    stage.ms.push(performance.now() - begin);
    return result;
  };
  for (let round = 0; round < ROUNDS; round++) await runStages(bytes, authDepth, timed);
  const stages = [...times.values()].map(({ side, name, ms }) => ({ side, name, ms: summarize(ms) }));
  return { contentBytes: bytes, authDepth, stages };
}

/** Runs the stages one after the other; each result is checked by the next stage. */
async function runStages(bytes: number, authDepth: number, timed: Timed): Promise<void> {
  const schemes = await loadFecSchemes();
  const part = randomPart(bytes);
  const tar = await timed('send', 'pack', () => collect(packPart(part, (file) => file.open())));
  const object = await timed('send', 'compress', () => collect(compress(once(tar), { level: 19 })));
  const sha256 = await timed('send', 'digest', () => nodeCrypto.sha256(object));
  const objectId = objectIdOf(nodeCrypto, sha256, schemes.get(6)!.buildFti(parametersOf(object.length)));
  const datagrams = await timed('send', 'code', () => codeAll(schemes, object, authDepth));
  const seed = new Uint8Array(32).fill(7);
  await timed('send', 'sign', () => signAll(datagrams, seed, objectId, authDepth));
  const recording = await timed('send', 'write', () => record(datagrams));

  const payloads = await timed('receive', 'read', () => readAll(recording));
  const publicKey = await nodeCrypto.ed25519PublicKey(seed);
  const cache = createRootCache();
  await timed('receive', 'check all', () => {
    for (const payload of payloads) {
      if (!verifyDatagram(nodeCrypto, publicKey, TSI, payload, AUTH_OFFSET, objectId, cache))
        throw new Error('A genuine datagram was refused.');
    }
  });
  const rebuilt = await timed('receive', 'decode', () => decodeAll(schemes, payloads, object.length));
  await timed('receive', 'digest', () => {
    if (Buffer.compare(nodeCrypto.sha256(rebuilt), sha256) !== 0)
      throw new Error('The object was rebuilt wrongly.');
  });
  const unpacked = await timed('receive', 'decompress', () =>
    collect(decompress(once(rebuilt), { maxSize: 2 ** 31 })),
  );
  await timed('receive', 'extract', async () => {
    const limits = { maxSize: 2 ** 31, maxEntries: 10_000 };
    for await (const { content } of readPart(once(unpacked), limits)) for await (const _ of content);
  });
}

function parametersOf(transferLength: number) {
  const symbols = Math.ceil(transferLength / SYMBOL_SIZE);
  const sourceBlocks = Math.ceil(symbols / BLOCK_SYMBOLS);
  return { encodingId: 6, transferLength, symbolSize: SYMBOL_SIZE, sourceBlocks, subBlocks: 1, alignment: 4 };
}

function headerOf(authDepth: number): Uint8Array {
  const auth = new Uint8Array(authExtensionLength(authDepth));
  writeAuthPlaceholder(auth, 0, authDepth, 0);
  return buildLct({ tsi: TSI, toi: TOI, tsiLength: 2, toiLength: 2, codepoint: 6 }, [auth]);
}

function codeAll(schemes: FecSchemes, object: Uint8Array, authDepth: number): Uint8Array[] {
  const scheme = schemes.get(6)!;
  const parameters = parametersOf(object.length);
  const header = headerOf(authDepth);
  const datagrams: Uint8Array[] = [];
  for (const block of scheme.blocks(parameters)) {
    const { sbn, offset, byteLength, sourceSymbols } = block;
    const encoder = scheme.createBlockEncoder(
      parameters,
      block,
      object.subarray(offset, offset + byteLength),
    );
    const count = sourceSymbols + Math.ceil(sourceSymbols * REPAIR) + 4;
    const symbols = encoder.symbols(0, count);
    encoder.free();
    for (let esi = 0; esi < count; esi++) {
      const symbol = symbols.subarray(esi * SYMBOL_SIZE, (esi + 1) * SYMBOL_SIZE);
      datagrams.push(buildAlc(header, scheme, { sbn, esi }, symbol));
    }
  }
  return datagrams;
}

function signAll(
  datagrams: readonly Uint8Array[],
  seed: Uint8Array,
  objectId: Uint8Array,
  depth: number,
): void {
  for (let first = 0; first < datagrams.length; first += 2 ** depth) {
    const batch = datagrams.slice(first, first + 2 ** depth).map((datagram, index) => {
      writeAuthPlaceholder(datagram, AUTH_OFFSET, depth, index);
      return { datagram, authOffset: AUTH_OFFSET, objectId };
    });
    signBatch(nodeCrypto, seed, TSI, batch, depth);
  }
}

function record(datagrams: readonly Uint8Array[]): Uint8Array {
  const flow = createPcapFlow(FLOW);
  const header = pcapHeader();
  const length = datagrams.reduce((sum, datagram) => sum + flow.recordLength(datagram.length), header.length);
  const file = new Uint8Array(length);
  file.set(header);
  let at = header.length;
  for (const datagram of datagrams) at = flow.write(file, at, 0n, datagram);
  return file;
}

function readAll(recording: Uint8Array): Uint8Array[] {
  const reader = createPcapReader();
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < recording.length; at += 2 ** 20) {
    for (const { payload } of reader.push(recording.subarray(at, at + 2 ** 20))) payloads.push(payload);
  }
  reader.end();
  return payloads;
}

/** Every tenth source symbol is lost. */
function decodeAll(schemes: FecSchemes, payloads: readonly Uint8Array[], length: number): Uint8Array {
  const scheme = schemes.get(6)!;
  const parameters = parametersOf(length);
  const object = new Uint8Array(length);
  const bySbn = new Map<number, { esi: number; symbol: Uint8Array }[]>();
  for (const datagram of payloads) {
    const { payloadId, payload } = parseAlc(datagram, schemes);
    const { sbn, esi } = payloadId!;
    bySbn.set(sbn, bySbn.get(sbn) ?? []);
    bySbn.get(sbn)!.push({ esi, symbol: payload });
  }
  for (const block of scheme.blocks(parameters)) decodeBlock(block, bySbn.get(block.sbn)!);
  return object;

  function decodeBlock(block: SourceBlock, symbols: readonly { esi: number; symbol: Uint8Array }[]): void {
    const decoder = scheme.createBlockDecoder(parameters, block);
    for (const { esi, symbol } of symbols) {
      if (esi % 10 === 0 && esi < block.sourceSymbols) continue;
      decoder.add(esi, symbol);
      if (decoder.received >= block.sourceSymbols && decoder.tryDecode()) break;
    }
    object.set(decoder.data(), block.offset);
    decoder.free();
  }
}

/** A whole job with the executables. */
export interface JobReport {
  readonly contentBytes: number;
  /** Bytes of each file. */
  readonly fileBytes: number;
  readonly authDepth: number;
  /** Repair symbols in percent of the source symbols. */
  readonly repairPercent: number;
  /** Seconds. */
  readonly encode: Summary;
  /** Seconds from recording to verified object, in a process that is running. */
  readonly verify: Summary;
  /** Seconds, with signatures checked only where a digest does not match. */
  readonly receiveLazily: Summary;
  /** Seconds, with the signature of every datagram checked. */
  readonly receiveEagerly: Summary;
  /** Bytes resident at most, of all rounds. */
  readonly encodeMemory: number;
  readonly receiveMemory: number;
  readonly recordingBytes: number;
}

/** Encodes and receives a directory of `bytes` bytes that do not compress, in rounds, and compares. */
export function measureJob(
  bytes: number,
  fileBytes: number,
  authDepth: number,
  repairPercent: number,
): JobReport {
  const work = mkdtempSync(join(tmpdir(), 'datacast-pipeline-'));
  const at = (name: string) => join(work, name);
  const run = (program: 'datacast' | 'datacast-receive', args: string[]) => {
    const begin = performance.now();
    const { status, stdout, stderr } = runProgram(program, args);
    if (status !== 0) throw new Error(`${program} ended with exit code ${status}: ${stderr}`);
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, memory: (JSON.parse(stdout) as { peakMemory: number }).peakMemory };
  };
  const receive = (verify: 'lazy' | 'eager') => {
    const trust = ['--trust', at('keys/publisher.pub')];
    const ended = run('datacast-receive', [
      ...[at('sent.pcap'), ...trust, '--out', at('back'), '--verify', verify, '--json'],
    ]);
    compareDirectories(at('content'), at('back'));
    rmSync(at('back'), { recursive: true });
    return ended;
  };
  try {
    writeLargeDirectory(at('content'), bytes, 1, 1, fileBytes);
    const keygen = runProgram('datacast', ['keygen', '--out', at('keys'), '--no-password']);
    if (keygen.status !== 0) throw new Error(`No keys: ${keygen.stderr}`);
    const options = ['--auth-depth', String(authDepth), '--repair', String(repairPercent), '--json'];
    const encode = ['encode', at('content'), '--keys', at('keys'), '--out', at('sent.pcap'), ...options];
    const rounds = Array.from({ length: ROUNDS }, () => {
      // each round writes a new file, into memory that the system has used before
      rmSync(at('sent.pcap'), { force: true });
      return {
        encoded: run('datacast', encode),
        verified: verifyRecording(at('sent.pcap'), at('keys/publisher.pub'), work),
        lazy: receive('lazy'),
        eager: receive('eager'),
      };
    });
    const seconds = (of: 'encoded' | 'verified' | 'lazy' | 'eager') =>
      summarize(rounds.map((round) => round[of].seconds));
    return {
      contentBytes: bytes,
      fileBytes,
      authDepth,
      repairPercent,
      encode: seconds('encoded'),
      verify: seconds('verified'),
      receiveLazily: seconds('lazy'),
      receiveEagerly: seconds('eager'),
      encodeMemory: Math.max(...rounds.map(({ encoded }) => encoded.memory)),
      receiveMemory: Math.max(...rounds.flatMap(({ lazy, eager }) => [lazy.memory, eager.memory])),
      recordingBytes: statSync(at('sent.pcap')).size,
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function verifyRecording(recording: string, key: string, directory: string): { seconds: number } {
  const script = fileURLToPath(new URL('verify-recording.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, recording, key, directory], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Verifying ended with exit code ${status}: ${stderr}`);
  return { seconds: (JSON.parse(stdout) as { milliseconds: number }).milliseconds / 1000 };
}
