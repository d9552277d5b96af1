import { readFileSync } from 'node:fs';

/** Longer than any key file. */
const MAX_BYTES = 4096;

/** True when a file ends in .key and its first line says that it is a secret key, of minisign or of an uplink. */
export function isSecretKey(path: string, bytes: number): boolean {
  if (bytes > MAX_BYTES || !path.toLowerCase().endsWith('.key')) return false;
  return /^untrusted comment: .*secret key/.test(readFileSync(path, 'latin1'));
}
