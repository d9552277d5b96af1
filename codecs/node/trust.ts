import { readFile } from 'node:fs/promises';
import { distinctKeys, MinisignError, type PublicKey, parsePublicKey } from '../minisign/index.js';
import { CliError } from './command.js';
import { namedError } from './open-file.js';

/** The line of a minisign public key. */
const LINE = /^RW[A-Za-z0-9+/]{54}$/;

/**
 * Reads publishers' public keys, given as files or as their lines.
 *
 * @throws CliError when a file is none, or two keys have one key id
 */
export async function loadTrust(given: readonly string[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const path of given) {
    const text = LINE.test(path) ? path : await readFile(path, 'utf8').catch(namedError(path));
    try {
      keys.push(parsePublicKey(text));
    } catch (error) {
      if (!(error instanceof MinisignError)) throw error;
      throw new CliError(`${path} is no publisher's public key: ${error.message}`);
    }
  }
  try {
    return distinctKeys(keys);
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new CliError(`--trust: ${error.message}`);
  }
}
