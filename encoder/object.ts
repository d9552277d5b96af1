import type { Crypto } from '../codecs/crypto/index.js';
import { createSigner, type SecretKey } from '../codecs/minisign/index.js';
import { compress } from '../codecs/zstd/index.js';
import type { Spool } from './spool.js';

/** A transfer object: a compressed archive, which its spool holds, and the publisher's word for it. */
export interface TransferObject {
  readonly spool: Spool;
  /** Bytes of the tar archive in it. */
  readonly archiveLength: number;
  readonly sha256: Uint8Array;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

export interface ObjectOptions {
  readonly crypto: Crypto;
  readonly publisher: SecretKey;
  /** The signature covers it: `datacast sequence:<N> name:<name>`. */
  readonly sequence: number;
  readonly name: string;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** Called with the bytes of the archive read so far. */
  onArchived(bytes: number): void;
}

/** What the publisher signs besides the content. */
export function trustedComment(sequence: number, name: string): string {
  return `datacast sequence:${sequence} name:${name}`;
}

/**
 * Compresses an archive into `spool`, which is empty, and signs it on the way; nothing is held as a whole.
 *
 * @throws MinisignError when the name cannot stand in a signature's comment
 */
export async function createObject(
  archive: AsyncIterable<Uint8Array>,
  spool: Spool,
  { crypto, publisher, sequence, name, level, onArchived }: ObjectOptions,
): Promise<TransferObject> {
  let archiveLength = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of archive) {
      archiveLength += chunk.length;
      onArchived(archiveLength);
      yield chunk;
    }
  }
  const hash = crypto.createSha256();
  const signer = createSigner(crypto);
  for await (const chunk of compress(counted(), { level })) {
    hash.update(chunk);
    signer.update(chunk);
    await spool.append(chunk);
  }
  const comment = trustedComment(sequence, name);
  const signature = await signer.sign(publisher, comment, 'signature of a datacast bundle');
  return { spool, archiveLength, sha256: hash.digest(), signature };
}
