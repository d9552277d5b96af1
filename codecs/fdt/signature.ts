import { FdtError } from './error.js';

const UNTRUSTED_COMMENT = 'untrusted comment: ';
const TRUSTED_COMMENT = 'trusted comment: ';

/**
 * The form of a minisign signature file in the FDT: signature, global signature and trusted comment with one
 * space in between. The untrusted comment is left out.
 *
 * @throws FdtError when the text has not the four lines of a minisign signature
 */
export function compactSignature(text: string): string {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const [untrusted, signature, trusted, globalSignature] = lines;
  const isSignature =
    lines.length === 4 &&
    untrusted!.startsWith(UNTRUSTED_COMMENT) &&
    trusted!.startsWith(TRUSTED_COMMENT) &&
    isToken(signature!) &&
    isToken(globalSignature!);
  if (!isSignature) throw new FdtError('The signature is not the text of a minisign signature file.');
  return `${signature} ${globalSignature} ${trusted!.slice(TRUSTED_COMMENT.length)}`;
}

/**
 * The minisign signature file of its form in the FDT.
 *
 * @throws FdtError when a part is missing
 */
export function expandSignature(compact: string): string {
  const parts = /^(\S+) (\S+) ([^\r\n]*)$/.exec(compact);
  if (parts === null || !isToken(parts[1]!) || !isToken(parts[2]!)) {
    throw new FdtError('The FDT attribute Signature needs two base64 words and a trusted comment.');
  }
  return `${UNTRUSTED_COMMENT}signature of a datacast edition\n${parts[1]}\n${TRUSTED_COMMENT}${parts[3]}\n${parts[2]}\n`;
}

/** Base64 of a bounded length: the minisign parser checks what it says. */
function isToken(text: string): boolean {
  return /^[A-Za-z0-9+/]{4,200}={0,2}$/.test(text);
}
