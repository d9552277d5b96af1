import { toHex, utf8Decode, utf8Encode } from '../bytes.js';
import { BundleError } from './error.js';
import { checkPath, comparePaths, foldPath, parentsOf, printable } from './path.js';

/** The first entry of every bundle; content may not have this name. */
export const MANIFEST_PATH = '.datacast-manifest.json';

/** The most that a manifest may have, bytes: several hundred thousand files. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

const VERSION = 1;

export interface ManifestFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** What a bundle holds. Files and directories are each sorted bytewise by UTF-8 path. */
export interface Manifest {
  readonly files: readonly ManifestFile[];
  /** All directories, those that only hold others included. */
  readonly directories: readonly string[];
}

export function manifestFile(path: string, size: number, sha256: Uint8Array): ManifestFile {
  return { path, size, sha256: toHex(sha256) };
}

/** The manifest as JSON. @throws BundleError when it is too large */
export function formatManifest({ files, directories }: Manifest): Uint8Array {
  const bytes = utf8Encode(`${JSON.stringify({ version: VERSION, files, directories })}\n`);
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw new BundleError(`The content has too many files (${files.length}): split it into several bundles.`);
  }
  return bytes;
}

/**
 * Reads a manifest and checks it as a whole: names safe, sorted, none twice, every directory listed.
 *
 * @throws BundleError
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const { version, files, directories } = requireObject(parseJson(bytes));
  if (version !== VERSION) {
    throw new BundleError(
      `The bundle's manifest has version ${JSON.stringify(version)}; this receiver knows version ${VERSION}.`,
    );
  }
  if (!Array.isArray(files) || !Array.isArray(directories))
    throw damaged('it lists no files and directories');
  const manifest = { files: files.map(parseFile), directories: directories.map(parseDirectory) };
  requireSorted(manifest.files.map((file) => file.path));
  requireSorted(manifest.directories);
  checkNames(manifest);
  return manifest;
}

/** Checks that no two names of a manifest are the same or could be on some receiver, and that parents are listed. @throws BundleError */
export function checkNames({ files, directories }: Manifest): void {
  const folded = new Map<string, string>([[foldPath(MANIFEST_PATH), MANIFEST_PATH]]);
  const known = new Set(directories);
  for (const path of [...directories, ...files.map((file) => file.path)]) {
    checkPath(path);
    const fold = foldPath(path);
    const other = folded.get(fold);
    if (other !== undefined) throw collision(path, other);
    folded.set(fold, path);
    for (const parent of parentsOf(path)) {
      if (!known.has(parent)) throw damaged(`the directory ${printable(parent)} is missing`);
    }
  }
}

function collision(path: string, other: string): BundleError {
  if (other === MANIFEST_PATH) {
    return new BundleError(`The name ${printable(path)} is reserved for the bundle's manifest.`);
  }
  return path === other
    ? new BundleError(`The bundle has the name ${printable(path)} twice.`)
    : new BundleError(
        `The names ${printable(other)} and ${printable(path)} are the same where case is ignored; rename one.`,
      );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch {
    throw damaged('it is no JSON');
  }
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('it is no JSON object');
  return value as Record<string, unknown>;
}

function parseFile(value: unknown): ManifestFile {
  const { path, size, sha256 } = requireObject(value);
  if (typeof path !== 'string') throw damaged('a file has no path');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw damaged(`the file ${printable(path)} has no size`);
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw damaged(`the file ${printable(path)} has no SHA-256`);
  }
  return { path, size, sha256 };
}

function parseDirectory(value: unknown): string {
  if (typeof value !== 'string') throw damaged('a directory is no text');
  return value;
}

function requireSorted(paths: readonly string[]): void {
  for (let i = 1; i < paths.length; i++) {
    const order = comparePaths(paths[i - 1]!, paths[i]!);
    if (order === 0) throw collision(paths[i]!, paths[i]!);
    if (order > 0) throw damaged(`${printable(paths[i]!)} is out of order`);
  }
}

function damaged(why: string): BundleError {
  return new BundleError(`The bundle's manifest is damaged: ${why}.`);
}
