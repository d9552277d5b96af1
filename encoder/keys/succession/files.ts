import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSuccession, parseSuccessions } from '../../../codecs/auth/index.js';
import { equalBytes, fromHex } from '../../../codecs/bytes.js';
import type { PublicKey } from '../../../codecs/minisign/index.js';
import { EncodeError } from '../../error.js';

/** Files of a key directory on the keys after and before the publisher's present one. */
export const SUCCESSION_FILES = {
  /** SHA-256 of the public key that follows: what each index commits to. */
  next: 'publisher.next',
  /** Statements of succession that led to the present key, the first one first. */
  statements: 'publisher.successions',
} as const;

/** SHA-256 of the key that follows, 64 hexadecimal digits; undefined when none was made. @throws EncodeError when it is damaged */
export async function readNextKey(directory: string): Promise<string | undefined> {
  const path = join(directory, SUCCESSION_FILES.next);
  const text = await textOf(path);
  if (text === undefined) return undefined;
  const digest = text.trim();
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new EncodeError(
    `${path} is damaged: 64 hexadecimal digits are expected, the SHA-256 of the public key that follows. Restore it from a copy, or from an index that was signed with it.`,
  );
}

/** Statements that led to a key, 234 bytes each. @throws EncodeError when they are damaged, or lead to another one */
export async function readStatements(
  directory: string,
  { publicKey }: Pick<PublicKey, 'publicKey'>,
): Promise<readonly Uint8Array[]> {
  const path = join(directory, SUCCESSION_FILES.statements);
  const text = await textOf(path);
  if (text === undefined) return [];
  const statements = parsed(path, text);
  const last = statements.at(-1);
  if (last === undefined || equalBytes(parseSuccession(last).newKey.publicKey, publicKey)) return statements;
  throw new EncodeError(
    `${path} leads to another key than publisher.pub. The files come from different key directories.`,
  );
}

function parsed(path: string, text: string): Uint8Array[] {
  try {
    return parseSuccessions(text);
  } catch (error) {
    throw new EncodeError(`${path}: ${(error as Error).message} Copy it again.`);
  }
}

/** What a statement says of the key after the new one. */
export function commitmentBytes(nextKey: string | undefined): Uint8Array | undefined {
  return nextKey === undefined ? undefined : fromHex(nextKey);
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
