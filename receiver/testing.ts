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
import { type BundleEntry, packBundle } from '../codecs/bundle/index.js';
import { concatBytes, utf8Encode } from '../codecs/bytes.js';
import type { Crypto } from '../codecs/crypto/index.js';
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
import { createSigner, type PublicKey } from '../codecs/minisign/index.js';
import { ntpFromUnix } from '../codecs/ntp.js';
import { compress } from '../codecs/zstd/index.js';
import type { ObjectContent, ReceiverEvents, RejectionReason } from './engine/ports/events.js';
import { createReceiver, type ReceiverOptions } from './engine/receiver.js';

/** A receiver, and what it has told. */
export function testReceiver(options: ReceiverOptions) {
  const receiver = createReceiver(options);
  const complete: ReceiverEvents['verified'][] = [];
  const rejected: RejectionReason[] = [];
  const failures: unknown[] = [];
  receiver.on('listenerFailed', ({ error }) => failures.push(error));
  receiver.on('verified', (event) => complete.push(event));
  receiver.on('unsigned', (event) => complete.push(event));
  receiver.on('rejected', ({ reason }) => rejected.push(reason));
  return {
    receiver,
    complete,
    rejected,
    /** Fulfilled when the datagrams have had their effect. */
    async feed(datagrams: readonly Uint8Array[], destination = '239.1.2.3:4001') {
      for (const datagram of datagrams) receiver.push(datagram, { destination });
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

/** A transfer object with these files. */
export async function testBundle(
  crypto: Crypto,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([path, content]): BundleEntry => {
    const open = async function* () {
      yield content;
    };
    return { kind: 'file', path, size: content.length, open };
  });
  const parts: Uint8Array[] = [];
  for await (const part of compress(packBundle(entries, { crypto }), { level: 1 })) parts.push(part);
  return concatBytes(...parts);
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
  /** EXT_FTI on the object's datagrams. */
  readonly ftiOnSymbols?: boolean;
}

export interface TestSession {
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
  const sha256 = crypto.sha256(object);
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
    publisher && (await signer.sign({ ...publisher }, `datacast sequence:${sequence} name:${name}`));
  const file: FdtFile = {
    toi,
    contentLocation: options.contentLocation ?? `${encodeURIComponent(name)}.tar.zst`,
    transferLength: object.length,
    fec: { encodingId: scheme.encodingId, attributes: scheme.attributesFrom(parameters) },
    ...(signature !== undefined && { contentEncoding: 'zstd', sha256, sequence, signature }),
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
    buildFdtExtension({ fluteVersion: 2, instanceId: sequence % 2 ** 20 }),
    scheme.buildFti(fdtParameters),
    buildTime({ senderTime: 1_700_000_000 }),
    ...(certificate ? [buildCertExtension(certificate)] : []),
  ]);

  const session: TestSession = {
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
      return sign(datagrams, objectIdOf(sha256), uplinkSeed);
    },
    async source() {
      const all: Uint8Array[] = [];
      for (const { sbn, sourceSymbols } of blocks)
        all.push(...(await session.symbols(sbn, 0, sourceSymbols)));
      return all;
    },
    async datagram(sbn, esi, symbols, seed = uplinkSeed) {
      const datagram = buildAlc(header, scheme, { sbn, esi }, symbols);
      return (await sign([datagram], objectIdOf(sha256), seed))[0]!;
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
