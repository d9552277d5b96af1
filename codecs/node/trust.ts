import { readFile } from 'node:fs/promises';
import { distinctKeys, MinisignError, type PublicKey, parsePublicKey } from '../minisign/index.js';
import { CliError } from './command.js';
import { namedError } from './open-file.js';

/** The line of a minisign public key, and what is meant to be one. */
const LINE = /^RW[A-Za-z0-9+/]{54}$/;
const LIKE_A_LINE = /^RW[A-Za-z0-9+/=]{38,}$/;

/**
 * Reads publishers' public keys, given as files or as their lines.
 *
 * @throws CliError when a file is none, or two keys have one key id
 */
export async function loadTrust(given: readonly string[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const path of given) {
    const line = path.trim();
    const text = LINE.test(line) ? line : await readKeyFile(path, line);
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

async function readKeyFile(path: string, line: string): Promise<string> {
  try {
    return await readFile(path, 'utf8').catch(namedError(path));
  } catch (error) {
    if (!LIKE_A_LINE.test(line)) throw error;
    throw new CliError(
      `${line} is neither a file nor the line of a public key: that has 56 characters, and this has ${line.length}. Copy all of it.`,
    );
  }
}
