import { findExtension, HET, parseLct } from '../../../codecs/alc/index.js';
import { buildCertExtension, CERT_EXTENSION_LENGTH } from '../../../codecs/auth/index.js';
import { concatBytes } from '../../../codecs/bytes.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { Prng } from '../../../fixtures/prng.js';
import { type Datagram, FORGERY_KINDS, type ForgeryKind, forge } from '../../channel/index.js';
import { certify } from '../world/keys.js';
import { TSI } from '../world/world.js';
import { type Hearing, hear, hearSome, isStatement, isTable, type Means } from './means.js';

/** Bytes of the FEC payload ID. */
const PAYLOAD_ID_LENGTH = 4;
/** ESIs ahead of the genuine sender. */
const AHEAD = 200;

/** A forgery of the simulated channel, after a genuine datagram. */
function channelForgery(kind: ForgeryKind): Means<Hearing> {
  return {
    name: `forgery: ${kind}`,
    needs: 'stranger',
    create(scene) {
      let template: Uint8Array | undefined;
      async function* templates(): AsyncGenerator<Datagram> {
        for (;;) {
          template = hear(scene);
          yield { payload: template };
        }
      }
      const options = { crypto: nodeCrypto, kinds: [kind] };
      const stream = forge<Datagram>(scene.prng, 1, options)(templates())[Symbol.asyncIterator]();
      return async () => {
        for (;;) {
          const { payload } = (await stream.next()).value as Datagram;
          if (payload !== template) return payload;
        }
      };
    },
  };
}

const KINDS = {
  table: isTable,
  statement: isStatement,
  symbol: (datagram: Uint8Array) => !isTable(datagram) && !isStatement(datagram),
};

/** A genuine datagram, or one of a kind, with something changed by hand. */
function altered(
  name: string,
  kind: 'any' | keyof typeof KINDS,
  change: (forged: Uint8Array, scene: Hearing) => Uint8Array | undefined,
): Means<Hearing> {
  const fits = kind === 'any' ? () => true : KINDS[kind];
  return {
    name: `forgery: ${name}`,
    needs: 'stranger',
    create: (scene) => () => {
      const forged = hearSome(scene, fits).slice();
      return change(forged, scene) ?? forged;
    },
  };
}

const extension = (datagram: Uint8Array, het: number) => findExtension(parseLct(datagram), het);

function alterBytes(bytes: Uint8Array, prng: Prng, from: number, length: number): void {
  for (let left = 1 + prng.below(4); left > 0; left--) bytes[from + prng.below(length)] = prng.below(256);
}

function alterExtension(het: number) {
  return (forged: Uint8Array, { prng }: Hearing) => {
    const found = extension(forged, het);
    if (found !== undefined) alterBytes(forged, prng, found.offset + 1, Math.max(1, found.length - 1));
    return undefined;
  };
}

function alterHeader(forged: Uint8Array, { prng }: Hearing): undefined {
  alterBytes(forged, prng, 0, 12);
}

/** The header of one genuine datagram, the symbols of another. */
function splice(forged: Uint8Array, scene: Hearing): Uint8Array {
  const other = hear(scene);
  const head = parseLct(forged).headerLength + (scene.prng.chance(0.5) ? PAYLOAD_ID_LENGTH : 0);
  return concatBytes(forged.subarray(0, head), other.subarray(Math.min(head, other.length)));
}

/** EXT_AUTH of another genuine datagram. */
function foreignAuth(forged: Uint8Array, scene: Hearing): undefined {
  const other = hear(scene);
  const [to, from] = [extension(forged, HET.AUTH), extension(other, HET.AUTH)];
  if (to === undefined || from === undefined || to.length !== from.length) return;
  forged.set(other.subarray(from.offset, from.offset + from.length), to.offset);
}

/** Random symbols and a random signature for a symbol that the sender is still to send. */
function nextSymbol(forged: Uint8Array, { prng }: Hearing): undefined {
  const at = parseLct(forged).headerLength;
  // where no symbol was heard yet
  if (forged.length < at + PAYLOAD_ID_LENGTH) return;
  const auth = extension(forged, HET.AUTH);
  const esi = forged[at + 2]! * 256 + forged[at + 3]! + 1 + prng.below(AHEAD);
  forged.set([(esi >>> 8) & 0xff, esi & 0xff], at + 2);
  forged.set(prng.bytes(forged.length - at - PAYLOAD_ID_LENGTH), at + PAYLOAD_ID_LENGTH);
  if (auth !== undefined) forged.set(prng.bytes(64), auth.offset + auth.length - 64);
}

/** A table with a certificate that is good and not its own, or that nobody trusted made. */
export const FOREIGN_CERTIFICATE: Means = {
  name: 'forgery: another certificate',
  needs: 'stranger',
  async create(scene) {
    const { world, prng, genuine } = scene;
    const { first, other, otherSession, stranger } = world.keys;
    const attacker = { ...world.publishers.ours, seed: prng.bytes(32) };
    const own = await certify(attacker, { tsi: TSI, generation: 1000, uplinkSeed: prng.bytes(32) });
    // that of a successor is on the air when it counts
    const certificates = [genuine.keys, first, other, otherSession, stranger, own].map(
      ({ certificateBytes }) => buildCertExtension(certificateBytes),
    );
    return () => {
      const forged = hearSome(scene, isTable).slice();
      const found = extension(forged, HET.CERT);
      if (found?.length === CERT_EXTENSION_LENGTH)
        forged.set(certificates[prng.below(certificates.length)]!, found.offset);
      return forged;
    };
  },
};

export const FORGERIES: readonly Means<Hearing>[] = [
  ...FORGERY_KINDS.map(channelForgery),
  altered('header fields', 'any', alterHeader),
  altered('EXT_AUTH', 'any', alterExtension(HET.AUTH)),
  altered('EXT_AUTH of another datagram', 'any', foreignAuth),
  altered('EXT_FTI', 'table', alterExtension(HET.FTI)),
  altered('EXT_FDT', 'table', alterExtension(HET.FDT)),
  altered('EXT_CERT', 'table', alterExtension(HET.CERT)),
  altered('EXT_SUCCESSION', 'statement', alterExtension(HET.SUCCESSION)),
  altered('header and symbols of two datagrams', 'any', splice),
  altered('symbols that are still to be sent', 'symbol', nextSymbol),
];
