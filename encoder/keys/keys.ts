import { join } from 'node:path';
import {
  buildCertificate,
  formatCertificateFile,
  formatUplinkKey,
  formatUplinkPublicKey,
  generateUplinkKey,
  parseCertificate,
  parseCertificateFile,
  parseUplinkKey,
  type UplinkCertificate,
  verifyCertificate,
} from '../../codecs/auth/index.js';
import { equalBytes, readUint } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { dayOf, timeOf } from '../../codecs/edition/index.js';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import {
  formatPublicKey,
  formatSecretKey,
  isEncrypted,
  type PublicKey,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
  secretKeyOf,
} from '../../codecs/minisign/index.js';
import { EncodeError } from '../error.js';
import { type KeyFileContent, readIfThere, writeKeyFiles } from './key-files.js';
import { readNextKey, readStatements } from './succession/files.js';

/** The files of a key directory. */
export const KEY_FILES = {
  /** minisign public key: what receivers pin. */
  publisherPublic: 'publisher.pub',
  /** minisign secret key. */
  publisherSecret: 'publisher.key',
  /** Signs datagrams. */
  uplinkSecret: 'uplink.key',
  /** The publisher's word that the uplink key may sign. */
  uplinkCertificate: 'uplink.cert',
} as const;
/** What is carried to the publisher: the public half of the uplink key. */
export const UPLINK_PUBLIC = 'uplink.pub';
type KeyFile = (typeof KEY_FILES)[keyof typeof KEY_FILES];

/** What it means to sign where the content is sent. */
export const KEY_AT_HAND = `The publisher's secret key is on this machine: whoever breaks into it can sign editions that receivers believe. "datacast sign" signs on another one (docs/keys.md).`;

/** What an uplink needs of a key directory. */
export interface UplinkKeys {
  /** Who signs the editions that it sends. */
  readonly publisherKey: PublicKey;
  /** Signs editions here; where it is missing, they were signed elsewhere. */
  readonly publisher?: SecretKey | undefined;
  /** Ed25519 seed, 32 bytes. */
  readonly uplinkSeed: Uint8Array;
  readonly certificate: UplinkCertificate;
  /** The same as 158 bytes. */
  readonly certificateBytes: Uint8Array;
  /** Statements of succession that led to the publisher's key, 234 bytes each. */
  readonly successions: readonly Uint8Array[];
  /** SHA-256 of the publisher's key that follows, hexadecimal. */
  readonly nextKey?: string | undefined;
}

/** The same with the publisher's secret key. */
export interface Keys extends UplinkKeys {
  readonly publisher: SecretKey;
}

/** TSIs are sent in 16 bits. */
export const MAX_TSI = 0xffff;
export const FIRST_GENERATION = 1;
export const SECONDS_PER_DAY = 86_400;
/** How long an uplink key may be used. */
export const VALIDITY_DAYS = 5 * 366;
const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;

/**
 * Makes a publisher's key and an uplink key with its certificate, for a session with a random TSI.
 *
 * @param directory is made if it does not exist; no file in it is overwritten
 * @param options.password protects publisher.key
 * @param options.seed of the publisher's key, 32 bytes; random by default
 * @param options.now Unix time in milliseconds
 * @throws EncodeError when one of the files exists
 */
export async function createKeys(
  directory: string,
  crypto: Crypto,
  options: { password?: string | undefined; seed?: Uint8Array; now: number },
): Promise<{ publisher: PublicKey; certificate: UplinkCertificate }> {
  await requireNoKeys(directory);
  const { password, seed = randomSeed(crypto), now } = options;
  const publisher = await secretKeyOf(crypto, seed);
  const uplink = await generateUplinkKey(crypto);
  const notBefore = Math.floor(now / 1000);
  const certificate = await buildCertificate(crypto, publisher, {
    uplinkPublicKey: uplink.publicKey,
    tsi: randomTsi(crypto),
    notBefore,
    notAfter: notBefore + VALIDITY_DAYS * SECONDS_PER_DAY,
    generation: FIRST_GENERATION,
  });
  await writeKeyFiles(directory, [
    ...(await publisherFiles(crypto, publisher, password)),
    [KEY_FILES.uplinkSecret, formatUplinkKey(uplink), SECRET_MODE],
    [KEY_FILES.uplinkCertificate, formatCertificateFile(certificate), PUBLIC_MODE],
  ]);
  return { publisher, certificate: parseCertificate(certificate) };
}

/** The same without an uplink key: those are made at the uplinks. @param then when it fails, no file of the key stays */
export async function createPublisher(
  directory: string,
  crypto: Crypto,
  { password, seed = randomSeed(crypto) }: { password?: string | undefined; seed?: Uint8Array },
  then: (publisher: PublicKey) => Promise<void> = async () => {},
): Promise<PublicKey> {
  await requireNoKeys(directory);
  const publisher = await secretKeyOf(crypto, seed);
  await writeKeyFiles(directory, await publisherFiles(crypto, publisher, password), () => then(publisher));
  return publisher;
}

/** Makes an uplink key, whose public half the publisher certifies. @returns the public half, 32 bytes */
export async function createUplinkKey(directory: string, crypto: Crypto): Promise<Uint8Array> {
  await requireNoKeys(directory, [KEY_FILES.uplinkSecret, KEY_FILES.uplinkCertificate, UPLINK_PUBLIC]);
  const uplink = await generateUplinkKey(crypto);
  await writeKeyFiles(directory, [
    [KEY_FILES.uplinkSecret, formatUplinkKey(uplink), SECRET_MODE],
    [UPLINK_PUBLIC, formatUplinkPublicKey(uplink), PUBLIC_MODE],
  ]);
  return uplink.publicKey;
}

/** A session's identifier, 1..65,535. */
export function randomTsi(crypto: Crypto): number {
  return 1 + (readUint(crypto.randomBytes(4), 0, 4) % MAX_TSI);
}

/** Ed25519 seed of a new key, 32 bytes. */
export function randomSeed(crypto: Crypto): Uint8Array {
  return crypto.randomBytes(32);
}

async function publisherFiles(
  crypto: Crypto,
  publisher: SecretKey,
  password: string | undefined,
): Promise<KeyFileContent[]> {
  return [
    [KEY_FILES.publisherSecret, await formatSecretKey(crypto, publisher, password), SECRET_MODE],
    [KEY_FILES.publisherPublic, formatPublicKey(publisher), PUBLIC_MODE],
  ];
}

/** @throws EncodeError when the directory holds a key file already */
export async function requireNoKeys(
  directory: string,
  names: readonly string[] = Object.values(KEY_FILES),
): Promise<void> {
  for (const name of names) {
    if ((await readIfThere(join(directory, name))) === undefined) continue;
    throw new EncodeError(
      `${join(directory, name)} exists already, and keys are never overwritten: receivers trust them. ` +
        'Give another directory with --out.',
    );
  }
}

/**
 * Reads a key directory and checks that its files belong together.
 *
 * @param password asked for only when publisher.key is protected by one
 * @param now Unix time in milliseconds
 * @throws EncodeError that names the file which is missing, damaged or wrong
 */
export async function loadKeys(
  directory: string,
  crypto: Crypto,
  password: () => Promise<string>,
  now: number,
): Promise<Keys> {
  // The password, which costs the operator's time, comes last.
  const uplink = await loadUplinkKeys(directory, crypto, now);
  return { ...uplink, publisher: await loadPublisher(directory, crypto, password) };
}

/** The same without the publisher's secret key, which need not be there. */
export async function loadUplinkKeys(directory: string, crypto: Crypto, now: number): Promise<UplinkKeys> {
  const publisherKey = await loadPublicKey(directory);
  const certificateBytes = await readKey(directory, KEY_FILES.uplinkCertificate, parseCertificateFile);
  const certificate = parseCertificate(certificateBytes);
  const uplink = await readKey(directory, KEY_FILES.uplinkSecret, (text) => parseUplinkKey(crypto, text));
  const isOurs = equalBytes(certificate.publisherKey, publisherKey.publicKey);
  if (!isOurs || !(await verifyCertificate(crypto, certificate))) {
    throw new EncodeError(
      `${join(directory, KEY_FILES.uplinkCertificate)} was not signed by the key in ${KEY_FILES.publisherPublic}: ` +
        'no receiver would accept what is sent. The files come from different key directories.',
    );
  }
  if (!equalBytes(uplink.publicKey, certificate.uplinkPublicKey)) {
    throw new EncodeError(
      `${join(directory, KEY_FILES.uplinkSecret)} is not the key that ${KEY_FILES.uplinkCertificate} was made for. ` +
        'The files come from different key directories.',
    );
  }
  requireUsable(join(directory, KEY_FILES.uplinkCertificate), certificate, now);
  return {
    publisherKey,
    uplinkSeed: uplink.seed,
    certificate,
    certificateBytes,
    successions: await readStatements(directory, publisherKey),
    nextKey: await readNextKey(directory),
  };
}

/** The publisher's public key of a directory. @throws EncodeError when it is missing or damaged */
export function loadPublicKey(directory: string): Promise<PublicKey> {
  return readKey(directory, KEY_FILES.publisherPublic, parsePublicKey);
}

/** True when the publisher's secret key lies in a directory. */
export async function hasPublisher(directory: string): Promise<boolean> {
  return (await readIfThere(join(directory, KEY_FILES.publisherSecret))) !== undefined;
}

/**
 * Reads the publisher's two keys of a directory.
 *
 * @param password asked for only when publisher.key is protected by one
 * @throws EncodeError that names the file which is missing, damaged or wrong
 */
export async function loadPublisher(
  directory: string,
  crypto: Crypto,
  password: () => Promise<string>,
): Promise<SecretKey> {
  const { keyId, publicKey } = await loadPublicKey(directory);
  const publisher = await readKey(directory, KEY_FILES.publisherSecret, async (text) =>
    parseSecretKey(crypto, text, isEncrypted(text) ? await password() : undefined),
  );
  if (!equalBytes(publisher.publicKey, publicKey) || !equalBytes(publisher.keyId, keyId)) {
    throw new EncodeError(
      `${join(directory, KEY_FILES.publisherSecret)} is not the secret half of ${KEY_FILES.publisherPublic}. ` +
        'The files come from different key directories.',
    );
  }
  return publisher;
}

/** Where a file comes from when keys of publisher and uplink are made apart. */
const ORIGINS: Readonly<Record<KeyFile, string>> = {
  [KEY_FILES.publisherPublic]: "It is the publisher's public key: copy it here.",
  [KEY_FILES.publisherSecret]:
    "It is the publisher's secret key; only editions that are signed already need none.",
  [KEY_FILES.uplinkSecret]: '"datacast keygen --uplink" makes it.',
  [KEY_FILES.uplinkCertificate]: 'The publisher makes it with "datacast certify": copy it here.',
};

async function readKey<T>(
  directory: string,
  name: KeyFile,
  parse: (text: string) => MaybePromise<T>,
): Promise<T> {
  const path = join(directory, name);
  const text = await readIfThere(path);
  if (text === undefined) {
    throw new EncodeError(
      `${path} does not exist. ${ORIGINS[name]} "datacast keygen --out ${directory}" makes a directory with all keys.`,
    );
  }
  try {
    return await parse(text);
  } catch (error) {
    throw new EncodeError(`${path}: ${(error as Error).message}`);
  }
}

function requireUsable(path: string, { tsi, notBefore, notAfter }: UplinkCertificate, now: number): void {
  const seconds = now / 1000;
  if (tsi > MAX_TSI) {
    throw new EncodeError(`${path} is for TSI ${tsi}; only TSIs up to ${MAX_TSI} can be sent.`);
  }
  if (seconds < notBefore) {
    throw new EncodeError(
      `${path} is valid from ${timeOf(notBefore)} on, but the clock says ${timeOf(seconds)}. Set the clock right.`,
    );
  }
  if (seconds > notAfter) {
    throw new EncodeError(
      `${path} was valid until ${dayOf(notAfter)} only. A new uplink certificate is needed.`,
    );
  }
}
