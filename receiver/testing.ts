/** Sessions made for tests, genuine ones and such as an attacker would send. */

import { buildAlc, buildFdtExtension, buildLct, buildTime } from '../codecs/alc/index.js';
import {
  authExtensionLength,
  buildCertExtension,
  buildCertificate,
  FDT_OBJECT_ID,
  objectIdOf,
  signBatch,
  writeAuthPlaceholder,
} from '../codecs/auth/index.js';
import { concatBytes, toHex, utf8Encode } from '../codecs/bytes.js';
import type { Crypto } from '../codecs/crypto/index.js';
import { type EditionIndex, encodeIndex, type IndexPart, packPart } from '../codecs/edition/index.js';
import { buildFdt, FDT_NAMESPACE_V2, type FdtFile } from '../codecs/fdt/index.js';
import type {
  BlockEncoder,
  FecScheme,
  FecSchemes,
  NoCodeParameters,
  ObjectParameters,
  RaptorQParameters,
  SourceBlock,
} from '../codecs/fec/index.js';
import { createSigner, type PublicKey, publisherId } from '../codecs/minisign/index.js';
import { ntpFromUnix } from '../codecs/ntp.js';
import { compress } from '../codecs/zstd/index.js';
import type { ReceiverOptions } from './engine/interface.js';
import type {
  KnownEdition,
  ObjectContent,
  ObjectInfo,
  ReceiverEvents,
  RejectionReason,
} from './engine/ports/events.js';
import type { Flow } from './engine/ports/flow.js';
import { createReceiver } from './engine/receiver.js';

/** A receiver, and what it has told. */
export function testReceiver(options: ReceiverOptions) {
  const receiver = createReceiver(options);
  const complete: { readonly object: ObjectInfo; readonly content: ObjectContent }[] = [];
  const editions: ReceiverEvents['edition'][] = [];
  const rejected: RejectionReason[] = [];
  const failures: unknown[] = [];
  receiver.on('listenerFailed', ({ error }) => failures.push(error));
  receiver.on('failed', ({ error }) => failures.push(error));
  receiver.on('edition', (event) => editions.push(event));
  receiver.on('part', (event) => complete.push(event));
  receiver.on('unsigned', (event) => complete.push(event));
  receiver.on('rejected', ({ reason }) => rejected.push(reason));
  return {
    receiver,
    /** Parts, and files of sessions that nobody signed. */
    complete,
    editions,
    rejected,
    /** Fulfilled when the datagrams have had their effect. */
    async feed(datagrams: readonly Uint8Array[], flow: Flow = { destination: '239.1.2.3:4001' }) {
      for (const datagram of datagrams) receiver.push(datagram, flow);
      await receiver.idle();
      if (failures.length > 0) throw failures[0];
    },
  };
}

export async function bytesOf(content: ObjectContent): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of content.read()) parts.push(part.slice());
  return concatBytes(...parts);
}

/** Contents of files by their paths. */
export type TestFiles = Readonly<Record<string, Uint8Array>>;

/** A part with these files, as it is sent. */
export async function testPart(files: TestFiles): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([path, content]) => {
    const open = async function* () {
      yield content;
    };
    return { kind: 'file' as const, path, size: content.length, open };
  });
  const cut = { class: 'text' as const, label: '/', files: entries, directories: [], unpacked: 0 };
  const pieces: Uint8Array[] = [];
  for await (const piece of compress(
    packPart(cut, (file) => file.open()),
    { level: 1 },
  ))
    pieces.push(piece);
  return concatBytes(...pieces);
}

/** A publisher; its key follows from `number`, 1..255. */
export interface TestPublisher extends PublicKey {
  readonly seed: Uint8Array;
}

export async function testPublisher(crypto: Crypto, number: number): Promise<TestPublisher> {
  const seed = new Uint8Array(32).fill(number);
  return { seed, keyId: new Uint8Array(8).fill(number), publicKey: await crypto.ed25519PublicKey(seed) };
}

export interface TestSessionOptions {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  /** Undefined: a session that nobody signed. */
  readonly publisher?: TestPublisher;
  readonly object: Uint8Array;
  /** Of a session that is signed: a part, unless something else is said. */
  readonly kind?: 'part' | 'index';
  readonly fec?: 'raptorq' | 'no-code';
  readonly name?: string;
  readonly sequence?: number;
  readonly toi?: number;
  readonly tsi?: number;
  readonly generation?: number;
  readonly uplinkSeed?: Uint8Array;
  readonly symbolSize?: number;
  readonly blocks?: number;
  /** 0..7. */
  readonly depth?: number;
  /** Bytes of a symbol of the table; by default it is sent in one. */
  readonly fdtSymbolSize?: number;
  readonly contentLocation?: string;
  /** Of the table, seconds of the Unix time; by default it is in the past. */
  readonly expires?: number;
  /** Changes what the table says of the object. */
  readonly alterFile?: (file: FdtFile) => FdtFile;
  /** SHA-256 that datagrams are signed for, and the table gives; by default the object's. */
  readonly sha256?: Uint8Array;
  /** EXT_FTI on the object's datagrams. */
  readonly ftiOnSymbols?: boolean;
}

export interface TestSession {
  /** What the object's datagrams are bound to. */
  readonly objectId: Uint8Array;
  /** What an index says of the object. */
  readonly part: IndexPart;
  readonly blocks: readonly SourceBlock[];
  readonly uplinkSeed: Uint8Array;
  /** A datagram of the table. */
  fdt(esi?: number): Promise<Uint8Array>;
  /** Datagrams with the symbols `from` to `from + count` of a block. */
  symbols(sbn: number, from: number, count: number): Promise<Uint8Array[]>;
  /** All source symbols, block after block. */
  source(): Promise<Uint8Array[]>;
  /** A datagram of the object with symbols of one's own making, signed by `seed` or the uplink key. */
  datagram(sbn: number, esi: number, symbols: Uint8Array, seed?: Uint8Array): Promise<Uint8Array>;
}

export async function testSession(options: TestSessionOptions): Promise<TestSession> {
  const { crypto, schemes, publisher, object, name = 'news', sequence = 5, toi = sequence } = options;
  const { tsi = 7, generation = 1, depth = 0, symbolSize = 64 } = options;
  const uplinkSeed = options.uplinkSeed ?? new Uint8Array(32).fill(0x75);
  const scheme = schemes.get(options.fec === 'no-code' ? 0 : 6)!;
  const parameters = objectParameters(scheme, object.length, symbolSize, options.blocks ?? 1);
  const blocks = scheme.blocks(parameters);
  const sha256 = options.sha256 ?? crypto.sha256(object);
  const encoders = new Map<number, BlockEncoder>();
  const encoderOf = (sbn: number) => {
    const block = blocks[sbn]!;
    const bytes = object.subarray(block.offset, block.offset + block.byteLength);
    const encoder = encoders.get(sbn) ?? scheme.createBlockEncoder(parameters, block, bytes);
    encoders.set(sbn, encoder);
    return encoder;
  };

  const blankAuth = new Uint8Array(authExtensionLength(depth));
  writeAuthPlaceholder(blankAuth, 0, depth, 0);
  const auth = publisher === undefined ? [] : [blankAuth];
  const objectExtensions = options.ftiOnSymbols ? [...auth, scheme.buildFti(parameters)] : auth;
  const header = buildLct({ tsi, toi, codepoint: scheme.encodingId }, objectExtensions);

  async function sign(
    datagrams: Uint8Array[],
    objectId: Uint8Array,
    seed: Uint8Array,
  ): Promise<Uint8Array[]> {
    if (publisher === undefined) return datagrams;
    for (let first = 0; first < datagrams.length; first += 2 ** depth) {
      const batch = datagrams.slice(first, first + 2 ** depth).map((datagram, index) => {
        writeAuthPlaceholder(datagram, 12, depth, index);
        return { datagram, authOffset: 12, objectId };
      });
      await signBatch(crypto, seed, tsi, batch, depth);
    }
    return datagrams;
  }

  const signer = createSigner(crypto).update(object);
  const signature =
    publisher &&
    options.kind === 'index' &&
    (await signer.sign({ ...publisher }, `datacast sequence:${sequence} name:${name}`));
  const file: FdtFile = {
    toi,
    contentLocation: options.contentLocation ?? `${encodeURIComponent(name)}.tar.zst`,
    transferLength: object.length,
    fec: { encodingId: scheme.encodingId, attributes: scheme.attributesFrom(parameters) },
    ...(publisher && { contentEncoding: 'zstd', sha256 }),
    ...(signature && { sequence, signature }),
  };
  const files = [options.alterFile?.(file) ?? file];
  const xml = utf8Encode(
    buildFdt({ namespace: FDT_NAMESPACE_V2, expires: ntpFromUnix(options.expires ?? 1_700_086_400), files }),
  );
  const fdtSize = options.fdtSymbolSize ?? 4 * Math.ceil(xml.length / 4);
  const fdtParameters = objectParameters(scheme, xml.length, fdtSize, 1);
  const fdtEncoder = scheme.createBlockEncoder(fdtParameters, scheme.blocks(fdtParameters)[0]!, xml);
  const certificate =
    publisher &&
    (await buildCertificate(crypto, publisher, {
      uplinkPublicKey: await crypto.ed25519PublicKey(uplinkSeed),
      tsi,
      notBefore: 0,
      notAfter: 2 ** 40,
      generation,
    }));
  const fdtHeader = buildLct({ tsi, toi: 0, codepoint: scheme.encodingId }, [
    ...auth,
    buildFdtExtension({ fluteVersion: 2, instanceId: toi % 2 ** 20 }),
    scheme.buildFti(fdtParameters),
    buildTime({ senderTime: 1_700_000_000 }),
    ...(certificate ? [buildCertExtension(certificate)] : []),
  ]);

  const objectId = objectIdOf(crypto, sha256, scheme.buildFti(parameters));
  const session: TestSession = {
    objectId,
    part: partOf(sha256, object),
    blocks,
    uplinkSeed,
    async fdt(esi = 0) {
      const datagram = buildAlc(fdtHeader, scheme, { sbn: 0, esi }, fdtEncoder.symbol(esi));
      return (await sign([datagram], FDT_OBJECT_ID, uplinkSeed))[0]!;
    },
    async symbols(sbn, from, count) {
      const datagrams = Array.from({ length: count }, (_, i) =>
        buildAlc(header, scheme, { sbn, esi: from + i }, encoderOf(sbn).symbol(from + i)),
      );
      return sign(datagrams, objectId, uplinkSeed);
    },
    async source() {
      const all: Uint8Array[] = [];
      for (const { sbn, sourceSymbols } of blocks)
        all.push(...(await session.symbols(sbn, 0, sourceSymbols)));
      return all;
    },
    async datagram(sbn, esi, symbols, seed = uplinkSeed) {
      const datagram = buildAlc(header, scheme, { sbn, esi }, symbols);
      return (await sign([datagram], objectId, seed))[0]!;
    },
  };
  return session;
}

function objectParameters(
  scheme: FecScheme,
  transferLength: number,
  symbolSize: number,
  blocks: number,
): ObjectParameters {
  const common = { encodingId: scheme.encodingId, transferLength, symbolSize };
  const raptorq: RaptorQParameters = { ...common, sourceBlocks: blocks, subBlocks: 1, alignment: 4 };
  const symbols = Math.max(1, Math.ceil(transferLength / symbolSize));
  const noCode: NoCodeParameters = { ...common, maxSourceBlockLength: Math.ceil(symbols / blocks) };
  return scheme.encodingId === 6 ? raptorq : noCode;
}

function partOf(sha256: Uint8Array, object: Uint8Array): IndexPart {
  const name = toHex(sha256);
  return {
    sha256: name,
    bytes: object.length,
    unpacked: object.length,
    files: 1,
    label: `${name.slice(0, 8)}.html`,
    class: 'text',
  };
}

/** An edition that lists the objects of sessions, as an application gives it to a receiver that has its index. */
export function knownEdition(
  publisher: TestPublisher,
  sessions: readonly TestSession[],
  { name = 'news', sequence = 5 } = {},
): KnownEdition {
  const edition = { publisher: publisherId(publisher), name, sequence, sha256: '00', signature: '' };
  return { edition, index: { name, sequence, parts: sessions.map(({ part }) => part) } };
}

export interface TestEditionOptions extends Omit<TestSessionOptions, 'object' | 'kind' | 'toi'> {
  readonly publisher: TestPublisher;
  readonly parts: readonly Uint8Array[];
  /** Changes the index before it is signed. */
  readonly alterIndex?: (index: EditionIndex) => EditionIndex;
  /** Sent and signed in place of the index. */
  readonly indexObject?: Uint8Array;
}

export interface TestEdition {
  readonly index: TestSession;
  /** In the order of the index. */
  readonly parts: readonly TestSession[];
  /** Of the parts. */
  readonly tois: readonly number[];
  /** Table and source symbols of the index. */
  announce(): Promise<Uint8Array[]>;
  /** Tables and source symbols of parts, all unless some are named by their place. */
  send(...places: readonly number[]): Promise<Uint8Array[]>;
}

/** An edition with the parts given: each has a table of its own, and a TOI that follows from its digest. */
export async function testEdition(options: TestEditionOptions): Promise<TestEdition> {
  const { name = 'news', sequence = 5, crypto } = options;
  const parts: TestSession[] = [];
  const tois: number[] = [];
  for (const object of options.parts) {
    const [a, b] = crypto.sha256(object);
    const toi = 1000 + ((256 * a! + b!) % 60_000);
    parts.push(await testSession({ ...options, object, toi }));
    tois.push(toi);
  }
  const index = { name, sequence, parts: parts.map(({ part }) => part) };
  const object = options.indexObject ?? (await encodeIndex(options.alterIndex?.(index) ?? index));
  const { blocks: _, ...rest } = options;
  const indexSession = await testSession({ ...rest, object, kind: 'index', toi: 900 + (sequence % 100) });
  const all = async (session: TestSession) => [await session.fdt(), ...(await session.source())];
  return {
    index: indexSession,
    parts,
    tois,
    announce: () => all(indexSession),
    async send(...places) {
      const datagrams: Uint8Array[] = [];
      for (const [place, part] of parts.entries()) {
        if (places.length === 0 || places.includes(place)) datagrams.push(...(await all(part)));
      }
      return datagrams;
    },
  };
}

/** An edition whose parts have these files: the first is the front, the others are text. */
export async function testEditionOf(
  trees: readonly TestFiles[],
  options: Omit<TestEditionOptions, 'parts'>,
): Promise<TestEdition> {
  const parts = await Promise.all(trees.map(testPart));
  const list = (part: IndexPart, place: number): IndexPart => {
    const files = Object.entries(trees[place]!);
    return {
      ...part,
      unpacked: files.reduce((sum, [, { length }]) => sum + length, 0),
      files: files.length,
      label: files.length === 1 ? files[0]![0] : '/',
      class: place === 0 ? 'front' : 'text',
    };
  };
  const alterIndex = (index: EditionIndex) => {
    const listed = { ...index, parts: index.parts.map(list) };
    return options.alterIndex?.(listed) ?? listed;
  };
  return testEdition({ ...options, parts, alterIndex });
}
