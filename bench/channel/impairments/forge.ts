import { findExtension, HET, LctError, type LctHeader, parseLct } from '../../../codecs/alc/index.js';
import {
  AuthError,
  buildCertExtension,
  buildCertificate,
  CertificateError,
  parseAuth,
  parseCertExtension,
  signBatch,
  writeAuthPlaceholder,
} from '../../../codecs/auth/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { Prng } from '../../../fixtures/prng.js';
import { type Channel, ChannelError, type Datagram, requireProbability } from '../datagram.js';
import { countEvent, type Tally } from '../tally.js';

/** What an attacker who hears the session and can transmit on the same channel sends. */
export const FORGERY_KINDS = [
  /** A genuine datagram with some bytes of its symbols changed; header and EXT_AUTH as they were. */
  'altered-payload',
  /** A genuine header with random symbols and a random signature. */
  'random-signature',
  /** Changed symbols, properly signed with the attacker's own key. */
  'attacker-signed',
  /** An FDT datagram with changed symbols, a certificate made by the attacker in the publisher's name, signed with its key. */
  'forged-fdt',
  /** Random bytes of a random length. */
  'random-bytes',
  /** A genuine datagram sent again as another encoding symbol. */
  'other-esi',
] as const;
export type ForgeryKind = (typeof FORGERY_KINDS)[number];

export interface ForgeOptions {
  /** The kinds to choose from, each as likely as the others; all of them by default. */
  kinds?: readonly ForgeryKind[];
  /** Signs for the attacker. */
  crypto: Crypto;
  /**
   * Object id (16 bytes) that the attacker signs for; everybody can read it from the FDT. By default zeroes, which is
   * right for FDT datagrams.
   */
  objectIdOf?: (lct: LctHeader) => Uint8Array;
}

/** Bytes of the FEC payload ID of RaptorQ (RFC 6330 section 3.2) and Compact No-Code (RFC 5445 section 3.2.1). */
const PAYLOAD_ID_LENGTH = 4;
const LONGEST_RANDOM = 1472;

/** A datagram to forge after. */
interface Template {
  datagram: Uint8Array;
  lct: LctHeader;
  /** Its EXT_AUTH, when that is of the kind this project knows. */
  auth: { offset: number; length: number; depth: number } | undefined;
}

/**
 * Injects forged datagrams: with the given probability each genuine datagram is accompanied by one, which comes right
 * before it or right after it. A kind that the session gives no model for is replaced by `altered-payload`, or by
 * `random-bytes` when the datagram has no symbols or is none of ALC; the tally counts what was really sent.
 */
export function forge<D extends Datagram>(
  prng: Prng,
  probability: number,
  options: ForgeOptions,
  tally: Tally<ForgeryKind> = {},
): Channel<D> {
  requireProbability('probability of a forgery', probability);
  const kinds = options.kinds ?? FORGERY_KINDS;
  if (kinds.length === 0) throw new ChannelError('Give at least one kind of forgery.');
  const attackerSeed = prng.bytes(32);

  return async function* (sent) {
    let fdt: Template | undefined;
    for await (const genuine of sent) {
      const template = asTemplate(genuine.payload);
      if (template !== undefined && findExtension(template.lct, HET.FDT) !== undefined) fdt = template;
      if (!prng.chance(probability)) {
        yield genuine;
        continue;
      }
      const wanted = kinds[prng.below(kinds.length)]!;
      const model = wanted === 'forged-fdt' ? (fdt ?? template) : template;
      const kind = model === undefined ? 'random-bytes' : possibleKind(wanted, model);
      const payload = await makeForgery(kind, model, prng, attackerSeed, options);
      countEvent(tally, kind);
      const forged = { ...genuine, payload };
      yield* prng.chance(0.5) ? [forged, genuine] : [genuine, forged];
    }
  };
}

/** The datagram taken apart; undefined when it is none of ALC or has no symbols. */
function asTemplate(datagram: Uint8Array): Template | undefined {
  try {
    const lct = parseLct(datagram);
    if (datagram.length <= lct.headerLength + PAYLOAD_ID_LENGTH) return undefined;
    return { datagram, lct, auth: knownAuth(datagram, lct) };
  } catch (error) {
    if (error instanceof LctError) return undefined;
    throw error;
  }
}

function knownAuth(datagram: Uint8Array, lct: LctHeader): Template['auth'] {
  const extension = findExtension(lct, HET.AUTH);
  if (extension === undefined) return undefined;
  const { offset, length } = extension;
  try {
    return { offset, length, depth: parseAuth(datagram, offset, length).depth };
  } catch (error) {
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}

function possibleKind(wanted: ForgeryKind, { lct, auth }: Template): ForgeryKind {
  if (wanted === 'forged-fdt') return findExtension(lct, HET.FDT) ? wanted : 'altered-payload';
  if (wanted === 'random-signature' || wanted === 'attacker-signed') return auth ? wanted : 'altered-payload';
  return wanted;
}

async function makeForgery(
  kind: ForgeryKind,
  template: Template | undefined,
  prng: Prng,
  attackerSeed: Uint8Array,
  options: ForgeOptions,
): Promise<Uint8Array> {
  if (kind === 'random-bytes' || template === undefined) return prng.bytes(1 + prng.below(LONGEST_RANDOM));
  const forged = template.datagram.slice();
  const { lct } = template;
  const payloadId = lct.headerLength;
  const symbols = forged.subarray(payloadId + PAYLOAD_ID_LENGTH);
  switch (kind) {
    case 'altered-payload':
      changeBytes(prng, symbols);
      break;
    case 'random-signature': {
      symbols.set(prng.bytes(symbols.length));
      const { offset, length } = template.auth!;
      forged.set(prng.bytes(length - 4), offset + 4); // siblings and signature
      break;
    }
    case 'attacker-signed':
      changeBytes(prng, symbols);
      await sign(forged, template, attackerSeed, options);
      break;
    case 'forged-fdt':
      changeBytes(prng, symbols);
      await replaceCertificate(forged, lct, attackerSeed, options.crypto);
      await sign(forged, template, attackerSeed, options);
      break;
    case 'other-esi':
      // The last two bytes belong to the ESI in both schemes.
      changeUint16(prng, forged, payloadId + 2);
      break;
  }
  return forged;
}

function changeUint16(prng: Prng, bytes: Uint8Array, offset: number): void {
  const change = 1 + prng.below(0xffff);
  bytes[offset]! ^= change >>> 8;
  bytes[offset + 1]! ^= change & 0xff;
}

/** Changes one to eight bytes, at least one of them for certain. */
function changeBytes(prng: Prng, bytes: Uint8Array): void {
  const at = prng.below(bytes.length);
  const end = Math.min(bytes.length, at + 1 + prng.below(8));
  for (let i = at; i < end; i++) bytes[i]! ^= 1 + prng.below(255);
}

/** Signs as the attacker, alone in its batch, at the depth the genuine datagram has room for. */
async function sign(
  datagram: Uint8Array,
  { lct, auth }: Template,
  seed: Uint8Array,
  options: ForgeOptions,
): Promise<void> {
  if (auth === undefined) return;
  writeAuthPlaceholder(datagram, auth.offset, auth.depth, 0);
  const objectId = options.objectIdOf?.(lct) ?? new Uint8Array(16);
  const entry = { datagram, authOffset: auth.offset, objectId };
  await signBatch(options.crypto, seed, lct.tsi ?? 0, [entry], auth.depth);
}

/** Puts a certificate for the attacker's key in the place of the uplink's, under the publisher's name. */
async function replaceCertificate(
  datagram: Uint8Array,
  lct: LctHeader,
  attackerSeed: Uint8Array,
  crypto: Crypto,
): Promise<void> {
  const publicKey = publisherOf(datagram, lct);
  if (publicKey === undefined) return;
  const certificate = await buildCertificate(
    crypto,
    { publicKey, seed: attackerSeed },
    {
      uplinkPublicKey: await crypto.ed25519PublicKey(attackerSeed),
      tsi: lct.tsi ?? 0,
      notBefore: 0,
      notAfter: Number.MAX_SAFE_INTEGER,
      generation: 0xffffffff,
    },
  );
  datagram.set(buildCertExtension(certificate), findExtension(lct, HET.CERT)!.offset);
}

/** Public key of the publisher in the datagram's certificate; undefined without a readable one. */
function publisherOf(datagram: Uint8Array, lct: LctHeader): Uint8Array | undefined {
  const extension = findExtension(lct, HET.CERT);
  if (extension === undefined) return undefined;
  const { offset, length } = extension;
  try {
    return parseCertExtension(datagram.subarray(offset, offset + length)).publisherKey;
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}
