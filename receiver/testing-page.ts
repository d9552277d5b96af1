/** What a page of the tests does in a browser. */

import { fromHex, toHex, utf8Encode } from '../codecs/bytes.js';
import { nobleCrypto, webCrypto } from '../codecs/crypto/index.js';
import { BLAKE2B, ED25519, SCRYPT, SHA256 } from '../codecs/crypto/testing.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import type { PublicKey } from '../codecs/minisign/index.js';
import { type CoreBuild, fastestBuild, loadRaptorQ, type Oti } from '../codecs/raptorq/index.js';
import type { PersistentStore } from './engine/ports/store.js';
import { createReceiver } from './engine/receiver.js';
import { openIndexedDbStore } from './stores/indexeddb.js';

/** A datagram of `length` bytes `value` for a store. */
export interface Written {
  readonly object: string;
  readonly group: number;
  readonly flow: string | null;
  readonly length: number;
  readonly value: number;
}

/** A datagram as a store gives it back. */
export interface Kept {
  readonly object: string;
  readonly group: number;
  readonly flow: string | null;
  readonly reference: number;
  readonly sha256: string;
}

const digest = (bytes: Uint8Array) => toHex(nobleCrypto.sha256(bytes));
const oneBlock = (symbols: number, symbolSize: number): Oti => ({
  transferLength: symbols * symbolSize,
  symbolSize,
  sourceBlocks: 1,
  subBlocks: 1,
  alignment: 1,
});

/** As fixtures/kat/repair_symbols.json has it. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255);
}

async function restored(store: PersistentStore): Promise<Kept[]> {
  const all: Kept[] = [];
  for await (const { datagram, flow = null, ...rest } of store.restore()) {
    all.push({ ...rest, flow, sha256: digest(datagram) });
  }
  return all;
}

async function append(store: PersistentStore, datagrams: readonly Written[]): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const { object, group, flow, length, value } of datagrams) {
    const lent = new Uint8Array(length).fill(value);
    const sha256 = digest(lent);
    const reference = await store.append(object, lent, group, flow ?? undefined);
    lent.fill(value + 1);
    if (reference !== undefined) kept.push({ object, group, flow, reference, sha256 });
  }
  return kept;
}

const stores = new Map<string, PersistentStore>();

/** The functions that tests call in the page. */
export const tab = {
  fastestBuild,

  /** What each provider of cryptography answers where there are known answers. */
  async cryptoAnswers() {
    const answers = [];
    for (const crypto of [await webCrypto(), nobleCrypto]) {
      const signatures = [];
      for (const { seed, message, publicKey, signature } of ED25519) {
        const [key, text] = [fromHex(publicKey), fromHex(message)];
        const broken = fromHex(signature).map((octet, i) => (i === 40 ? octet ^ 1 : octet));
        signatures.push({
          publicKey: toHex(await crypto.ed25519PublicKey(fromHex(seed))),
          signature: toHex(await crypto.ed25519Sign(fromHex(seed), text)),
          verified: await crypto.ed25519Verify(key, text, fromHex(signature)),
          brokenVerified: await crypto.ed25519Verify(key, text, broken),
        });
      }
      const { password, salt, cost, key } = SCRYPT;
      const length = key.length / 2;
      answers.push({
        name: crypto.name,
        sha256: SHA256.map(([text]) => toHex(crypto.sha256(utf8Encode(text)))),
        blake2b: BLAKE2B.map(([text]) => toHex(crypto.createBlake2b512().update(utf8Encode(text)).digest())),
        scrypt: toHex(await crypto.scrypt(utf8Encode(password), utf8Encode(salt), cost, length)),
        signatures,
      });
    }
    return answers;
  },

  async repairSymbols(build: CoreBuild, symbols: number, symbolSize: number, esis: readonly number[]) {
    const encoder = (await loadRaptorQ(build)).createEncoder(
      oneBlock(symbols, symbolSize),
      0,
      pattern(symbols * symbolSize),
    );
    const repair = esis.map((esi) => toHex(encoder.symbol(esi)));
    encoder.free();
    return repair;
  },

  /** Encodes a block, loses each `loseEvery`-th source symbol, decodes. */
  async codeRoundTrip(build: CoreBuild, symbols: number, symbolSize: number, loseEvery: number) {
    const raptorq = await loadRaptorQ(build);
    const oti = oneBlock(symbols, symbolSize);
    const source = pattern(oti.transferLength);
    const encoder = raptorq.createEncoder(oti, 0, source);
    const decoder = raptorq.createDecoder(oti, 0);
    for (let esi = 0; decoder.received < symbols || !decoder.tryDecode(); esi++) {
      if (esi >= symbols || esi % loseEvery !== 0) decoder.add(esi, encoder.symbol(esi));
    }
    const result = { received: decoder.received, sent: digest(source), rebuilt: digest(decoder.data()) };
    encoder.free();
    decoder.free();
    return result;
  },

  /** What a receiver in memory makes of datagrams that come in bursts. */
  async receive(bursts: readonly (readonly Uint8Array[])[], trusted: PublicKey) {
    const receiver = createReceiver({
      crypto: await webCrypto(),
      fecSchemes: await loadFecSchemes(),
      trust: [trusted],
    });
    const shown: Promise<{ type: string; toi: number; sha256: string }>[] = [];
    for (const type of ['part', 'unsigned'] as const) {
      receiver.on(type, ({ object, content }) => {
        const read = async () => {
          const hash = nobleCrypto.createSha256();
          for await (const part of content.read()) hash.update(part);
          return { type, toi: object.toi, sha256: toHex(hash.digest()) };
        };
        shown.push(read());
      });
    }
    for (const burst of bursts) {
      for (const datagram of burst) receiver.push(datagram);
      await receiver.idle();
    }
    const result = { shown: await Promise.all(shown), counters: { ...receiver.counters } };
    await receiver.close();
    return result;
  },

  async openStore(name: string, maxBytes: number) {
    stores.set(name, await openIndexedDbStore(name, { maxBytes }));
  },
  append: (name: string, datagrams: readonly Written[]) => append(stores.get(name)!, datagrams),
  restore: (name: string) => restored(stores.get(name)!),
  drop: async (name: string, object: string) => stores.get(name)!.drop(object),
  sync: async (name: string) => stores.get(name)!.sync(),
  usage: (name: string) => stores.get(name)!.usage(),
  closeStore: async (name: string) => stores.get(name)!.close(),
  /** The digests of an object's datagrams, in the order of `references`. */
  async read(name: string, object: string, references: readonly number[]) {
    const read: string[] = [];
    await stores.get(name)!.read(object, references, (bytes, index) => {
      read[index] = digest(bytes);
    });
    return read;
  },
};

Object.assign(globalThis, { tab });
