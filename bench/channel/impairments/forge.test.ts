import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildAlc,
  buildFdtExtension,
  buildLct,
  findExtension,
  HET,
  parseLct,
} from '../../../codecs/alc/index.js';
import {
  authExtensionLength,
  buildCertExtension,
  buildCertificate,
  parseAuth,
  parseCertExtension,
  signBatch,
  verifyCertificate,
  verifyDatagram,
  writeAuthPlaceholder,
} from '../../../codecs/auth/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import {
  createPrng,
  type Datagram,
  FORGERY_KINDS,
  type ForgeOptions,
  type ForgeryKind,
  forge,
  type Tally,
} from '../index.js';

const TSI = 7;
const SEED = 21;
const OBJECT_ID = new Uint8Array(16).fill(9);
const FDT_ID = new Uint8Array(16);
const publisherSeed = new Uint8Array(32).fill(4);
const publisher = {
  seed: publisherSeed,
  publicKey: await nodeCrypto.ed25519PublicKey(publisherSeed),
};
const uplinkSeed = new Uint8Array(32).fill(5);

const payloadIdFormat = {
  payloadIdLength: 4,
  writePayloadId: ({ sbn, esi }: { sbn: number; esi: number }, into: Uint8Array, offset: number) =>
    new DataView(into.buffer).setUint32(offset, sbn * 2 ** 24 + esi),
};

let publicKey: Uint8Array;
let session: Datagram[];

/** A signed session: every fifth datagram is one of the FDT. */
async function makeSession(count: number, depth: number): Promise<Datagram[]> {
  const certificate = await buildCertificate(nodeCrypto, publisher, {
    uplinkPublicKey: publicKey,
    tsi: TSI,
    notBefore: 0,
    notAfter: 2 ** 40,
    generation: 1,
  });
  const prng = createPrng(1);
  const datagrams: Datagram[] = [];
  for (let i = 0; i < count; i++) {
    const isFdt = i % 5 === 0;
    const auth = new Uint8Array(authExtensionLength(depth));
    writeAuthPlaceholder(auth, 0, depth, 0);
    const fdt = [buildFdtExtension({ fluteVersion: 2, instanceId: 1 }), buildCertExtension(certificate)];
    const header = buildLct({ tsi: TSI, toi: isFdt ? 0 : 1, codepoint: 6 }, isFdt ? [...fdt, auth] : [auth]);
    const datagram = buildAlc(header, payloadIdFormat, { sbn: 0, esi: i }, prng.bytes(200));
    const entry = {
      datagram,
      authOffset: header.length - auth.length,
      objectId: isFdt ? FDT_ID : OBJECT_ID,
    };
    await signBatch(nodeCrypto, uplinkSeed, TSI, [entry], depth);
    datagrams.push({ payload: datagram, timestampNs: BigInt(i) });
  }
  return datagrams;
}

const options: ForgeOptions = {
  crypto: nodeCrypto,
  objectIdOf: ({ toi }) => (toi === 0 ? FDT_ID : OBJECT_ID),
};

/** The forgeries of one kind, each with the genuine datagrams it can have been made of. */
async function forgeries(kind: ForgeryKind, sent: Datagram[]): Promise<Uint8Array[]> {
  const tally: Tally<ForgeryKind> = {};
  const genuine = new Set(sent.map(({ payload }) => payload));
  const forged: Uint8Array[] = [];
  const passed: Uint8Array[] = [];
  for await (const { payload } of forge(createPrng(SEED), 1, { ...options, kinds: [kind] }, tally)(sent)) {
    (genuine.has(payload) ? passed : forged).push(payload);
  }
  expect(passed).toEqual(sent.map(({ payload }) => payload));
  expect(tally).toEqual({ [kind]: forged.length });
  expect(forged.length).toBe(sent.length);
  return forged;
}

async function isAuthentic(datagram: Uint8Array, key: Uint8Array): Promise<boolean> {
  const lct = parseLct(datagram);
  const { offset } = findExtension(lct, HET.AUTH)!;
  const objectId = lct.toi === 0 ? FDT_ID : OBJECT_ID;
  return verifyDatagram(nodeCrypto, key, TSI, datagram, offset, objectId);
}

const header = (datagram: Uint8Array) => datagram.slice(0, parseLct(datagram).headerLength);
const payloadId = (datagram: Uint8Array) =>
  datagram.slice(parseLct(datagram).headerLength, parseLct(datagram).headerLength + 4);
const symbols = (datagram: Uint8Array) => datagram.slice(parseLct(datagram).headerLength + 4);

beforeAll(async () => {
  publicKey = await nodeCrypto.ed25519PublicKey(uplinkSeed);
  session = await makeSession(40, 0);
  for (const { payload } of session) expect(await isAuthentic(payload, publicKey)).toBe(true);
});

describe('forgeries', () => {
  it('altered-payload keeps the header and its signature and changes the symbols', async () => {
    for (const [i, datagram] of (await forgeries('altered-payload', session)).entries()) {
      const genuine = session[i]!.payload;
      expect(datagram.length).toBe(genuine.length);
      expect(header(datagram)).toEqual(header(genuine));
      expect(payloadId(datagram)).toEqual(payloadId(genuine));
      expect(symbols(datagram)).not.toEqual(symbols(genuine));
      expect(await isAuthentic(datagram, publicKey)).toBe(false);
    }
  });

  it('random-signature keeps the header but for the signature', async () => {
    for (const [i, datagram] of (await forgeries('random-signature', session)).entries()) {
      const genuine = session[i]!.payload;
      const auth = findExtension(parseLct(genuine), HET.AUTH)!;
      expect(datagram.subarray(0, auth.offset + 4)).toEqual(genuine.subarray(0, auth.offset + 4));
      expect(parseAuth(datagram, auth.offset).signature).not.toEqual(
        parseAuth(genuine, auth.offset).signature,
      );
      expect(symbols(datagram)).not.toEqual(symbols(genuine));
      expect(await isAuthentic(datagram, publicKey)).toBe(false);
    }
  });

  it.each([0, 3])('attacker-signed has a right signature of the wrong key at depth %i', async (depth) => {
    const sent = depth === 0 ? session : await makeSession(10, depth);
    const attacker = await nodeCrypto.ed25519PublicKey(createPrng(SEED).bytes(32));
    for (const [i, datagram] of (await forgeries('attacker-signed', sent)).entries()) {
      expect(datagram.length).toBe(sent[i]!.payload.length);
      expect(await isAuthentic(datagram, attacker)).toBe(true);
      expect(await isAuthentic(datagram, publicKey)).toBe(false);
    }
  });

  it('forged-fdt brings a certificate in the name of the publisher that only the attacker signed', async () => {
    for (const datagram of await forgeries('forged-fdt', session)) {
      const lct = parseLct(datagram);
      expect(lct.toi).toBe(0);
      const { offset, length } = findExtension(lct, HET.CERT)!;
      const certificate = parseCertExtension(datagram.subarray(offset, offset + length));
      expect(certificate.publisherKey).toEqual(publisher.publicKey);
      expect(await isAuthentic(datagram, certificate.uplinkPublicKey)).toBe(true);
      expect(await verifyCertificate(nodeCrypto, certificate)).toBe(false);
    }
  });

  it('random-bytes has no form', async () => {
    const lengths = (await forgeries('random-bytes', session)).map(({ length }) => length);
    expect(new Set(lengths).size).toBeGreaterThan(30);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1472);
  });

  it('other-esi repeats header and symbols under another ESI of the same block', async () => {
    for (const [i, datagram] of (await forgeries('other-esi', session)).entries()) {
      const genuine = session[i]!.payload;
      expect(header(datagram)).toEqual(header(genuine));
      expect(symbols(datagram)).toEqual(symbols(genuine));
      expect(payloadId(datagram)).not.toEqual(payloadId(genuine));
      expect(payloadId(datagram)[0]).toBe(payloadId(genuine)[0]);
      expect(await isAuthentic(datagram, publicKey)).toBe(false);
    }
  });
});

describe('forging', () => {
  async function run(seed: number, probability: number, sent: Datagram[]) {
    const tally: Tally<ForgeryKind> = {};
    const arrived: Datagram[] = [];
    for await (const datagram of forge(createPrng(seed), probability, options, tally)(sent))
      arrived.push(datagram);
    return { arrived, tally };
  }
  const many = () => Array.from({ length: 50 }, () => session).flat();

  it('accompanies the given share of datagrams and draws every kind alike', async () => {
    const sent = many();
    const { arrived, tally } = await run(3, 0.4, sent);
    const count = arrived.length - sent.length;
    expect(Object.values(tally).reduce((sum, n) => sum + n, 0)).toBe(count);
    expect(Math.abs(count / sent.length - 0.4)).toBeLessThan(5 * Math.sqrt(0.24 / sent.length));
    const share = 1 / FORGERY_KINDS.length;
    for (const kind of FORGERY_KINDS) {
      expect(Math.abs(tally[kind]! / count - share)).toBeLessThan(
        5 * Math.sqrt((share * (1 - share)) / count),
      );
    }
  });

  it('sends forgeries before and after the genuine datagram', async () => {
    const { arrived } = await run(4, 1, session);
    const first = session.filter(({ payload }, i) => arrived[2 * i]!.payload === payload).length;
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThan(35);
  });

  it('repeats itself with the same seed only', async () => {
    const short = session.slice(0, 10);
    expect(await run(5, 0.5, short)).toEqual(await run(5, 0.5, short));
    expect(await run(5, 0.5, short)).not.toEqual(await run(6, 0.5, short));
  });

  it('makes do with sessions that are not signed, and with datagrams that are none of ALC', async () => {
    const lct = buildLct({ tsi: 1, toi: 1, codepoint: 0 });
    const foreignAuth = buildLct({ tsi: 1, toi: 1, codepoint: 0 }, [
      Uint8Array.of(1, 2, 0xff, 0, 1, 2, 3, 4),
    ]);
    const symbol = new Uint8Array(50);
    const unsigned = [lct, foreignAuth].map((header) => ({
      payload: buildAlc(header, payloadIdFormat, { sbn: 0, esi: 1 }, symbol),
    }));
    const sent = Array.from({ length: 30 }, () => unsigned).flat();
    const { tally } = await run(7, 1, sent);
    expect(Object.keys(tally).sort()).toEqual(['altered-payload', 'other-esi', 'random-bytes']);
    const nothing = Array.from({ length: 30 }, () => ({ payload: Uint8Array.of(1, 2, 3) }));
    expect((await run(7, 1, nothing)).tally).toEqual({ 'random-bytes': 30 });
    expect((await run(7, 1, [{ payload: lct }])).tally).toEqual({ 'random-bytes': 1 });
  });

  it('refuses impossible parameters', () => {
    expect(() => forge(createPrng(1), 1.1, options)).toThrow(/probability/);
    expect(() => forge(createPrng(1), 0.1, { ...options, kinds: [] })).toThrow(/at least one kind/);
  });
});
