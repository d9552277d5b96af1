import { join } from 'node:path';
import { commitmentTo } from '../../../codecs/auth/index.js';
import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { PublicKey } from '../../../codecs/minisign/index.js';
import { EncodeError } from '../../error.js';
import { writeKeyFiles } from '../key-files.js';
import { createPublisher, loadPublicKey } from '../keys.js';
import { readNextKey, SUCCESSION_FILES } from './files.js';

/**
 * Throws unless a successor can be made for the key in a directory.
 *
 * @throws EncodeError when there is no publisher's key, or it has a successor already
 */
export async function requireNoSuccessor(directory: string): Promise<void> {
  await loadPublicKey(directory);
  if ((await readNextKey(directory)) === undefined) return;
  throw new EncodeError(
    `${join(directory, SUCCESSION_FILES.next)} exists already: the key in ${directory} has a successor, and receivers that have heard of it accept no other one.`,
  );
}

/**
 * Makes the key that follows a publisher's, and commits to it: each edition that is signed from then on names it.
 *
 * @param directory of the present key
 * @param out directory for the next one
 * @throws EncodeError when one of the files exists
 */
export async function createSuccessor(
  directory: string,
  out: string,
  crypto: Crypto,
  key: Parameters<typeof createPublisher>[2],
): Promise<PublicKey> {
  await requireNoSuccessor(directory);
  return createPublisher(out, crypto, key, (successor) => {
    const commitment = toHex(commitmentTo(crypto, successor));
    return writeKeyFiles(directory, [[SUCCESSION_FILES.next, `${commitment}\n`, 0o644]]);
  });
}
