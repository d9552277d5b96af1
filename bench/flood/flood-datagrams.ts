import { buildFdtExtension, buildLct, buildTime } from '../../codecs/alc/index.js';
import { buildCertExtension, buildCertificate, writeAuthPlaceholder } from '../../codecs/auth/index.js';
import { concatBytes, writeUint } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { testPublisher, testSession } from '../../receiver/testing.js';
import { type Datagram, FORGERY_KINDS, forge, type Prng } from '../channel/index.js';

/** What the attacker knows and can hear. */
export interface FloodTarget {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly tsi: number;
  readonly toi: number;
  /** Of the genuine object. */
  /** What the datagrams of the object are bound to. */
  readonly objectId: Uint8Array;
  /** Publisher's public key and the certificate extension of the genuine tables. */
  readonly publisherKey: Uint8Array;
  readonly certificate: Uint8Array;
  /** The genuine datagrams. */
  readonly genuine: readonly Uint8Array[];
  /** Genuine ones of older editions, and of other bundles. */
  readonly old: readonly Uint8Array[];
}

export const FLOOD_KINDS = [
  /** Forgeries after genuine datagrams, of all kinds that the simulated channel knows. */
  ...FORGERY_KINDS,
  /** Symbols of sessions that do not exist. */
  'new-session',
  /** Symbols of objects of the genuine session that no table announces. */
  'new-object',
  /** Tables with the genuine certificate, another instance each and huge object transmission information. */
  'huge-table',
  /** The same with a certificate that the attacker made for itself in the publisher's name. */
  'own-certificate',
  /** Sessions of a publisher who is not trusted, signed as they should be. */
  'stranger',
  /** Tables that nobody signed, each announcing objects, some of them huge. */
  'unsigned-table',
  /** Symbols of such objects. */
  'unsigned-symbol',
  /** Genuine datagrams once more. */
  'replay',
  /** Genuine datagrams of editions that are not sent any more. */
  'old-replay',
] as const;
export type FloodKind = (typeof FLOOD_KINDS)[number];

const SYMBOL_SIZE = 1388;
const MAX_PAYLOAD = 1400;
/** Unsigned objects that symbols are made for. */
const REMEMBERED = 256;
const STRANGER_SESSIONS = 8;

/** Makes datagrams of an attacker who tries everything; they follow from the generator alone. */
export async function createFlood(
  prng: Prng,
  target: FloodTarget,
): Promise<(kind: FloodKind) => Promise<Uint8Array>> {
  const { crypto, schemes } = target;
  const attackerSeed = prng.bytes(32);
  const attackerKey = await crypto.ed25519PublicKey(attackerSeed);
  const strangers = await strangerDatagrams(prng, target);
  const copies = await copyingForger(prng, target);
  const unsigned: { tsi: number; toi: number }[] = [];

  const symbol = (esi: number) => {
    const payload = new Uint8Array(4 + SYMBOL_SIZE);
    writeUint(payload, 0, 1, prng.below(8));
    writeUint(payload, 1, 3, esi);
    payload.set(prng.bytes(SYMBOL_SIZE), 4);
    return payload;
  };
  const randomAuth = () => {
    const auth = prng.bytes(68);
    writeAuthPlaceholder(auth, 0, 0, 0);
    auth.set(prng.bytes(64), 4);
    return auth;
  };
  const signedSymbol = (tsi: number, toi: number) =>
    concatBytes(buildLct({ tsi, toi, codepoint: 6 }, [randomAuth()]), symbol(prng.below(2 ** 16)));

  /** A table whose EXT_FTI says whatever it likes. */
  const table = (certificate: Uint8Array) => {
    const header = buildLct({ tsi: target.tsi, toi: 0, codepoint: 6 }, [
      randomAuth(),
      buildFdtExtension({ fluteVersion: 2, instanceId: prng.below(2 ** 20) }),
      anyFti(prng),
      buildTime({ senderTime: 1_700_000_000 }),
      certificate,
    ]);
    const payload = new Uint8Array(4 + 4 * (1 + prng.below(256)));
    payload.set(prng.bytes(payload.length - 4), 4);
    return concatBytes(header, payload);
  };

  async function unsignedTable(): Promise<Uint8Array> {
    const [tsi, toi] = [prng.below(2 ** 16), 1 + prng.below(2 ** 16 - 1)];
    unsigned[prng.below(REMEMBERED)] = { tsi, toi };
    const session = await testSession({
      crypto,
      schemes,
      tsi,
      toi,
      fec: 'no-code',
      symbolSize: 512,
      sequence: prng.below(2 ** 20),
      object: prng.bytes(prng.chance(0.5) ? 200 : 20_000),
      contentLocation: `file-${prng.below(2 ** 30)}`,
      alterFile: (file) => (prng.chance(0.3) ? { ...file, transferLength: 2 ** 40 } : file),
    });
    return session.fdt();
  }

  function unsignedSymbol(): Uint8Array {
    const { tsi, toi } = unsigned[prng.below(REMEMBERED)] ?? { tsi: target.tsi, toi: target.toi };
    const payload = new Uint8Array(4 + 512);
    writeUint(payload, 2, 2, prng.below(64));
    payload.set(prng.bytes(512), 4);
    return concatBytes(buildLct({ tsi, toi, codepoint: 0 }, []), payload);
  }

  return async (kind) => {
    switch (kind) {
      case 'new-session':
        return signedSymbol(prng.below(2 ** 16), 1 + prng.below(2 ** 16 - 1));
      case 'new-object':
        return signedSymbol(target.tsi, 1 + prng.below(2 ** 16 - 1));
      case 'huge-table':
        return table(target.certificate);
      case 'own-certificate': {
        const forged = await buildCertificate(
          crypto,
          { publicKey: target.publisherKey, seed: attackerSeed },
          {
            uplinkPublicKey: attackerKey,
            tsi: target.tsi,
            notBefore: 0,
            notAfter: 2 ** 40,
            generation: prng.below(2 ** 31),
          },
        );
        return table(buildCertExtension(forged));
      }
      case 'stranger':
        return strangers[prng.below(strangers.length)]!;
      case 'unsigned-table':
        return unsignedTable();
      case 'unsigned-symbol':
        return unsignedSymbol();
      case 'replay':
        return target.genuine[prng.below(target.genuine.length)]!;
      case 'old-replay':
        return target.old[prng.below(target.old.length)]!;
      case 'random-bytes':
        return prng.bytes(1 + prng.below(MAX_PAYLOAD));
      default:
        return copies(kind);
    }
  };
}

/** EXT_FTI of RaptorQ (RFC 6330 section 3.3.2): of a table that could be, or with numbers that are as large as they like. */
function anyFti(prng: Prng): Uint8Array {
  const extension = prng.bytes(16);
  extension.set([64, 4]);
  if (prng.chance(0.3)) return extension;
  writeUint(extension, 2, 5, prng.chance(0.7) ? 1 + prng.below(60_000) : 2 ** 32 + prng.below(2 ** 32));
  writeUint(extension, 8, 2, 4 * (1 + prng.below(350)));
  extension.set([1 + prng.below(4), 0, 1, 4], 10);
  return extension;
}

async function strangerDatagrams(prng: Prng, { crypto, schemes }: FloodTarget): Promise<Uint8Array[]> {
  const publisher = await testPublisher(crypto, 200);
  const datagrams: Uint8Array[] = [];
  for (let i = 0; i < STRANGER_SESSIONS; i++) {
    const object = prng.bytes(4000);
    const session = await testSession({
      crypto,
      schemes,
      publisher,
      object,
      tsi: 1000 + i,
      symbolSize: 1000,
    });
    datagrams.push(await session.fdt(), ...(await session.symbols(0, 0, 4)));
  }
  return datagrams;
}

/** The forgeries of fixtures/channel, each after a genuine datagram drawn at random. */
async function copyingForger(prng: Prng, target: FloodTarget) {
  const { crypto, genuine, objectId } = target;
  const genuineSet = new Set(genuine);
  const zero = new Uint8Array(16);
  async function* templates(): AsyncGenerator<Datagram> {
    for (;;) yield { payload: genuine[prng.below(genuine.length)]! };
  }
  const streams = new Map<FloodKind, AsyncIterator<Datagram>>();
  return async (kind: FloodKind): Promise<Uint8Array> => {
    const kinds = [kind as (typeof FORGERY_KINDS)[number]];
    const options = {
      crypto,
      kinds,
      objectIdOf: ({ toi }: { toi?: number | undefined }) => (toi === 0 ? zero : objectId),
    };
    const stream =
      streams.get(kind) ?? forge<Datagram>(prng.fork(kind), 1, options)(templates())[Symbol.asyncIterator]();
    streams.set(kind, stream);
    for (;;) {
      const { value } = await stream.next();
      if (!genuineSet.has((value as Datagram).payload)) return (value as Datagram).payload;
    }
  };
}
