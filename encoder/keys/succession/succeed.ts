import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildSuccession,
  commitmentTo,
  formatSuccessions,
  MAX_SUCCESSIONS,
} from '../../../codecs/auth/index.js';
import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { formatPublicKey, type PublicKey, type SecretKey } from '../../../codecs/minisign/index.js';
import { EncodeError } from '../../error.js';
import { CERTIFICATE_RECORD } from '../certificate-record.js';
import { type KeyFileContent, readIfThere, writeKeyFiles } from '../key-files.js';
import { KEY_FILES, requireNoKeys } from '../keys.js';
import { SEQUENCE_RECORD } from '../sequence-record.js';
import { commitmentBytes, readNextKey, readStatements, SUCCESSION_FILES } from './files.js';

export interface SucceedOptions {
  readonly crypto: Crypto;
  /** Directory of the key that is replaced: its public half, and what is remembered beside it. */
  readonly publisher: string;
  /** Of the key that is replaced; the secret half where it is not lost. */
  readonly oldKey: PublicKey & Partial<SecretKey>;
  /** Directory of the successor. */
  readonly successor: string;
  readonly newKey: SecretKey;
  /** Directory to make. */
  readonly out: string;
}

/**
 * Makes the directory of a publisher whose key is replaced: the successor's key, the statement of succession after those before it,
 * and what is remembered of sequence numbers and certificates.
 *
 * @returns whether the editions of the key before have named this successor, as far as its directory knows
 * @throws EncodeError when they have named another one, or a file of the directory exists
 */
export async function succeed({
  crypto,
  publisher,
  oldKey,
  successor,
  newKey,
  out,
}: SucceedOptions): Promise<'named' | 'not-named'> {
  await requireNoKeys(out, [...Object.values(KEY_FILES), ...Object.values(SUCCESSION_FILES)]);
  const commitment = await readNextKey(publisher);
  if (commitment !== undefined && commitment !== toHex(commitmentTo(crypto, newKey))) {
    throw new EncodeError(
      `The key in ${successor} is not the one that ${join(publisher, SUCCESSION_FILES.next)} commits to: receivers would refuse it. Give the directory that "datacast keygen --successor" has made.`,
    );
  }
  const nextKey = await readNextKey(successor);
  const earlier = await readStatements(publisher, oldKey);
  const statement = await buildSuccession(crypto, oldKey, newKey, commitmentBytes(nextKey));
  const statements = [...earlier, statement].slice(-MAX_SUCCESSIONS);
  const files: KeyFileContent[] = [[SUCCESSION_FILES.statements, formatSuccessions(statements), 0o644]];
  if (nextKey !== undefined) files.push([SUCCESSION_FILES.next, `${nextKey}\n`, 0o644]);
  for (const name of [SEQUENCE_RECORD, CERTIFICATE_RECORD]) {
    const text = await readIfThere(join(publisher, name));
    if (text !== undefined) files.push([name, text, 0o644]);
  }
  // the key comes last: without it nothing is signed that lacks the rest
  const secret = await readFile(join(successor, KEY_FILES.publisherSecret), 'utf8');
  files.push([KEY_FILES.publisherPublic, formatPublicKey(newKey), 0o644]);
  files.push([KEY_FILES.publisherSecret, secret, 0o600]);
  await writeKeyFiles(out, files);
  return commitment === undefined ? 'not-named' : 'named';
}
