import { link, mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  buildCertificate,
  formatCertificateFile,
  formatUplinkKey,
  generateUplinkKey,
  parseCertificate,
  parseCertificateFile,
  parseUplinkKey,
  type UplinkCertificate,
  verifyCertificate,
} from '../../codecs/auth/index.js';
import { equalBytes, readUint } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { dayOf } from '../../codecs/edition/index.js';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import {
  formatPublicKey,
  formatSecretKey,
  isEncrypted,
  type PublicKey,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
} from '../../codecs/minisign/index.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { namedError } from '../../codecs/node/open-file.js';
import { temporaryName } from '../../codecs/node/temporary-file.js';
import { EncodeError } from '../error.js';

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

/** What a key directory holds. */
export interface Keys {
  readonly publisher: SecretKey;
  /** Ed25519 seed, 32 bytes. */
  readonly uplinkSeed: Uint8Array;
  readonly certificate: UplinkCertificate;
  /** The same as 158 bytes. */
  readonly certificateBytes: Uint8Array;
}

/** TSIs are sent in 16 bits. */
const MAX_TSI = 0xffff;
const FIRST_GENERATION = 1;
const SECONDS_PER_DAY = 86_400;
/** How long an uplink key may be used. */
const VALIDITY_DAYS = 5 * 366;
const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;

/**
 * Makes a publisher's key and an uplink key with its certificate, for a session with a random TSI.
 *
 * @param directory is made if it does not exist; no file in it is overwritten
 * @param options.password protects publisher.key
 * @param options.now Unix time in milliseconds
 * @throws EncodeError when one of the files exists
 */
export async function createKeys(
  directory: string,
  crypto: Crypto,
  options: { password?: string; now: number },
): Promise<{ publisher: PublicKey; certificate: UplinkCertificate }> {
  await requireNoKeys(directory);
  const { password, now } = options;
  const seed = crypto.randomBytes(32);
  const publisher: SecretKey = {
    keyId: crypto.randomBytes(8),
    seed,
    publicKey: await crypto.ed25519PublicKey(seed),
  };
  const uplink = await generateUplinkKey(crypto);
  const notBefore = Math.floor(now / 1000);
  const certificate = await buildCertificate(crypto, publisher, {
    uplinkPublicKey: uplink.publicKey,
    tsi: 1 + (readUint(crypto.randomBytes(4), 0, 4) % MAX_TSI),
    notBefore,
    notAfter: notBefore + VALIDITY_DAYS * SECONDS_PER_DAY,
    generation: FIRST_GENERATION,
  });
  await writeKeyFiles(directory, [
    [KEY_FILES.publisherSecret, await formatSecretKey(crypto, publisher, password), SECRET_MODE],
    [KEY_FILES.publisherPublic, formatPublicKey(publisher), PUBLIC_MODE],
    [KEY_FILES.uplinkSecret, formatUplinkKey(uplink), SECRET_MODE],
    [KEY_FILES.uplinkCertificate, formatCertificateFile(certificate), PUBLIC_MODE],
  ]);
  return { publisher, certificate: parseCertificate(certificate) };
}

/** @throws EncodeError when the directory holds a key file already */
export async function requireNoKeys(directory: string): Promise<void> {
  for (const name of Object.values(KEY_FILES)) {
    if ((await readIfThere(join(directory, name))) === undefined) continue;
    throw new EncodeError(
      `${join(directory, name)} exists already, and keys are never overwritten: receivers trust them. ` +
        'Give another directory with --out.',
    );
  }
}

/** All of them or none, also on a full disk: half a set of keys is of no use and would stand in the way of the next try. */
async function writeKeyFiles(
  directory: string,
  files: readonly (readonly [name: string, text: string, mode: number])[],
): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  try {
    for (const [name, text, mode] of files) {
      const path = temporaryName(join(directory, name), UNFINISHED);
      written.push(path);
      await writeNew(path, text, mode);
    }
    for (const [i, [name]] of files.entries()) {
      const path = join(directory, name);
      await link(written[i]!, path).catch((error: NodeJS.ErrnoException) => {
        // where there are no links; a link replaces nothing, unlike a rename
        if (error.code === 'EEXIST' || error.code === 'ENOSPC') throw error;
        return rename(written[i]!, path);
      });
      written.push(path);
    }
    await syncDirectory(directory);
    if (made !== undefined) await syncDirectory(dirname(resolve(made)));
  } catch (error) {
    for (const path of written) await rm(path, { force: true }).catch(() => {});
    if (made !== undefined) await rmdir(directory).catch(() => {});
    throw error;
  }
  for (const path of written.slice(0, files.length)) await rm(path, { force: true });
}

const UNFINISHED = '.part';

/** Writes a new file and sees it onto the disk. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(text).catch(namedError(path));
    await handle.sync().catch(namedError(path));
  } finally {
    await handle.close();
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
  const read = async <T>(name: string, parse: (text: string) => MaybePromise<T>): Promise<T> => {
    const path = join(directory, name);
    const text = await readIfThere(path);
    if (text === undefined) {
      throw new EncodeError(
        `${path} does not exist. --keys takes a directory made by "datacast keygen --out ${directory}".`,
      );
    }
    try {
      return await parse(text);
    } catch (error) {
      throw new EncodeError(`${path}: ${(error as Error).message}`);
    }
  };

  // The password, which costs the operator's time, comes last.
  const publisherPublic = await read(KEY_FILES.publisherPublic, parsePublicKey);
  const certificateBytes = await read(KEY_FILES.uplinkCertificate, parseCertificateFile);
  const certificate = parseCertificate(certificateBytes);
  const uplink = await read(KEY_FILES.uplinkSecret, (text) => parseUplinkKey(crypto, text));
  const isOurs = equalBytes(certificate.publisherKey, publisherPublic.publicKey);
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
  const publisher = await read(KEY_FILES.publisherSecret, async (text) =>
    parseSecretKey(crypto, text, isEncrypted(text) ? await password() : undefined),
  );
  if (
    !equalBytes(publisher.publicKey, publisherPublic.publicKey) ||
    !equalBytes(publisher.keyId, publisherPublic.keyId)
  ) {
    throw new EncodeError(
      `${join(directory, KEY_FILES.publisherSecret)} is not the secret half of ${KEY_FILES.publisherPublic}. ` +
        'The files come from different key directories.',
    );
  }
  return { publisher, uplinkSeed: uplink.seed, certificate, certificateBytes };
}

function requireUsable(path: string, { tsi, notBefore, notAfter }: UplinkCertificate, now: number): void {
  const seconds = now / 1000;
  if (tsi > MAX_TSI) {
    throw new EncodeError(`${path} is for TSI ${tsi}; only TSIs up to ${MAX_TSI} can be sent.`);
  }
  if (seconds < notBefore) {
    throw new EncodeError(
      `${path} is valid from ${dayOf(notBefore)} on, but the clock says ${dayOf(seconds)}. Set the clock right.`,
    );
  }
  if (seconds > notAfter) {
    throw new EncodeError(
      `${path} was valid until ${dayOf(notAfter)} only. A new uplink certificate is needed.`,
    );
  }
}

/** The text of a file, or undefined when it does not exist. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}
