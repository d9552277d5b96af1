import { toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FdtFile } from '../../../codecs/fdt/index.js';
import {
  fingerprint,
  MinisignError,
  type PublicKey,
  parseSignature,
  type Signature,
  verifyTrustedComment,
} from '../../../codecs/minisign/index.js';
import type { Edition } from '../ports/events.js';

/** An edition as a table announces it: the publisher signed name and sequence; the index is not there yet. */
export interface AnnouncedEdition extends Edition {
  readonly publisherKey: PublicKey;
  readonly parsedSignature: Signature;
}

const TRUSTED_COMMENT = /^datacast sequence:([0-9]{1,16}) name:(\S.{0,199})$/u;

/**
 * Reads the publisher's signature of a file in a table. That the publisher signed sequence and name is checked here,
 * by the global signature; so nobody else can announce an edition that was never published.
 *
 * @param publisherKey who certified the session
 * @returns the edition, or a sentence that says why it is none
 */
export async function announcedEdition(
  crypto: Crypto,
  file: Pick<FdtFile, 'sha256' | 'sequence' | 'signature'>,
  publisherKey: PublicKey,
  publisher: string,
): Promise<AnnouncedEdition | string> {
  const { sha256, signature: text } = file;
  if (text === undefined || sha256 === undefined) {
    return 'The table gives no SHA-256 of it.';
  }
  const signature = parse(text);
  if (signature instanceof MinisignError) return signature.message;
  if (signature.algorithm !== 'ED') return 'It has a legacy signature, which is not used here.';
  const comment = TRUSTED_COMMENT.exec(signature.trustedComment);
  const sequence = Number(comment?.[1]);
  if (comment === null || !Number.isSafeInteger(sequence)) {
    return 'The trusted comment of its signature does not say "datacast sequence:<number> name:<name>".';
  }
  if (file.sequence !== undefined && file.sequence !== sequence) {
    return `The table gives it sequence number ${file.sequence}, the publisher's signature ${sequence}.`;
  }
  if (!(await verifyTrustedComment(crypto, publisherKey.publicKey, signature))) {
    return `The publisher with the fingerprint ${fingerprint(publisher)} did not sign its sequence number and name.`;
  }
  return {
    publisher,
    publisherKey,
    name: comment[2]!,
    sequence,
    sha256: toHex(sha256),
    signature: text,
    parsedSignature: signature,
  };
}

function parse(text: string): Signature | MinisignError {
  try {
    return parseSignature(text);
  } catch (error) {
    if (error instanceof MinisignError) return error;
    throw error;
  }
}
